//! The order of layers by the numbers in their names: `features.3` before `features.10`.

use super::group::Group;
use crate::params::Kind;
use std::collections::BTreeSet;

/// A piece of a name. A number is its digits, and how many they are: none is too large to compare.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(usize, String),
    Text(String),
}

/// Sorts by the numbers in names.
pub(crate) fn by_number<T>(items: &mut [T], name: impl Fn(&T) -> &str) {
    items.sort_by_cached_key(|item| pieces(name(item)));
}

/// Sorts groups: those that stand beside convolutions first, then by name.
pub(super) fn by_place(groups: &mut [&Group]) {
    let with_convs: BTreeSet<String> = groups
        .iter()
        .filter(|group| group.params.kind() == Kind::Conv)
        .map(|group| parent(&group.prefix).to_owned())
        .collect();
    groups.sort_by_cached_key(|group| {
        let behind = !with_convs.contains(parent(&group.prefix));
        (behind, pieces(&group.prefix))
    });
}

/// What several layers have in common: `features` of `features.3`.
fn parent(prefix: &str) -> &str {
    prefix.rsplit_once(['.', '/']).map_or("", |(parent, _)| parent)
}

fn pieces(name: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|letter: char| letter.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        pieces.push(match is_digit {
            true => {
                let digits = piece.trim_start_matches('0');
                Piece::Number(digits.len(), digits.to_owned())
            }
            false => Piece::Text(piece.to_owned()),
        });
        rest = behind;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names =
            ["features.10", "features.3", "conv2d_10", "conv2d", "conv2d_2", "conv1_2", "conv1_10"];
        names.sort_by_key(|name| pieces(name));
        assert_eq!(
            names,
            ["conv1_2", "conv1_10", "conv2d", "conv2d_2", "conv2d_10", "features.3", "features.10"]
        );
    }
}
