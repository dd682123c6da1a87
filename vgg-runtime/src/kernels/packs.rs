//! Weights in the order in which a kernel reads them.

use crate::floats::Floats;

/// What weights are packed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Sums, by their definition.
    Direct,
    /// The gradient by the input, by its definition.
    DirectTransposed,
    /// Winograd's algorithm by so many points along a side; transposed, for the gradient by the input.
    Winograd { points: usize, transposed: bool },
    /// The same, where weights are transformed while they are multiplied by.
    Taps { transposed: bool },
}

/// Packed weights.
///
/// Where weights do not change, each pack is kept, and made once. Elsewhere there is one place for the pack
/// of the moment.
#[derive(Debug, Default)]
pub(super) struct Packs {
    pub(super) keeps: bool,
    kept: Vec<Pack>,
    last: Floats,
}

/// Weights that were packed, and for what.
#[derive(Debug)]
struct Pack {
    /// Where the weights are, and how many: weights that do not change do not move either.
    source: (usize, usize),
    purpose: Purpose,
    floats: Floats,
}

impl Packs {
    /// The packed weights, `length` floats, which `fill` writes if they are not there.
    pub(super) fn get(
        &mut self,
        weight: &[f32],
        purpose: Purpose,
        length: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> &[f32] {
        if !self.keeps {
            let floats = self.last.at_least(length);
            fill(floats);
            return floats;
        }
        let source = (weight.as_ptr().addr(), weight.len());
        let found = self.kept.iter().position(|pack| pack.source == source && pack.purpose == purpose);
        let index = found.unwrap_or_else(|| {
            let mut floats = Floats::default();
            fill(floats.at_least(length));
            self.kept.push(Pack { source, purpose, floats });
            self.kept.len() - 1
        });
        self.kept[index].floats.at_least(length)
    }
}
