//! Images read ahead of the step that needs them, on threads of their own, so that kernels never wait for
//! a disk or a decoder.
//!
//! The images of an epoch are numbered in the order in which steps will take them. Each reader takes the next
//! number and fills the image into place `number % places` of a ring, once the image that was there before
//! has been taken. So the order is that of the numbers whatever the number of readers, an error shows at the
//! same image always, and no memory is taken but the ring.

use super::{DataError, Dataset};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many batches the readers may be ahead.
const BATCHES_AHEAD: usize = 2;

/// Gives the images of an epoch in order.
pub(crate) struct Batches<'a> {
    data: &'a dyn Dataset,
    order: &'a [usize],
    epoch: u64,
    next: usize,
    ring: Option<&'a Ring>,
}

/// Runs `work` on the images `order` of a data set, as `epoch` sees them, while threads read ahead by some
/// batches of `batch` images.
pub(crate) fn read_ahead<R>(
    data: &dyn Dataset,
    order: &[usize],
    epoch: u64,
    batch: usize,
    work: impl FnOnce(&mut Batches<'_>) -> R,
) -> R {
    let batches = |ring| Batches { data, order, epoch, next: 0, ring };
    let readers = data.readers().min(order.len());
    if readers == 0 {
        return work(&mut batches(None));
    }
    let places = batch.saturating_mul(BATCHES_AHEAD).clamp(readers, order.len());
    let ring = Ring::new(places, data.elements());
    thread::scope(|scope| {
        // However `work` ends, the readers must.
        let _stop = StopAtEnd(&ring);
        for _ in 0..readers {
            scope.spawn(|| ring.read(data, order, epoch));
        }
        work(&mut batches(Some(&ring)))
    })
}

impl Batches<'_> {
    /// The next images, as many as there are labels, one behind the other.
    ///
    /// # Errors
    /// The error of the first image that has one; or if `pixels` is not as long as the images, or there are
    /// not so many left.
    pub(crate) fn take(&mut self, pixels: &mut [f32], labels: &mut [u32]) -> Result<(), DataError> {
        let (count, elements) = (labels.len(), self.data.elements());
        let found = [pixels.len(), count];
        let next = self.order.get(self.next..self.next + count);
        let indices = match next {
            Some(indices) if pixels.len() == count * elements => indices,
            _ => return Err(DataError::Room { needed: [count * elements, count], found }),
        };
        for ((&image, pixels), label) in indices.iter().zip(pixels.chunks_exact_mut(elements)).zip(labels) {
            match self.ring {
                Some(ring) => ring.take(self.next, pixels)?,
                None => self.data.fill(image, self.epoch, pixels)?,
            }
            *label = self.data.label(image);
            self.next += 1;
        }
        Ok(())
    }
}

/// Places for images that were read ahead.
#[derive(Debug)]
struct Ring {
    /// Each is locked only by the reader that fills it, or by the step that takes it.
    places: Vec<Mutex<Place>>,
    state: Mutex<State>,
    /// An image was read.
    read: Condvar,
    /// An image was taken.
    taken: Condvar,
}

#[derive(Debug)]
struct Place {
    pixels: Vec<f32>,
    result: Result<(), DataError>,
}

#[derive(Debug)]
struct State {
    /// The number of the next image to be read.
    next: usize,
    /// How many images were taken.
    taken: usize,
    /// Which places hold an image.
    is_read: Vec<bool>,
    /// Nothing more is wanted, or a reader came to a bad end.
    is_over: bool,
}

impl Ring {
    fn new(places: usize, elements: usize) -> Ring {
        let place = || Mutex::new(Place { pixels: vec![0.0; elements], result: Ok(()) });
        Ring {
            places: (0..places).map(|_| place()).collect(),
            state: Mutex::new(State { next: 0, taken: 0, is_read: vec![false; places], is_over: false }),
            read: Condvar::new(),
            taken: Condvar::new(),
        }
    }

    /// What a reader does.
    fn read(&self, data: &dyn Dataset, order: &[usize], epoch: u64) {
        let _alarm = StopAtPanic(self);
        while let Some(number) = self.number(order.len()) {
            let place = number % self.places.len();
            {
                let mut place = lock(&self.places[place]);
                place.result = data.fill(order[number], epoch, &mut place.pixels);
            }
            lock(&self.state).is_read[place] = true;
            self.read.notify_all();
        }
    }

