//! Threads that wait for work awake.
//!
//! A pass through a network is some dozens of works of less than a millisecond, one behind the other. A thread that
//! sleeps in between takes up to that long to come back, above all on a virtual machine, whose idle cores are given
//! away. So helpers look for the next work for a while before they sleep, and a work is handed over without a lock.
//!
//! There is one team for all: whoever finds it at work does without it.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What all threads of a work do at the same time.
type Work<'w> = &'w (dyn Fn() + Sync);

/// How long a helper looks for the next work before it sleeps: longer than what lies between two works of a pass.
const PATIENCE: Duration = Duration::from_millis(1);

/// How often a helper looks before it asks what time it is.
const LOOKS: usize = 128;

/// In the state of a team: that helpers may join. Below it stands how many have, above it the number of the work.
const OPEN: u64 = 1 << 16;

/// The part of the state that says how many helpers have joined.
const JOINED: u64 = OPEN - 1;

/// Does a work on `threads` threads, of which the calling one is the first. Returns `false`, without having begun, if
/// there are not so many cores, or if the team is at work.
///
/// # Panics
/// If the work does, on any thread.
pub(super) fn share(threads: usize, work: Work<'_>) -> bool {
    static TEAM: OnceLock<Arc<Team>> = OnceLock::new();
    static CORES: OnceLock<usize> = OnceLock::new();
    if threads > *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from)) {
        return false;
    }
    Team::share(TEAM.get_or_init(Arc::default), threads - 1, work)
}

/// The helpers, and what they are to do.
#[derive(Default)]
struct Team {
    state: AtomicU64,
    /// Set while the state is open or anyone has joined.
    work: UnsafeCell<Option<Work<'static>>>,
    /// What the first helper to panic panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Those that there are; locked by whoever shares work with them.
    helpers: Mutex<Vec<Helper>>,
}

// SAFETY: `work` is written only by who holds `helpers`, while the state is closed and no helper has joined; and read
// only by helpers that have. What it refers to may be used by several threads.
unsafe impl Sync for Team {}
// SAFETY: as above; what `work` refers to is not owned.
unsafe impl Send for Team {}

struct Helper {
    thread: Thread,
    sleeps: Arc<AtomicBool>,
}

