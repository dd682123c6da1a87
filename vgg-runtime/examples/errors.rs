//! Prints the errors of the algorithms of convolution against `f64`, and those of the logits of VGG-16.
//!
//! `cargo run --release -p vgg-runtime --example errors -- [SIDE]`, where images are SIDE x SIDE (64 if it is not
//! given; 224 takes minutes, since `f64` is computed by the definition).

use ndarray::{Array, Array4, ShapeBuilder};
use vgg_runtime::geometry::{MapShape, PoolWindow, Window};
use vgg_runtime::kernels::conv::{self, ConvShape};
use vgg_runtime::kernels::{Epilogue, Scratch, layout};
use vgg_runtime::random::Stream;
use vgg_runtime::{Activation, Cpu, reference};

/// Convolutions that stand for an algorithm: channels, the side of the maps, the kernel.
const CASES: [(&str, usize, usize, usize); 7] = [
    ("definition, 5x5", 64, 16, 5),
    ("definition, 5x5", 512, 8, 5),
    ("tiles of 4x4", 64, 16, 3),
    ("tiles of 4x4", 256, 16, 3),
    ("tiles of 4x4", 512, 16, 3),
    ("tiles of 2x2", 64, 2, 3),
    ("tiles of 2x2", 512, 2, 3),
];

/// Blocks of VGG-16: convolutions and their filters.
const BLOCKS: [(usize, usize); 5] = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)];

fn main() {
    let side = std::env::args().nth(1).map_or(64, |side| side.parse().expect("the side of images"));
    println!("{:?}; largest error of the largest value, in 1e-7", Cpu::selected());
    println!("{:>16} {:>9} {:>9} {:>9} {:>9}", "", "channels", "forward", "by input", "by weight");
    for (index, (name, channels, side, kernel)) in CASES.into_iter().enumerate() {
        let errors =
            errors_of(index as u64, channels, side, kernel).map(|error| format!("{:>9.1}", error * 1e7));
        println!("{name:>16} {channels:>9} {}", errors.join(" "));
    }
    let (logits, error) = vgg_16(side);
    println!("logits of VGG-16 at {side}: {:.1}e-7 of the largest, {logits:.3}", error * 1e7);
}

/// Normally distributed values.
fn normal<S: ShapeBuilder>(seed: u64, deviation: f64, shape: S) -> Array<f32, S::Dim> {
    let mut values = Stream::new(seed, 0, 0).normals().map(|value| (value * deviation) as f32);
    Array::from_shape_simple_fn(shape, || values.next().expect("there are enough"))
}

/// He's initialisation.
fn weights(seed: u64, filters: usize, channels: usize, kernel: usize) -> Array4<f32> {
    let deviation = (2.0 / (channels * kernel * kernel) as f64).sqrt();
    normal(seed, deviation, (filters, channels, kernel, kernel))
}

/// Maps in blocks of channels.
fn blocked(maps: &Array4<f32>) -> Vec<f32> {
    let (batch, channels, height, width) = maps.dim();
    let shape = MapShape::new(channels, height, width);
    let mut blocks = vec![0.0; batch * shape.stored()];
    layout::pack(shape, maps.as_slice().expect("planes"), &mut blocks);
    blocks
}

/// The same, plane by plane.
fn planes(shape: MapShape, blocks: &[f32]) -> Vec<f32> {
    let mut planes = vec![0.0; blocks.len() / shape.stored() * shape.elements()];
    layout::unpack(shape, blocks, &mut planes);
    planes
}

/// The largest error, as a share of the largest value.
fn error<'e>(found: &[f32], expected: impl IntoIterator<Item = &'e f64>) -> f64 {
    let (mut error, mut largest) = (0.0_f64, 0.0_f64);
    for (&found, &expected) in found.iter().zip(expected) {
        error = error.max((f64::from(found) - expected).abs());
        largest = largest.max(expected.abs());
    }
    error / largest
}

