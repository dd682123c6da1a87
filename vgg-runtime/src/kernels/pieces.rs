//! Pieces of work, shared by as many threads as the current rayon pool has.
//!
//! Which thread does which piece is left to chance; what a piece is, and what it computes, is not.

use super::scratch::Lanes;
use super::team;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// As many pieces as a kernel aims for, so that eight threads have something to do.
pub(super) const WANTED: usize = 8;

/// Values that are worth waking another thread for.
const WORTHWHILE: usize = 1 << 14;

/// Does the work of every piece. `volume` says how many values are read or written in all: with few, one
/// thread does it.
pub(crate) fn for_each<P: Send>(
    pieces: impl Iterator<Item = P> + Send,
    volume: usize,
    work: impl Fn(P) + Sync,
) {
    let lanes = lanes(volume);
    if lanes == 1 {
        return pieces.for_each(work);
    }
    share(0..lanes, pieces, |_, piece| work(piece));
}

/// Does the work of every piece; each thread has a lane of scratch.
pub(super) fn for_each_with_scratch<P: Send>(
    pieces: impl Iterator<Item = P> + Send,
    lanes: Lanes<'_>,
    work: impl Fn(&mut [f32], P) + Sync,
) {
    let Lanes { floats, each } = lanes;
    if floats.len() <= each {
        return pieces.for_each(|piece| work(floats, piece));
    }
    share(floats.chunks_exact_mut(each), pieces, |lane, piece| work(lane, piece));
}

/// Shares pieces among as many threads as there are lanes; each has one.
fn share<L: Send, P: Send>(
    lanes: impl ExactSizeIterator<Item = L> + Send,
    pieces: impl Iterator<Item = P> + Send,
    work: impl Fn(&mut L, P) + Sync,
) {
    let (threads, lanes, pieces) = (lanes.len(), Mutex::new(lanes), Mutex::new(pieces));
    let take = || {
        if let Some(mut lane) = next(&lanes) {
            while let Some(piece) = next(&pieces) {
                work(&mut lane, piece);
            }
        }
    };
    if !team::share(threads, &take) {
        (0..threads).into_par_iter().with_max_len(1).for_each(|_| take());
    }
}

/// Lanes of scratch that are used once more.
pub(super) fn lanes_of(floats: &mut [f32], each: usize) -> Lanes<'_> {
    Lanes { floats, each }
}

/// How many threads are to share work on so many values.
pub(super) fn lanes(volume: usize) -> usize {
    if volume < WORTHWHILE { 1 } else { rayon::current_num_threads() }
}

/// The next piece. A thread that panicked has not spoilt the pieces; its panic is passed on by rayon.
fn next<P>(pieces: &Mutex<impl Iterator<Item = P>>) -> Option<P> {
    pieces.lock().unwrap_or_else(PoisonError::into_inner).next()
}
