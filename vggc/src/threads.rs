//! How many threads share the work of kernels.

use crate::failure::Failure;

/// Sets the number of threads; as many as the machine has cores if none is given.
pub(crate) fn set(threads: Option<u64>) -> Result<(), Failure> {
    let Some(threads) = threads.and_then(|threads| usize::try_from(threads).ok()) else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().map_err(Failure::unusable)
}
