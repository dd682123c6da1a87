//! A training step and a prediction add no allocation to those of the network's layers, once they are
//! warm. The layer here has none. Alone in its file: the counter counts for the whole process.

mod linear;

use linear::Linear;
use ndarray::Array4;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use vgg_runtime::network::Network;
use vgg_runtime::optim::Optimizer;
use vgg_runtime::predict::Predictor;
use vgg_runtime::train::{TrainSettings, Trainer};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The fewest allocations in several calls: the test's own main thread may allocate now and then.
fn allocations(mut call: impl FnMut()) -> usize {
    let count = |_| {
        let region = Region::new(ALLOCATOR);
        call();
        let change = region.change();
        change.allocations + change.reallocations
    };
    (0..5).map(count).min().unwrap_or(0)
}

/// Allocations of a step with each optimiser and of a prediction, all warm, over the digits' shape.
fn allocations_of<N: Network>(network: &N) -> [usize; 3] {
    let images = Array4::from_elem((16, 1, 8, 8), 0.5);
    let labels = [3; 16];
    let step = |optimizer| {
        let settings = TrainSettings { batch: 16, optimizer, ..TrainSettings::default() };
        let mut trainer = Trainer::new(network.clone(), settings);
        trainer.train_step(images.view(), &labels).unwrap();
        allocations(|| assert!(trainer.train_step(images.view(), &labels).is_ok()))
    };
    let steps = [Optimizer::sgd(0.01), Optimizer::adam(0.01)].map(step);
    let mut predictor = Predictor::new(network.clone(), 16);
    predictor.logits(images.view()).unwrap();
    let prediction = allocations(|| assert!(predictor.logits(images.view()).is_ok()));
    [steps[0], steps[1], prediction]
}

#[test]
fn warm_steps_and_predictions_allocate_nothing() {
    assert!(allocations(|| drop(vec![0_u8; 64])) > 0, "the counter counts");
    assert_eq!(allocations_of(&Linear::init(8, 10, 0)), [0; 3]);
}
