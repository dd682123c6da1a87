//! Times the convolutions of VGG-16 one by one, on synthetic maps.
//!
//! `cargo run --release -p vgg-runtime --example layers -- [BATCH] [SIDE] [THREADS]`

use std::hint::black_box;
use std::time::Instant;
use vgg_runtime::geometry::{MapShape, Window};
use vgg_runtime::kernels::conv::{self, ConvShape};
use vgg_runtime::kernels::{Epilogue, Scratch, peak};
use vgg_runtime::{Activation, Cpu};

/// Blocks of VGG-16: convolutions and their filters.
const BLOCKS: [(usize, usize); 5] = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)];

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let mut next = |usual| arguments.next().map_or(usual, |argument| argument.unwrap_or(usual));
    let (batch, side, threads) = (next(1), next(224), next(2));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| run(batch, side));
}

fn run(batch: usize, side: usize) {
    println!("{} of {side}x{side}, {} threads, {:?}", batch, rayon::current_num_threads(), Cpu::selected());
    println!(
        "{:>20} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "", "fwd ms", "GFLOP/s", "dx ms", "GFLOP/s", "dw ms", "GFLOP/s"
    );
    let (mut channels, mut side, mut totals) = (3, side, [0.0; 3]);
    for (convolutions, filters) in BLOCKS {
        let peak = peak::flops(rayon::current_num_threads()) / 1e9;
        println!("{:>20} {peak:>19.0}", "peak");
        for _ in 0..convolutions {
            let times = layer(batch, MapShape::new(channels, side, side), filters);
            let work = 2.0 * 9.0 * (batch * channels * filters * side * side) as f64;
            let columns: Vec<String> = times
                .iter()
                .map(|seconds| format!("{:>9.2} {:>9.0}", seconds * 1e3, work / seconds / 1e9))
                .collect();
            println!("{:>20} {}", format!("{channels}->{filters} @{side}"), columns.join(" "));
            totals.iter_mut().zip(times).for_each(|(total, seconds)| *total += seconds);
            channels = filters;
        }
        side /= 2;
    }
    println!("{:>20} {:>9.1} {:>19.1} {:>19.1}", "all", totals[0] * 1e3, totals[1] * 1e3, totals[2] * 1e3);
}

/// The fastest of some runs of forward, input gradient and weight gradient, in seconds.
fn layer(batch: usize, input: MapShape, filters: usize) -> [f64; 3] {
    let images = input.channels == 3;
    let shape = ConvShape::new(batch, input, filters, Window::same(3, 3)).expect("it fits");
    let shape = if images { shape.over_images() } else { shape };
    let stored = if images { input.elements() } else { input.stored() };
    let values =
        |length: usize| -> Vec<f32> { (0..length).map(|i| (i * 7 % 13) as f32 * 0.1 - 0.6).collect() };
    let (x, mut by_input) = (values(batch * stored), vec![0.0; batch * stored]);
    let (mut y, weight) = (values(batch * shape.output().stored()), values(shape.weights()));
    let mut by_weight = vec![0.0; shape.weights()];
    let bias = values(filters);
    let mut scratch = Scratch::default();
    scratch.keep_packs(std::env::var_os("REPACK").is_none());
    let epilogue = Epilogue { bias: Some(&bias), norm: None, activation: Activation::Relu };
    let forward = best(|| conv::forward(&shape, &x, &weight, epilogue, &mut y, &mut scratch));
    let input_gradient = if images {
        0.0
    } else {
        best(|| conv::input_gradient(&shape, &y, &weight, &mut by_input, &mut scratch))
    };
    let weight_gradient = best(|| conv::weight_gradient(&shape, &x, &y, &mut by_weight, &mut scratch));
    black_box((&by_input, &by_weight));
    [forward, input_gradient, weight_gradient]
}

fn best(mut work: impl FnMut()) -> f64 {
    work();
    let begin = Instant::now();
    let (mut least, mut runs) = (f64::INFINITY, 0);
    while runs < 3 || (begin.elapsed().as_secs_f64() < 0.25 && runs < 50) {
        let begin = Instant::now();
        work();
        least = least.min(begin.elapsed().as_secs_f64());
        runs += 1;
    }
    least
}