/// The errors of forward, input gradient and weight gradient.
fn errors_of(seed: u64, channels: usize, side: usize, kernel: usize) -> [f64; 3] {
    const BATCH: usize = 2;
    const FILTERS: usize = 32;
    let (input, window) = (MapShape::new(channels, side, side), Window::same(kernel, kernel));
    let shape = ConvShape::new(BATCH, input, FILTERS, window).expect("it fits");
    let x = normal(3 * seed, 1.0, (BATCH, channels, side, side));
    let weight = weights(3 * seed + 1, FILTERS, channels, kernel);
    let gradient = normal(3 * seed + 2, 1.0, (BATCH, FILTERS, side, side));
    let exact = |array: &Array4<f32>| array.mapv(f64::from);
    let sums = reference::conv::forward(&exact(&x), &exact(&weight), None, window);
    let gradients = reference::conv::backward(&exact(&x), &exact(&weight), window, &exact(&gradient));

    let (x, gradient) = (blocked(&x), blocked(&gradient));
    let flat = weight.as_slice().expect("in order");
    let mut scratch = Scratch::default();
    let epilogue = Epilogue { bias: None, norm: None, activation: Activation::None };
    let (mut y, mut by_input) = (vec![0.0; gradient.len()], vec![0.0; x.len()]);
    let mut by_weight = vec![0.0; flat.len()];
    conv::forward(&shape, &x, flat, epilogue, &mut y, &mut scratch);
    conv::input_gradient(&shape, &gradient, flat, &mut by_input, &mut scratch);
    conv::weight_gradient(&shape, &x, &gradient, &mut by_weight, &mut scratch);
    [
        error(&planes(shape.output(), &y), &sums),
        error(&planes(input, &by_input), &gradients.input),
        error(&by_weight, &gradients.weight),
    ]
}

/// The largest logit of VGG-16 for one image, and the error of all as a share of it.
fn vgg_16(side: usize) -> (f64, f64) {
    let mut input = MapShape::new(3, side, side);
    let image = normal(100, 1.0, (1, 3, side, side));
    let (mut maps, mut exact) = (image.as_slice().expect("planes").to_vec(), image.mapv(f64::from));
    let mut scratch = Scratch::default();
    let (window, mut seed) = (Window::same(3, 3), 100);
    let epilogue = Epilogue { bias: None, norm: None, activation: Activation::Relu };
    for (convolutions, filters) in BLOCKS {
        for index in 0..convolutions {
            seed += 1;
            let weight = weights(seed, filters, input.channels, 3);
            let flat = weight.as_slice().expect("in order");
            let shape = ConvShape::new(1, input, filters, window).expect("it fits");
            let shape = if input.channels == 3 { shape.over_images() } else { shape };
            exact = reference::conv::forward(&exact, &weight.mapv(f64::from), None, window);
            exact.mapv_inplace(|value| value.max(0.0));
            let output = shape.output();
            if index + 1 < convolutions {
                let mut y = vec![0.0; output.stored()];
                conv::forward(&shape, &maps, flat, epilogue, &mut y, &mut scratch);
                (maps, input) = (y, output);
            } else {
                let pool = PoolWindow::max(2, 2);
                let halved = pool.output(output).expect("there is a map to pool");
                let mut y = vec![0.0; halved.stored()];
                conv::forward_halved(&shape, &maps, flat, epilogue, &mut y, &mut scratch);
                exact = reference::pool::forward(&exact, pool);
                (maps, input) = (y, halved);
            }
        }
    }
    // The head: the mean of each map, and ten sums of those.
    let means: Vec<f32> = planes(input, &maps).chunks(input.area()).map(mean).collect();
    let exact_means = reference::pool::global_average(&exact);
    let dense = normal(200, (2.0 / input.channels as f64).sqrt(), (10, input.channels));
    let logits: Vec<f32> =
        dense.outer_iter().map(|row| row.iter().zip(&means).map(|(a, b)| a * b).sum()).collect();
    let exact = reference::dense::forward(&exact_means, &dense.mapv(f64::from), None);
    let largest = exact.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    (largest, error(&logits, &exact))
}

fn mean(plane: &[f32]) -> f32 {
    plane.iter().sum::<f32>() / plane.len() as f32
}
