//! A training step and a prediction allocate nothing, once they are warm. Alone in its file: the counter
//! counts for the whole process.

mod linear;

use linear::Linear;
use ndarray::Array4;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
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

#[test]
fn a_warm_step_and_a_warm_prediction_allocate_nothing() {
    assert!(allocations(|| drop(vec![0_u8; 64])) > 0, "the counter counts");
    let images = Array4::from_elem((16, 1, 8, 8), 0.5);
    let labels = [3; 16];
    for optimizer in [Optimizer::sgd(0.01), Optimizer::adam(0.01)] {
        let settings = TrainSettings { batch: 16, optimizer, ..TrainSettings::default() };
        let mut trainer = Trainer::new(Linear::init(8, 10, 0), settings);
        trainer.train_step(images.view(), &labels).unwrap();
        assert_eq!(
            allocations(|| assert!(trainer.train_step(images.view(), &labels).is_ok())),
            0,
            "{optimizer:?}"
        );
    }
    let mut predictor = Predictor::new(Linear::init(8, 10, 0), 16);
    predictor.logits(images.view()).unwrap();
    assert_eq!(allocations(|| assert!(predictor.logits(images.view()).is_ok())), 0);
}