    /// The number of the next image to read, once there is a place for it.
    fn number(&self, count: usize) -> Option<usize> {
        let mut state = lock(&self.state);
        loop {
            if state.is_over || state.next == count {
                return None;
            }
            if state.next < state.taken + self.places.len() {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for an image and copies it.
    fn take(&self, number: usize, pixels: &mut [f32]) -> Result<(), DataError> {
        let index = number % self.places.len();
        let mut state = lock(&self.state);
        while !state.is_read[index] {
            if state.is_over {
                return Err(DataError::Reader);
            }
            state = self.read.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_read[index] = false;
        drop(state);
        {
            let mut place = lock(&self.places[index]);
            std::mem::replace(&mut place.result, Ok(()))?;
            pixels.copy_from_slice(&place.pixels);
        }
        lock(&self.state).taken = number + 1;
        self.taken.notify_all();
        Ok(())
    }

    fn stop(&self) {
        lock(&self.state).is_over = true;
        self.taken.notify_all();
        self.read.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct StopAtEnd<'a>(&'a Ring);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Keeps a step from waiting for a reader that panicked.
struct StopAtPanic<'a>(&'a Ring);

impl Drop for StopAtPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Image `i` of epoch `e` is `[i, e]`; image 13 cannot be read. Some take longer than others.
    struct Numbers {
        readers: usize,
        classes: Vec<String>,
    }

    impl Dataset for Numbers {
        fn count(&self) -> usize {
            40
        }

        fn shape(&self) -> [usize; 3] {
            [1, 1, 2]
        }

        fn classes(&self) -> &[String] {
            &self.classes
        }

        fn label(&self, image: usize) -> u32 {
            image as u32 % 7
        }

        fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
            thread::sleep(Duration::from_micros(image as u64 % 3 * 300));
            if image == 13 {
                return Err(DataError::Index { index: 13, count: 0 });
            }
            pixels.copy_from_slice(&[image as f32, epoch as f32]);
            Ok(())
        }

        fn readers(&self) -> usize {
            self.readers
        }
    }

    fn numbers(readers: usize) -> Numbers {
        Numbers { readers, classes: Vec::new() }
    }

    #[test]
    fn order_is_that_asked_for_whatever_the_number_of_readers() {
        let order: Vec<usize> = (0..40).rev().filter(|&image| image != 13).collect();
        for readers in [0, 1, 2, 5, 64] {
            for batch in [1, 7, 39] {
                let (mut taken, mut labels) = (Vec::new(), Vec::new());
                read_ahead(&numbers(readers), &order, 6, batch, |batches| {
                    for chunk in order.chunks(batch) {
                        let (mut pixels, mut classes) = (vec![0.0; 2 * chunk.len()], vec![0; chunk.len()]);
                        batches.take(&mut pixels, &mut classes).unwrap();
                        taken.extend(pixels);
                        labels.extend(classes);
                    }
                    assert!(matches!(batches.take(&mut [0.0; 2], &mut [0]), Err(DataError::Room { .. })));
                });
                let expected: Vec<f32> = order.iter().flat_map(|&image| [image as f32, 6.0]).collect();
                assert_eq!(taken, expected, "{readers} readers, batch {batch}");
                assert!(labels.into_iter().eq(order.iter().map(|&image| image as u32 % 7)));
            }
        }
    }

    #[test]
    fn an_error_shows_at_its_image() {
        let order: Vec<usize> = (0..40).collect();
        for readers in [0, 1, 3] {
            read_ahead(&numbers(readers), &order, 0, 4, |batches| {
                let mut take = || batches.take(&mut [0.0; 8], &mut [0; 4]);
                assert!([take(), take(), take()].iter().all(Result::is_ok));
                assert!(matches!(take(), Err(DataError::Index { index: 13, .. })));
            });
        }
    }

    #[test]
    fn readers_end_with_the_work() {
        let order: Vec<usize> = (0..12).collect();
        let taken = read_ahead(&numbers(3), &order, 0, 2, |batches| batches.take(&mut [0.0; 2], &mut [0]));
        assert!(taken.is_ok());
    }
}
