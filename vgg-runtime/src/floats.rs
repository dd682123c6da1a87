//! Blocks of floats, as kernels want them.

use std::fmt;

/// There is not enough memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no memory for {floats} floats ({:.1} GiB)", *floats as f64 * 4.0 / (1_u64 << 30) as f64)]
pub struct OutOfMemory {
    /// How many floats were asked for; the largest number if they cannot be counted.
    pub floats: usize,
}

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// Floats that begin at a multiple of 64 bytes.
#[derive(Default)]
pub(crate) struct Floats {
    storage: Storage,
    /// How many lie before the first that is used.
    skipped: usize,
    length: usize,
}

impl Floats {
    /// At least `length` zeros. The system hands out their pages as they are touched.
    pub(crate) fn zeros(length: usize) -> Result<Floats, OutOfMemory> {
        let missing = OutOfMemory { floats: length };
        #[cfg(target_os = "linux")]
        if length >= huge::WORTHWHILE {
            return huge::zeros(length).ok_or(missing);
        }
        let spare = if length == 0 { 0 } else { LINE / size_of::<f32>() - 1 };
        let values = length.checked_add(spare).and_then(|length| bytemuck::try_zeroed_vec(length).ok());
        let values: Vec<f32> = values.ok_or(missing)?;
        let skipped = values.as_ptr().align_offset(LINE).min(spare);
        Ok(Floats { storage: Storage::Heap(values), skipped, length })
    }

    /// All floats.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.storage.as_mut_slice()[self.skipped..][..self.length]
    }

    /// The first `length` floats, whatever they hold; takes memory only if there are fewer.
    ///
    /// # Panics
    /// If there is not so much memory.
    pub(crate) fn at_least(&mut self, length: usize) -> &mut [f32] {
        if self.length < length {
            *self = Floats::default(); // give back the old ones first
            *self = Floats::zeros(length).unwrap_or_else(|error| panic!("{error}"));
        }
        &mut self.as_mut_slice()[..length]
    }
}

impl fmt::Debug for Floats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Floats({})", self.length)
    }
}

/// Where floats come from.
enum Storage {
    Heap(Vec<f32>),
    #[cfg(target_os = "linux")]
    Pages(memmap2::MmapMut),
}

impl Default for Storage {
    fn default() -> Storage {
        Storage::Heap(Vec::new())
    }
}

impl Storage {
    fn as_mut_slice(&mut self) -> &mut [f32] {
        match self {
            Storage::Heap(values) => values,
            #[cfg(target_os = "linux")]
            Storage::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }
}

/// Pages of two megabytes, where the system has them: kernels go through a network's maps and weights from end to end,
/// and with pages of four kilobytes the processor looks up where each of them lies.
#[cfg(target_os = "linux")]
mod huge {
    use super::{Floats, Storage};
    use memmap2::{Advice, MmapMut};

    /// Floats of a page.
    const PAGE: usize = (2 << 20) / size_of::<f32>();

    /// Floats for which the rest of the last page does not matter.
    pub(super) const WORTHWHILE: usize = 2 * PAGE;

    /// Zeros that begin where a page may; `None` if there is not so much memory.
    pub(super) fn zeros(length: usize) -> Option<Floats> {
        let bytes = length.checked_add(PAGE)?.checked_mul(size_of::<f32>())?;
        let pages = MmapMut::map_anon(bytes).ok()?;
        let skipped = bytemuck::cast_slice::<u8, f32>(&pages).as_ptr().align_offset(PAGE * size_of::<f32>());
        // A system without such pages says so, and gives others.
        let _ = pages.advise(Advice::HugePage);
        Some(Floats { storage: Storage::Pages(pages), skipped: skipped.min(PAGE), length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_zeros_in_whole_lines_of_the_cache() {
        for length in [0, 1, 15, 16, 1000, (4 << 20) / 4, (5 << 20) / 4 + 3] {
            let mut floats = Floats::zeros(length).unwrap();
            let values = floats.as_mut_slice();
            assert_eq!(values.len(), length);
            assert!(values.iter().all(|&value| value == 0.0));
            assert!(length == 0 || values.as_ptr().addr().is_multiple_of(LINE), "{length}");
            values.fill(1.0);
        }
    }

    #[test]
    fn they_grow_and_stay() {
        let mut floats = Floats::default();
        floats.at_least(10).fill(2.0);
        assert_eq!(floats.at_least(4), [2.0; 4]);
        assert_eq!(floats.at_least(3 << 20).len(), 3 << 20);
        floats.at_least(3 << 20)[(3 << 20) - 1] = 3.0;
        assert_eq!(floats.at_least(3 << 20)[(3 << 20) - 1], 3.0);
    }

    #[test]
    fn too_many_are_an_error() {
        for length in [usize::MAX, usize::MAX / 4, usize::MAX / 8] {
            assert_eq!(Floats::zeros(length).unwrap_err(), OutOfMemory { floats: length });
        }
    }
}
