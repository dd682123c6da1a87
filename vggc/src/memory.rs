//! What fits into memory, told before it is taken: a system that runs out kills a process without a word.

use crate::failure::Failure;
use std::fs;
use std::path::Path;
use vgg_spec::ir::Model;
use vgg_spec::plan::Plan;
use vgg_spec::quantity::bytes;

/// Checks that a network can train, `kept` bytes of data and copies beside it.
pub(crate) fn check_training(model: &Model, plan: &Plan, batch: u64, kept: u64) -> Result<(), Failure> {
    check("training", batch, &|batch| plan.training_bytes(model, batch).saturating_add(kept), available())
}

/// Checks that a network can run, `kept` bytes of data beside it.
pub(crate) fn check_inference(model: &Model, plan: &Plan, batch: u64, kept: u64) -> Result<(), Failure> {
    check("this", batch, &|batch| plan.inference_bytes(model, batch).saturating_add(kept), available())
}

/// Checks that what a batch needs is there; where that is not known, all is well.
fn check(what: &str, batch: u64, needed: &dyn Fn(u64) -> u64, available: Option<u64>) -> Result<(), Failure> {
    let Some(available) = available.filter(|&available| needed(batch) > available) else { return Ok(()) };
    let failure = Failure::unusable(format_args!(
        "{what} needs {} ({} bytes) of memory at batches of {batch}, but only {} ({available} bytes) are free",
        bytes(needed(batch)),
        needed(batch),
        bytes(available),
    ));
    let largest = (1..64).map(|halvings| batch >> halvings).find(|&batch| needed(batch) <= available);
    Err(match largest.filter(|&batch| batch > 0) {
        Some(batch) => failure.help(format!("`--batch {batch}` needs {}", bytes(needed(batch)))),
        None => {
            failure.help("even one image at a time does not fit: free memory, or make the network smaller")
        }
    })
}

/// Bytes that this process can still get; `None` where the system does not tell.
fn available() -> Option<u64> {
    let of_machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| field(&text, "MemAvailable:"));
    let of_machine = of_machine.map(|kibibytes| kibibytes << 10);
    [of_machine, of_group()].into_iter().flatten().min()
}

/// What the control group that this process is in leaves to it: containers are limited so.
fn of_group() -> Option<u64> {
    let path = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = path.lines().find_map(|line| line.strip_prefix("0::/"))?.to_owned();
    let folder = Path::new("/sys/fs/cgroup").join(path);
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let most: u64 = read("memory.max")?.trim().parse().ok()?;
    let used: u64 = read("memory.current")?.trim().parse().ok()?;
    // Files that were read and may be forgotten count as used.
    let forgettable = field(&read("memory.stat")?, "inactive_file").unwrap_or(0);
    Some(most.saturating_sub(used.saturating_sub(forgettable)))
}

/// The number behind a name at the start of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_missing_and_what_would_fit() {
        let needed = |batch: u64| (1 << 20) + batch * (1 << 20);
        assert!(check("training", 7, &needed, Some(8 << 20)).is_ok());
        assert!(check("training", u64::MAX >> 24, &needed, None).is_ok());
        let Err(Failure::Unusable { message, help }) = check("training", 100, &needed, Some(30 << 20)) else {
            panic!("101 MiB do not fit into 30 MiB");
        };
        assert_eq!(
            message,
            "training needs 101.0 MiB (105906176 bytes) of memory at batches of 100, but only 30.0 MiB \
             (31457280 bytes) are free"
        );
        assert_eq!(help.as_deref(), Some("`--batch 25` needs 26.0 MiB"));
        let Err(Failure::Unusable { help, .. }) = check("training", 100, &needed, Some(1)) else {
            panic!("nothing fits into a byte");
        };
        assert!(help.is_some_and(|help| help.contains("even one image")));
    }

    #[test]
    fn numbers_are_found_by_their_names() {
        let text = "MemTotal:       24576 kB\nMemAvailable:   12345 kB\n";
        assert_eq!(field(text, "MemAvailable:"), Some(12345));
        assert_eq!(field(text, "MemFree:"), None);
    }
}
