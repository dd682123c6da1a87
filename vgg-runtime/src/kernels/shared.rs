//! A buffer that several threads write at the same time.

use std::marker::PhantomData;
use std::ops::Range;

/// A buffer of which several threads write different parts, where those are no slices one behind the other.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    start: *mut f32,
    length: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a borrow of floats, which may be used by any thread; that no two threads use the same ones is
// what `part` asks of its caller.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    /// Borrows a buffer for as long as it is shared.
    pub(super) fn new(buffer: &'a mut [f32]) -> Shared<'a> {
        Shared { start: buffer.as_mut_ptr(), length: buffer.len(), buffer: PhantomData }
    }

    /// The number of floats.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Where the buffer begins. What is written by way of it must be written by no other thread.
    pub(super) fn start(&self) -> *mut f32 {
        self.start
    }

    /// A part of the buffer.
    ///
    /// # Panics
    /// If it reaches beyond the end.
    ///
    /// # Safety
    /// As long as the part is in use, no other part with values of it may be.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the caller sees to it that parts are disjoint")]
    pub(super) unsafe fn part(&self, range: Range<usize>) -> &'a mut [f32] {
        assert!(range.start <= range.end && range.end <= self.length, "a part beyond the end of a buffer");
        // SAFETY: the part lies inside the buffer, which is borrowed for `'a`, and the caller says that it is
        // the only one in use there.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.end - range.start) }
    }
}
