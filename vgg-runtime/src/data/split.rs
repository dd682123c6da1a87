//! Which images are for what.

use crate::random::{SPLIT, Stream};

/// Divides images into parts of given shares, class by class: each class has its share, rounded, in each
/// part, chosen at random by `seed`. What no share takes is the first part given back; the others follow in
/// the order of their shares. Every part keeps the order of the images.
///
/// ```
/// use vgg_runtime::data::stratified;
/// let labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
/// let parts = stratified(&labels, &[0.2, 0.2], 7);
/// assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [6, 2, 2]);
/// ```
pub fn stratified(labels: &[u32], shares: &[f64], seed: u64) -> Vec<Vec<usize>> {
    let classes = labels.iter().max().map_or(0, |&largest| largest as usize + 1);
    let mut members = vec![Vec::new(); classes];
    labels.iter().enumerate().for_each(|(image, &label)| members[label as usize].push(image));
    let mut part_of = vec![0; labels.len()];
    for (class, members) in members.iter_mut().enumerate() {
        Stream::new(seed, class as u64, SPLIT).shuffle(members);
        let count = members.len() as f64;
        let mut left = members.iter();
        for (part, share) in shares.iter().enumerate() {
            let share = (count * share).round() as usize;
            left.by_ref().take(share).for_each(|&image| part_of[image] = part + 1);
        }
    }
    let mut parts = vec![Vec::new(); shares.len() + 1];
    part_of.into_iter().enumerate().for_each(|(image, part)| parts[part].push(image));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_hold_every_class() {
        let labels: Vec<u32> = (0..300).map(|image| image % 3).collect();
        let parts = stratified(&labels, &[0.1, 0.25], 3);
        for (part, per_class) in parts.iter().zip([65, 10, 25]) {
            for class in 0..3 {
                let count = part.iter().filter(|&&image| labels[image] == class).count();
                assert_eq!(count, per_class);
            }
            assert!(part.is_sorted());
        }
        let mut all = parts.concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..300));
        assert_eq!(stratified(&labels, &[0.1, 0.25], 3), parts);
        assert_ne!(stratified(&labels, &[0.1, 0.25], 4), parts);
    }

    #[test]
    fn strange_shares_take_all_or_nothing() {
        let labels = [0, 0, 1];
        assert_eq!(stratified(&labels, &[f64::NAN, -1.0], 0), [vec![0, 1, 2], vec![], vec![]]);
        assert_eq!(stratified(&labels, &[2.0, 0.5], 0), [vec![], vec![0, 1, 2], vec![]]);
        assert_eq!(stratified(&[], &[0.5], 0), [vec![], Vec::<usize>::new()]);
    }
}
