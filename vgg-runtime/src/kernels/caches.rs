//! How large the caches of this machine are.
//!
//! Kernels cut their work so that it stays in them. No result depends on it: each sum is computed in the same
//! order however the work is cut.

use std::sync::OnceLock;

/// Bytes of the caches that one core sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caches {
    /// Second level, one to each core.
    pub(super) second: usize,
    /// Third level, which cores share.
    pub(super) third: usize,
}

impl Caches {
    /// What is taken where nothing can be found out.
    const USUAL: Caches = Caches { second: 512 << 10, third: 16 << 20 };

    /// Those of this machine, looked for once.
    pub(super) fn get() -> Caches {
        static FOUND: OnceLock<Caches> = OnceLock::new();
        *FOUND.get_or_init(|| {
            let [second, third] = found();
            Caches {
                second: second.unwrap_or(Caches::USUAL.second).clamp(256 << 10, 2 << 20),
                third: third.unwrap_or(Caches::USUAL.third).clamp(4 << 20, 64 << 20),
            }
        })
    }
}

/// The bytes of second and third level, as the CPU gives them.
#[cfg(target_arch = "x86_64")]
fn found() -> [Option<usize>; 2] {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    // Intel describes caches in leaf 4, AMD in the same way in another one.
    const LEAVES: [(u32, u32); 2] = [(0, 4), (0x8000_0000, 0x8000_001d)];
    let mut found = [None; 2];
    for (highest, leaf) in LEAVES {
        if __cpuid(highest).eax < leaf || found[0].is_some() {
            continue;
        }
        for index in 0..8 {
            let cache = __cpuid_count(leaf, index);
            let (kind, level) = (cache.eax & 31, cache.eax >> 5 & 7);
            let [ways, parts, line] = [cache.ebx >> 22, cache.ebx >> 12 & 1023, cache.ebx & 4095]
                .map(|one_less| one_less as usize + 1);
            let bytes = ways * parts * line * (cache.ecx as usize + 1);
            match (kind, level) {
                (0, _) => break,
                (1 | 3, 2) => found[0] = Some(bytes),
                (1 | 3, 3) => found[1] = Some(bytes),
                _ => {}
            }
        }
    }
    found
}

/// Nothing is known of other machines.
#[cfg(not(target_arch = "x86_64"))]
fn found() -> [Option<usize>; 2] {
    [None; 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_plausible_and_always_the_same() {
        let caches = Caches::get();
        assert!(caches.second < caches.third, "{caches:?}");
        assert_eq!(caches, Caches::get());
    }
}
