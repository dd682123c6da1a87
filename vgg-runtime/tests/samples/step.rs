//! A place for steps to run in.

use super::{blocked, exact, normal};
use ndarray::{Array1, Array4};
use vgg_runtime::arena::{ArenaSize, Memory, Slot};
use vgg_runtime::geometry::{MapShape, Norm};
use vgg_runtime::ops::NormWeights;
use vgg_runtime::pass::{Mode, Pass};
use vgg_runtime::reference::{self, norm::Statistics};

pub const BATCH: usize = 3;
pub const INPUT: MapShape = MapShape::new(2, 7, 6);
pub const FILTERS: usize = 4;
pub const NORM: Norm = Norm::new(1e-3, 0.2);
pub const TRAINING: Mode = Mode::Training { seed: 5, step: 9 };

/// How far a step may be from its twins, as a share of the largest value.
pub const SHARE: f64 = 2e-5;

/// Buffers of 1024 floats an image, one behind the other.
pub const fn buffer(number: usize) -> Slot {
    Slot::new(1024 * number, 1024 * number, 1024 * (number + 4))
}

pub const FROM: Slot = buffer(0);
pub const TO: Slot = buffer(1);

/// Memory full of what is not a number.
pub fn memory() -> Memory {
    let size = ArenaSize { inference: 8192, training: 8192, statistics: 64 };
    let mut memory = Memory::training(size, BATCH);
    memory.pass(BATCH, TRAINING).values_mut(Slot::new(0, 0, 0), 8192).fill(f32::NAN);
    memory
}

pub fn place(pass: &mut Pass<'_>, slot: Slot, values: &[f32]) {
    pass.values_mut(slot, values.len() / BATCH).copy_from_slice(values);
}

/// Puts maps into a slot, in blocks.
pub fn place_maps(pass: &mut Pass<'_>, slot: Slot, maps: &Array4<f32>) {
    place(pass, slot, &blocked(maps));
}

/// The tensors of a norm.
pub struct NormTensors {
    pub scale: Array1<f32>,
    pub shift: Array1<f32>,
    pub mean: Array1<f32>,
    pub variance: Array1<f32>,
}

impl NormTensors {
    pub fn new(channels: usize) -> NormTensors {
        NormTensors {
            scale: normal(20, channels),
            shift: normal(21, channels),
            mean: normal(22, channels),
            variance: normal(23, channels).mapv(|value: f32| value * value + 0.5),
        }
    }

    pub fn weights(&self) -> NormWeights<'_> {
        NormWeights {
            scale: self.scale.as_slice().unwrap(),
            shift: self.shift.as_slice().unwrap(),
            mean: self.mean.as_slice().unwrap(),
            variance: self.variance.as_slice().unwrap(),
        }
    }

    pub fn running(&self) -> Statistics<f64> {
        Statistics { mean: exact(&self.mean), variance: exact(&self.variance) }
    }

    pub fn apply(&self, x: &Array4<f64>, statistics: &Statistics<f64>) -> Array4<f64> {
        reference::norm::forward(x, &exact(&self.scale), &exact(&self.shift), statistics, NORM)
    }
}
