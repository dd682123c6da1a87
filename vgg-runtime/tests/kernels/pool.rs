//! Pools, over windows and over whole maps.

use super::samples::{assert_close, blocked, exact, normal, planes};
use super::windows;
use ndarray::Array4;
use proptest::prelude::*;
use vgg_runtime::activation::Activation;
use vgg_runtime::geometry::{MapShape, PoolMode, PoolWindow};
use vgg_runtime::kernels::pool::{self, PoolShape};
use vgg_runtime::reference;

/// Holds a pool to its twin; both take the same values, so only means are rounded.
fn check_pool(batch: usize, input: MapShape, pool: PoolWindow, seed: u64) {
    let Some(shape) = PoolShape::new(batch, input, pool) else { return };
    let output = shape.output();
    // Few different values, so that there are ties.
    let x: Array4<f32> = normal(seed, (batch, input.channels, input.height, input.width)).mapv(f32::round);
    let gradient = normal(seed + 1, (batch, output.channels, output.height, output.width));
    let mut y = vec![f32::NAN; batch * output.stored()];
    pool::forward(&shape, &blocked(&x), &mut y);
    let expected = reference::pool::forward(&exact(&x), pool);
    assert_close(&format!("output of {shape:?}"), &planes(output, &y), expected.as_slice().unwrap(), 1e-6);

    let mut by_input = vec![f32::NAN; batch * input.stored()];
    pool::backward(&shape, Activation::None, &blocked(&x), &blocked(&gradient), &mut by_input);
    let expected = reference::pool::backward(&exact(&x), pool, &exact(&gradient));
    let found = planes(input, &by_input);
    assert_close(&format!("gradient of {shape:?}"), &found, expected.as_slice().unwrap(), 1e-6);
    let in_place = |activation: Activation, values: &Array4<f32>, expected: &[f32]| {
        if pool.halves() {
            let mut replaced = blocked(values);
            pool::backward_in_place(&shape, activation, &blocked(&gradient), &mut replaced);
            assert_eq!(replaced, expected, "gradient in place of {shape:?}, {activation:?}");
        }
    };
    in_place(Activation::None, &x, &by_input);

    if !pool::passes_through(pool, Activation::Relu) {
        return;
    }
    let rectified = x.mapv(|value| value.max(0.0));
    pool::backward(&shape, Activation::Relu, &blocked(&rectified), &blocked(&gradient), &mut by_input);
    let expected = reference::pool::backward(&exact(&rectified), pool, &exact(&gradient));
    let expected = expected * rectified.mapv(|value| if value > 0.0 { 1.0 } else { 0.0 });
    let found = planes(input, &by_input);
    assert_close(&format!("gradient through {shape:?}"), &found, expected.as_slice().unwrap(), 1e-6);
    in_place(Activation::Relu, &rectified, &by_input);
}

#[test]
fn halving_pools() {
    for (seed, (height, width)) in [(2, 2), (3, 3), (7, 12), (12, 7), (64, 65)].into_iter().enumerate() {
        for pool in [PoolWindow::max(2, 2), PoolWindow::average(2, 2)] {
            check_pool(3, MapShape::new(4, height, width), pool, seed as u64);
        }
    }
}

/// What is not a number must not get lost in a pool.
#[test]
fn pools_keep_what_is_not_a_number() {
    for pool in [PoolWindow::max(2, 2), PoolWindow::max(3, 3), PoolWindow::average(2, 2)] {
        let shape = PoolShape::new(1, MapShape::new(1, 3, 3), pool).unwrap();
        for place in [0, 1, 3, 4] {
            let mut x = [1.0; 9 * 16];
            x[place * 16 + 3] = f32::NAN;
            let mut y = [0.0; 16];
            pool::forward(&shape, &x, &mut y);
            assert!(y[3].is_nan() && y[4] == 1.0, "{pool:?}, {place}");
        }
    }
}

#[test]
fn global_average_pools() {
    for (seed, (batch, channels, height, width)) in
        [(1, 1, 1, 1), (3, 5, 7, 9), (2, 64, 40, 40)].into_iter().enumerate()
    {
        let (x, gradient) =
            (normal(seed as u64, (batch, channels, height, width)), normal(9, (batch, channels)));
        let shape = MapShape::new(channels, height, width);
        let mut y = vec![f32::NAN; batch * channels];
        pool::global_average(shape, &blocked(&x), &mut y);
        assert_close("means", &y, reference::pool::global_average(&exact(&x)).as_slice().unwrap(), 1e-6);
        let mut by_input = vec![f32::NAN; batch * shape.stored()];
        pool::global_average_backward(shape, gradient.as_slice().unwrap(), &mut by_input);
        let expected = reference::pool::global_average_backward(&exact(&gradient), height, width);
        assert_close("gradient", &planes(shape, &by_input), expected.as_slice().unwrap(), 1e-6);
    }
}

/// A batch of no images is no reason to panic.
#[test]
fn of_no_images() {
    let pool = PoolShape::new(0, MapShape::new(2, 5, 5), PoolWindow::max(2, 2)).unwrap();
    pool::forward(&pool, &[], &mut []);
    pool::backward(&pool, Activation::None, &[], &[], &mut []);
    pool::global_average(MapShape::new(2, 5, 5), &[], &mut []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pools(
        batch in 1..=5_usize,
        (channels, height, width) in (1..=67_usize, 1..=65_usize, 1..=65_usize),
        window in windows(5),
        max in any::<bool>(),
        seed in 0..1000_u64,
    ) {
        let mode = if max { PoolMode::Max } else { PoolMode::Average };
        // Few channels if the maps are large, so that the twin does not take too long.
        let channels = channels.min(20_000 / (height * width)).max(1);
        check_pool(batch, MapShape::new(channels, height, width), PoolWindow { mode, window }, seed);
    }
}