impl Team {
    fn share(self: &Arc<Team>, helpers: usize, work: Work<'_>) -> bool {
        let mut team = match self.helpers.try_lock() {
            Ok(team) => team,
            Err(TryLockError::Poisoned(team)) => team.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        while team.len() < helpers {
            match self.hire(team.len()) {
                Ok(helper) => team.push(helper),
                Err(_) => return false,
            }
        }
        // SAFETY: the reference outlives its use: this function returns only when no helper is at work or can join. No
        // helper reads the place now, as the state has been closed since the last work.
        unsafe { *self.work.get() = Some(std::mem::transmute::<Work<'_>, Work<'static>>(work)) };
        let number = self.state.load(Ordering::Relaxed) / (2 * OPEN) + 1;
        // Either a helper that is about to sleep sees the new state, or it is seen here that it sleeps.
        self.state.store(number * 2 * OPEN + OPEN, Ordering::SeqCst);
        for helper in team.iter().take(helpers) {
            if helper.sleeps.load(Ordering::SeqCst) {
                helper.thread.unpark();
            }
        }
        let own = catch_unwind(AssertUnwindSafe(work));
        self.state.fetch_and(!OPEN, Ordering::Relaxed);
        while self.state.load(Ordering::Acquire) & JOINED > 0 {
            spin_loop();
        }
        let helpers_panic = self.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(team);
        if let Some(panic) = own.err().or(helpers_panic) {
            resume_unwind(panic);
        }
        true
    }

    fn hire(self: &Arc<Team>, number: usize) -> std::io::Result<Helper> {
        let (team, sleeps) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let asleep = sleeps.clone();
        let builder = thread::Builder::new().name(format!("vgg-kernels-{number}"));
        let thread = builder.spawn(move || team.help(&asleep))?.thread().clone();
        Ok(Helper { thread, sleeps })
    }

    /// What a helper does as long as the process lives.
    fn help(&self, sleeps: &AtomicBool) {
        let mut last = 0;
        loop {
            let state = self.wait(last, sleeps);
            let joined = self.state.compare_exchange(state, state + 1, Ordering::Acquire, Ordering::Relaxed);
            if joined.is_err() {
                continue;
            }
            last = state / (2 * OPEN);
            // SAFETY: this helper has joined while the state was open, so the work is there until it leaves.
            let work = unsafe { *self.work.get() };
            if let Some(Err(panic)) = work.map(|work| catch_unwind(AssertUnwindSafe(work))) {
                self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
            }
            self.state.fetch_sub(1, Ordering::Release);
        }
    }

    /// Waits until the state is open for another work than the last.
    fn wait(&self, last: u64, sleeps: &AtomicBool) -> u64 {
        let news = |state: u64| state & OPEN > 0 && state / (2 * OPEN) != last;
        let begin = Instant::now();
        loop {
            for _ in 0..LOOKS {
                let state = self.state.load(Ordering::Relaxed);
                if news(state) {
                    return state;
                }
                spin_loop();
            }
            if begin.elapsed() > PATIENCE {
                sleeps.store(true, Ordering::SeqCst);
                if !news(self.state.load(Ordering::SeqCst)) {
                    thread::park();
                }
                sleeps.store(false, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Pieces that any of the threads takes, until there are none left.
    fn sum(team: &Arc<Team>, helpers: usize, pieces: usize) -> usize {
        let (next, total) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            while let piece @ 1.. = next.fetch_add(1, Ordering::Relaxed) + 1 {
                if piece > pieces {
                    return;
                }
                total.fetch_add(piece, Ordering::Relaxed);
            }
        };
        assert!(team.share(helpers, &work));
        total.into_inner()
    }

    #[test]
    fn every_piece_is_done_once_awake_or_asleep() {
        let team = Arc::default();
        for round in 0..3000 {
            let pieces = round % 50;
            assert_eq!(sum(&team, round % 4, pieces), pieces * (pieces + 1) / 2, "round {round}");
            if round % 500 == 0 {
                thread::sleep(4 * PATIENCE);
            }
        }
    }

    #[test]
    fn helpers_do_something() {
        let team: Arc<Team> = Arc::default();
        let (own, met) = (thread::current().id(), Mutex::new(false));
        let work = || {
            let begin = Instant::now();
            let mut done = thread::current().id() != own;
            *met.lock().unwrap() |= done;
            while !done && begin.elapsed() < Duration::from_secs(20) {
                done = *met.lock().unwrap();
                thread::yield_now();
            }
        };
        assert!(team.share(1, &work));
        assert!(*met.lock().unwrap(), "a helper has come");
    }

    #[test]
    fn panics_arrive_and_leave_the_team_whole() {
        let team: Arc<Team> = Arc::default();
        let own = thread::current().id();
        for of_helper in [false, true, false, true] {
            let panicked = AtomicBool::new(false);
            let work = || {
                if (thread::current().id() == own) != of_helper {
                    panicked.store(true, Ordering::Relaxed);
                    panic!("as it should");
                }
                while !panicked.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
            };
            let result = catch_unwind(AssertUnwindSafe(|| team.share(1, &work)));
            assert_eq!(result.unwrap_err().downcast_ref(), Some(&"as it should"));
            assert_eq!(sum(&team, 2, 100), 5050);
        }
    }

    #[test]
    fn work_within_work_is_done_without_the_team() {
        let team: Arc<Team> = Arc::default();
        let refused = AtomicUsize::new(0);
        let work = || {
            if !team.share(1, &|| {}) {
                refused.fetch_add(1, Ordering::Relaxed);
            }
        };
        assert!(team.share(1, &work));
        assert!((1..=2).contains(&refused.into_inner()));
    }
}
