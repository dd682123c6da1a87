//! Which instructions the kernels use.

use std::fmt;
use std::sync::OnceLock;

/// The variable of the environment that says which instructions to use.
const VARIABLE: &str = "VGG_CPU";

/// A set of vector instructions that kernels are compiled for.
///
/// All compute the same sums in the same order, but with and without fused multiplication and addition the
/// last bits differ: results are the same on one kind of CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cpu {
    /// What every CPU of the target has.
    Portable,
    /// AVX2 with fused multiplication and addition: eight values at once.
    Avx2,
    /// AVX-512: sixteen values at once.
    Avx512,
}

impl Cpu {
    /// All, the slowest first.
    pub const ALL: [Cpu; 3] = [Cpu::Portable, Cpu::Avx2, Cpu::Avx512];

    /// The name, as `VGG_CPU` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Cpu::Portable => "portable",
            Cpu::Avx2 => "avx2",
            Cpu::Avx512 => "avx512",
        }
    }

    /// Whether this machine has these instructions.
    pub fn is_available(self) -> bool {
        match self {
            Cpu::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Cpu::Avx2 | Cpu::Avx512 => false,
        }
    }

    /// Those that this machine has, the slowest first.
    pub fn available() -> impl Iterator<Item = Cpu> {
        Cpu::ALL.into_iter().filter(|cpu| cpu.is_available())
    }

    /// The instructions in use: what the variable `VGG_CPU` says, the fastest if it is not set. It is looked
    /// at once.
    ///
    /// # Errors
    /// If the variable names nothing, or what this machine has not.
    pub fn selected() -> Result<Cpu, CpuError> {
        static SELECTED: OnceLock<Result<Cpu, CpuError>> = OnceLock::new();
        SELECTED.get_or_init(|| select(std::env::var_os(VARIABLE).as_deref())).clone()
    }

    /// The instructions in use.
    ///
    /// # Panics
    /// If [`selected`](Cpu::selected) is an error, which is found when memory for a network is taken.
    pub(crate) fn active() -> Cpu {
        Cpu::selected().unwrap_or_else(|error| panic!("{error}"))
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a value of the variable selects.
fn select(value: Option<&std::ffi::OsStr>) -> Result<Cpu, CpuError> {
    let Some(value) = value else { return Ok(Cpu::available().last().unwrap_or(Cpu::Portable)) };
    let name = value.to_string_lossy();
    match Cpu::ALL.into_iter().find(|cpu| cpu.name() == name) {
        Some(cpu) if cpu.is_available() => Ok(cpu),
        Some(cpu) => Err(CpuError::Unavailable(cpu)),
        None => Err(CpuError::Unknown(name.into_owned())),
    }
}

/// What is wrong with the variable `VGG_CPU`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CpuError {
    /// It names no instructions.
    #[error("VGG_CPU is `{0}`, but must be `portable`, `avx2` or `avx512`, or not be set")]
    Unknown(String),
    /// It names instructions that this machine has not.
    #[error(
        "VGG_CPU is `{0}`, but this machine has no such instructions: unset it to use the fastest there are"
    )]
    Unavailable(Cpu),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_selects() {
        assert_eq!(select(Some("portable".as_ref())), Ok(Cpu::Portable));
        assert_eq!(select(None).ok(), Cpu::available().last());
        let error = select(Some("AVX2 ".as_ref())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "VGG_CPU is `AVX2 `, but must be `portable`, `avx2` or `avx512`, or not be set"
        );
        for cpu in Cpu::ALL {
            let selected = select(Some(cpu.name().as_ref()));
            assert_eq!(selected, if cpu.is_available() { Ok(cpu) } else { Err(CpuError::Unavailable(cpu)) });
        }
    }
}
