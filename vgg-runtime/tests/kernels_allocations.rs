//! Warm kernels allocate nothing, apart from dense layers: their multiplication takes memory for its own
//! packing and gives it back. Alone in its file: the counter counts for the whole process.

mod samples;

use samples::normal;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use vgg_runtime::activation::Activation;
use vgg_runtime::arena::{ArenaSize, Memory, Slot};
use vgg_runtime::geometry::{Extent, Lrn, MapShape, Norm, PoolWindow, Window};
use vgg_runtime::ops::{
    AdaptiveOp, ConvOp, DropoutOp, GapOp, Gradients, LrnOp, NormGradients, NormOp, NormWeights, PoolOp,
    Weights,
};
use vgg_runtime::pass::{Mode, Pass};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BATCH: usize = 2;
const MAPS: MapShape = MapShape::new(4, 12, 12);

/// Buffers of the largest map, one behind the other.
const fn slot(number: usize) -> Slot {
    let offset = MAPS.stored() * number;
    Slot::new(offset, offset, offset + 5 * MAPS.stored())
}

/// The fewest allocations in several calls, and the most bytes that one leaves behind: the test's own main
/// thread may allocate now and then.
fn counted(mut call: impl FnMut()) -> (usize, isize) {
    let counts = [(); 5].map(|()| {
        let region = Region::new(ALLOCATOR);
        call();
        let change = region.change();
        let kept = change.bytes_allocated as isize - change.bytes_deallocated as isize;
        (change.allocations + change.reallocations, kept)
    });
    counts.into_iter().min().unwrap_or_default()
}

fn memory() -> Memory {
    let training = 10 * MAPS.stored();
    Memory::training(ArenaSize { inference: training, training, statistics: 16 }, BATCH)
}

fn begin(memory: &mut Memory) -> Pass<'_> {
    memory.pass(BATCH, Mode::Training { seed: 0, step: 0 })
}

/// On one thread: with more, rayon itself takes memory for its queues.
fn on_one_thread(test: impl FnOnce() + Send) {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(test);
}

#[test]
fn warm_steps_allocate_nothing() {
    assert!(counted(|| drop(vec![0_u8; 64])).0 > 0, "the counter counts");
    on_one_thread(|| {
        let (ones, zeros) = ([1.0; 4], [0.0; 4]);
        let norm_weights = NormWeights { scale: &ones, shift: &zeros, mean: &zeros, variance: &ones };
        let norm = NormOp {
            extent: Extent::Maps(MAPS),
            norm: Norm::default(),
            activation: Activation::Gelu,
            statistics: 0,
            from: slot(0),
            to: slot(1),
            needs_input_gradient: true,
        };
        let pool = PoolWindow::max(3, 3);
        let pool = PoolOp { input: MAPS, pool, from: slot(1), to: slot(2), needs_input_gradient: true };
        let pooled = pool.output().unwrap();
        let extent = Extent::Maps(pooled);
        let (from, to) = (slot(2), slot(3));
        let dropout = DropoutOp { extent, rate: 0.5, stream: 0, from, to, needs_input_gradient: true };
        let gap = GapOp { input: pooled, from: slot(3), to: slot(4), needs_input_gradient: true };
        let lrn = Lrn { size: 3, ..Lrn::DEFAULT };
        let (from, to) = (slot(3), slot(2));
        let lrn = LrnOp { input: pooled, lrn, from, to, needs_input_gradient: true };
        let size = [pooled.height.min(2), pooled.width.min(3)];
        let adaptive = AdaptiveOp { input: pooled, size, from, to, needs_input_gradient: true };
        let mut memory = memory();
        lrn.backward(&mut begin(&mut memory));
        let found = counted(|| {
            let mut pass = begin(&mut memory);
            norm.forward(&mut pass, norm_weights);
            pool.forward(&mut pass);
            dropout.forward(&mut pass);
            gap.forward(&mut pass);
            lrn.forward(&mut pass);
            adaptive.forward(&mut pass);
            adaptive.backward(&mut pass);
            lrn.backward(&mut pass);
            gap.backward(&mut pass);
            dropout.backward(&mut pass);
            pool.backward(&mut pass);
            let (mut scale, mut shift) = ([0.0; 4], [0.0; 4]);
            let gradients = NormGradients { scale: &mut scale, shift: &mut shift };
            norm.backward(&mut pass, norm_weights, gradients);
        });
        assert_eq!(found, (0, 0));

        let conv = ConvOp {
            input: MAPS,
            filters: 4,
            window: Window::same(3, 3),
            groups: 1,
            norm: None,
            activation: Activation::Relu,
            pool: None,
            from: slot(0),
            to: slot(1),
            linear: None,
            activated: None,
            statistics: 0,
            needs_input_gradient: true,
            reads_images: false,
            frozen: false,
        };
        let weight = normal(0, 144);
        let weights = Weights { weight: weight.as_slice().unwrap(), bias: None, norm: None };
        let mut by_weight = [0.0; 144];
        let mut step = || {
            let mut pass = begin(&mut memory);
            conv.forward(&mut pass, weights);
            conv.backward(&mut pass, weights, Gradients { weight: &mut by_weight, bias: None, norm: None });
        };
        step();
        assert_eq!(counted(step), (0, 0), "scratch is kept");
    });
}
