//! Local response normalisation against its naive twin, over odd shapes, and by one to eight threads.

mod samples;

use ndarray::Array4;
use samples::{assert_close, blocked, exact, normal, planes};
use vgg_runtime::geometry::{Lrn, MapShape};
use vgg_runtime::kernels::Scratch;
use vgg_runtime::kernels::lrn::{self, LrnShape};
use vgg_runtime::reference;

/// Output and gradient of the kernels, in blocks.
fn computed(shape: &LrnShape, x: &[f32], gradient: &[f32]) -> [Vec<f32>; 2] {
    let mut scratch = Scratch::default();
    scratch.poison(1 << 12);
    let [mut y, mut by_input] = [vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]];
    lrn::forward(shape, x, &mut y, &mut scratch);
    lrn::backward(shape, x, gradient, &mut by_input, &mut scratch);
    [y, by_input]
}

#[test]
fn kernels_are_their_twins() {
    let shapes = [(1, 1, 1, 1), (2, 3, 4, 5), (1, 16, 3, 3), (3, 21, 2, 7), (2, 40, 5, 1)];
    let settings = [
        (1, 0.3, 0.5, 1.0),
        (3, 2.0, 0.75, 2.0),
        (5, 1e-4, 0.75, 1.0),
        (31, 5.0, 1.5, 0.1),
        (255, 1.0, 1.0, 1.0),
    ];
    for (batch, channels, height, width) in shapes {
        for (size, alpha, beta, k) in settings {
            let lrn = Lrn { size, alpha, beta, k };
            let maps = MapShape::new(channels, height, width);
            let shape = LrnShape { batch, maps, lrn };
            let x: Array4<f32> = normal(size as u64, (batch, channels, height, width)) * 3.0;
            let gradient: Array4<f32> = normal(1, x.dim());
            let [y, by_input] = computed(&shape, &blocked(&x), &blocked(&gradient));
            let expected = reference::lrn::forward(&exact(&x), lrn);
            let what = format!("{shape:?}");
            assert_close(&what, &planes(maps, &y), expected.as_slice().unwrap(), 2e-6);
            let expected = reference::lrn::backward(&exact(&x), lrn, &exact(&gradient));
            assert_close(&what, &planes(maps, &by_input), expected.as_slice().unwrap(), 4e-6);
            for (values, maps) in [(&y, maps), (&by_input, maps)] {
                assert_eq!(
                    &blocked(
                        &Array4::from_shape_vec((batch, channels, height, width), planes(maps, values))
                            .unwrap()
                    ),
                    values,
                    "padding of {what}"
                );
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let shape = LrnShape { batch: 3, maps: MapShape::new(24, 31, 17), lrn: Lrn::DEFAULT };
    let x: Array4<f32> = normal(0, (3, 24, 31, 17));
    let gradient: Array4<f32> = normal(1, x.dim());
    let (x, gradient) = (blocked(&x), blocked(&gradient));
    let by = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| computed(&shape, &x, &gradient))
    };
    let expected = by(1);
    for threads in [2, 3, 8] {
        assert!(by(threads) == expected, "{threads} threads");
    }
}
