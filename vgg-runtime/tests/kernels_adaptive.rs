//! Adaptive average pools against their naive twin, over odd shapes, and by one to eight threads.

mod samples;

use ndarray::Array4;
use samples::{assert_close, blocked, exact, normal, planes};
use vgg_runtime::geometry::MapShape;
use vgg_runtime::kernels::pool::adaptive::{self, AdaptiveShape};
use vgg_runtime::reference::pool;

/// Output and gradient of the kernels, in blocks.
fn computed(shape: &AdaptiveShape, x: &[f32], gradient: &[f32]) -> [Vec<f32>; 2] {
    let [mut y, mut by_input] = [vec![f32::NAN; gradient.len()], vec![f32::NAN; x.len()]];
    adaptive::forward(shape, x, &mut y);
    adaptive::backward(shape, gradient, &mut by_input);
    [y, by_input]
}

#[test]
fn kernels_are_their_twins() {
    let shapes = [(1, 1, 1, 1), (2, 3, 7, 5), (1, 16, 8, 8), (3, 21, 2, 13), (2, 40, 5, 1)];
    for (batch, channels, height, width) in shapes {
        for size in [[1, 1], [2, 2], [3, 2], [7, 7], [1, 5], [19, 4]] {
            let input = MapShape::new(channels, height, width);
            let shape = AdaptiveShape { batch, input, size };
            let x: Array4<f32> = normal(size[0] as u64, (batch, channels, height, width));
            let gradient: Array4<f32> = normal(1, (batch, channels, size[0], size[1]));
            let [y, by_input] = computed(&shape, &blocked(&x), &blocked(&gradient));
            let what = format!("{shape:?}");
            let expected = pool::adaptive_average(&exact(&x), size);
            assert_close(&what, &planes(shape.output(), &y), expected.as_slice().unwrap(), 1e-6);
            let expected = pool::adaptive_average_backward(&exact(&x), &exact(&gradient));
            assert_close(&what, &planes(input, &by_input), expected.as_slice().unwrap(), 1e-6);
            for (values, maps) in [(&y, shape.output()), (&by_input, input)] {
                let dim = (batch, channels, maps.height, maps.width);
                let again = blocked(&Array4::from_shape_vec(dim, planes(maps, values)).unwrap());
                assert_eq!(&again, values, "padding of {what}");
            }
        }
    }
}

/// Where windows come out all alike, it is the pool over windows, bit for bit.
#[test]
fn even_windows_are_those_of_a_pool() {
    use vgg_runtime::geometry::PoolWindow;
    use vgg_runtime::kernels::pool::{self, PoolShape};
    let input = MapShape::new(20, 6, 8);
    let even = PoolShape::new(2, input, PoolWindow::average(2, 4)).unwrap();
    let x = blocked(&normal(0, (2, 20, 6, 8)));
    let mut expected = vec![0.0; 2 * even.output().stored()];
    pool::forward(&even, &x, &mut expected);
    let mut y = vec![0.0; expected.len()];
    adaptive::forward(&AdaptiveShape { batch: 2, input, size: [3, 2] }, &x, &mut y);
    assert!(y == expected);
}

#[test]
fn threads_change_no_bit() {
    let shape = AdaptiveShape { batch: 3, input: MapShape::new(24, 31, 17), size: [7, 6] };
    let (x, gradient) = (blocked(&normal(0, (3, 24, 31, 17))), blocked(&normal(1, (3, 24, 7, 6))));
    let by = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| computed(&shape, &x, &gradient))
    };
    let expected = by(1);
    for threads in [2, 3, 8] {
        assert!(by(threads) == expected, "{threads} threads");
    }
}
