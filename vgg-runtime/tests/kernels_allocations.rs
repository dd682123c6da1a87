//! Warm kernels allocate nothing, apart from dense layers: their multiplication takes memory for its own
//! packing and gives it back. Alone in its file: the counter counts for the whole process.

mod samples;

use samples::normal;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use vgg_runtime::activation::Activation;
use vgg_runtime::arena::{ArenaSize, Memory, Slot};
use vgg_runtime::geometry::{Extent, Lrn, MapShape, Norm, PoolWindow, Window};
use vgg_runtime::kernels::conv::{self, ConvShape};
use vgg_runtime::kernels::{Epilogue, Scratch};
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
        // The threads of an earlier pool may have given something back.
        (change.allocations + change.reallocations, kept.max(0))
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

/// On one thread, and on two if there are as many cores: with more threads than cores, rayon shares the work, which takes
/// memory for its queues.
fn on_one_and_two_threads(test: impl Fn() + Sync) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in 1..=cores.min(2) {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(&test);
    }
}

#[test]
fn warm_steps_allocate_nothing() {
    assert!(counted(|| drop(vec![0_u8; 64])).0 > 0, "the counter counts");
    on_one_and_two_threads(|| {
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
    on_one_and_two_threads(large_convolutions_allocate_nothing);
}

/// Maps that are worth a second thread, by Winograd's algorithm.
fn large_convolutions_allocate_nothing() {
    let shape = ConvShape::new(BATCH, MapShape::new(32, 28, 28), 48, Window::same(3, 3)).unwrap();
    let x = normal(0, BATCH * shape.input().stored());
    let y = normal(1, BATCH * shape.output().stored());
    let weight = normal(2, shape.weights());
    let [x, y, weight] = [&x, &y, &weight].map(|values| values.as_slice().unwrap());
    let mut output = vec![0.0; y.len()];
    let (mut by_input, mut by_weight) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
    let mut scratch = Scratch::default();
    let mut step = || {
        let epilogue = Epilogue { bias: None, norm: None, activation: Activation::Relu };
        conv::forward(&shape, x, weight, epilogue, &mut output, &mut scratch);
        conv::input_gradient(&shape, y, weight, &mut by_input, &mut scratch);
        conv::weight_gradient(&shape, x, y, &mut by_weight, &mut scratch);
    };
    step();
    assert_eq!(counted(step), (0, 0), "on {} threads", rayon::current_num_threads());
}
