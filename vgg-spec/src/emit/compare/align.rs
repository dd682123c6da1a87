//! Which layer of one model stands in the place of which of the other.

use super::Row;
use std::collections::HashMap;

/// Cells of the table of scores; beyond it only layers of one name are paired.
const MAX_CELLS: usize = 1 << 22;

/// Pairs of indices in order, each from one side or both, so that as many alike layers as can be are paired.
pub(super) fn align(a: &[Row<'_>], b: &[Row<'_>]) -> Vec<(Option<usize>, Option<usize>)> {
    if a.len().saturating_mul(b.len()) > MAX_CELLS {
        return by_name(a, b);
    }
    // best[i][j]: the highest score of what is left behind i layers of the one and j of the other.
    let columns = b.len() + 1;
    let mut best = vec![0_u32; (a.len() + 1) * columns];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let paired = match likeness(&a[i], &b[j]) {
                0 => 0,
                score => score + best[(i + 1) * columns + j + 1],
            };
            best[i * columns + j] = paired.max(best[(i + 1) * columns + j]).max(best[i * columns + j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut aligned = Vec::with_capacity(a.len().max(b.len()));
    while i < a.len() && j < b.len() {
        let here = best[i * columns + j];
        let score = likeness(&a[i], &b[j]);
        if score > 0 && here == score + best[(i + 1) * columns + j + 1] {
            aligned.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if here == best[(i + 1) * columns + j] {
            aligned.push((Some(i), None));
            i += 1;
        } else {
            aligned.push((None, Some(j)));
            j += 1;
        }
    }
    aligned.extend((i..a.len()).map(|i| (Some(i), None)));
    aligned.extend((j..b.len()).map(|j| (None, Some(j))));
    aligned
}

/// How much two layers have in common; 0 if one cannot stand for the other.
fn likeness(a: &Row<'_>, b: &Row<'_>) -> u32 {
    if a.kind != b.kind {
        return 0;
    }
    let common = [a.name == b.name, a.output == b.output, a.parameters == b.parameters];
    2 + common.into_iter().map(u32::from).sum::<u32>()
}

/// Layers of one name and kind, as far as they come in the same order.
fn by_name(a: &[Row<'_>], b: &[Row<'_>]) -> Vec<(Option<usize>, Option<usize>)> {
    let places: HashMap<(&str, &str), usize> =
        b.iter().enumerate().map(|(index, row)| ((row.name, row.kind), index)).collect();
    let mut aligned = Vec::with_capacity(a.len().max(b.len()));
    let mut next = 0;
    for (i, row) in a.iter().enumerate() {
        match places.get(&(row.name, row.kind)) {
            Some(j) if *j >= next => {
                aligned.extend((next..*j).map(|j| (None, Some(j))));
                aligned.push((Some(i), Some(*j)));
                next = j + 1;
            }
            _ => aligned.push((Some(i), None)),
        }
    }
    aligned.extend((next..b.len()).map(|j| (None, Some(j))));
    aligned
}
