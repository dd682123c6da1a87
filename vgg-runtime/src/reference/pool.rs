//! Pools over windows, and the mean over whole maps.

use super::Real;
use super::window::covered;
use crate::geometry::{MapShape, PoolMode, PoolWindow};
use ndarray::{Array2, Array4};

/// The largest value, or the mean of the values, that a window covers inside the image; zero if there are
/// none.
pub fn forward<T: Real>(x: &Array4<T>, pool: PoolWindow) -> Array4<T> {
    Array4::from_shape_fn(output_shape(x, pool), |(image, channel, row, column)| {
        let values = inside(x, pool, [row, column]).map(|[y, x_]| x[[image, channel, y, x_]]);
        let count = values.clone().count();
        match pool.mode {
            _ if count == 0 => T::zero(),
            PoolMode::Max => values
                .reduce(|largest, value| if value > largest { value } else { largest })
                .unwrap_or(T::zero()),
            PoolMode::Average => values.fold(T::zero(), |sum, value| sum + value) / T::of(count as f64),
        }
    })
}

/// The gradient by the input: all of it goes to the first of the largest values, or an equal share to each
/// value.
pub fn backward<T: Real>(x: &Array4<T>, pool: PoolWindow, gradient: &Array4<T>) -> Array4<T> {
    assert_eq!(gradient.dim(), output_shape(x, pool), "shape of the gradient");
    let mut by_input = Array4::zeros(x.dim());
    for ((image, channel, row, column), &gradient) in gradient.indexed_iter() {
        let places = inside(x, pool, [row, column]).map(|[y, x_]| [image, channel, y, x_]);
        match pool.mode {
            PoolMode::Max => {
                if let Some(largest) = places.reduce(|best, at| if x[at] > x[best] { at } else { best }) {
                    by_input[largest] += gradient;
                }
            }
            PoolMode::Average => {
                let count = T::of(places.clone().count() as f64);
                places.for_each(|at| by_input[at] += gradient / count);
            }
        }
    }
    by_input
}

/// The mean of each map.
pub fn global_average<T: Real>(x: &Array4<T>) -> Array2<T> {
    let (batch, channels, height, width) = x.dim();
    Array2::from_shape_fn((batch, channels), |(image, channel)| {
        let map = x.slice(ndarray::s![image, channel, .., ..]);
        map.iter().fold(T::zero(), |sum, &value| sum + value) / T::of((height * width) as f64)
    })
}

/// The gradient by the input of [`global_average`], whose height and width are given.
pub fn global_average_backward<T: Real>(gradient: &Array2<T>, height: usize, width: usize) -> Array4<T> {
    let (batch, channels) = gradient.dim();
    Array4::from_shape_fn((batch, channels, height, width), |(image, channel, ..)| {
        gradient[[image, channel]] / T::of((height * width) as f64)
    })
}

/// The mean over the values whose share of the rows and columns is that of an output, rounded outwards: output `i` of
/// `n` covers `floor(i * extent / n)` up to, but not including, `ceil((i + 1) * extent / n)`.
pub fn adaptive_average<T: Real>(x: &Array4<T>, size: [usize; 2]) -> Array4<T> {
    let (batch, channels, ..) = x.dim();
    Array4::from_shape_fn((batch, channels, size[0], size[1]), |(image, channel, row, column)| {
        let places = shared_out(x, size, [row, column]);
        let sum = places.iter().fold(T::zero(), |sum, &[y, x_]| sum + x[[image, channel, y, x_]]);
        sum / T::of(places.len() as f64)
    })
}

/// The gradient by the input of [`adaptive_average`].
pub fn adaptive_average_backward<T: Real>(x: &Array4<T>, gradient: &Array4<T>) -> Array4<T> {
    let (_, _, rows, columns) = gradient.dim();
    let mut by_input = Array4::zeros(x.dim());
    for ((image, channel, row, column), &gradient) in gradient.indexed_iter() {
        let places = shared_out(x, [rows, columns], [row, column]);
        let share = gradient / T::of(places.len() as f64);
        places.into_iter().for_each(|[y, x_]| by_input[[image, channel, y, x_]] += share);
    }
    by_input
}

/// The places of the image that belong to an output of an adaptive pool.
fn shared_out<T>(x: &Array4<T>, size: [usize; 2], output: [usize; 2]) -> Vec<[usize; 2]> {
    let (_, _, height, width) = x.dim();
    // A cell belongs to an output if the two intervals on a line of the same length meet.
    let meets = |cell: usize, extent: usize, axis: usize| {
        cell * size[axis] < (output[axis] + 1) * extent && (cell + 1) * size[axis] > output[axis] * extent
    };
    let rows = (0..height).filter(|row| meets(*row, height, 0));
    rows.flat_map(|y| (0..width).filter(|x_| meets(*x_, width, 1)).map(move |x_| [y, x_])).collect()
}

/// The places of the image that a window covers.
fn inside<T>(
    x: &Array4<T>,
    pool: PoolWindow,
    output: [usize; 2],
) -> impl Iterator<Item = [usize; 2]> + Clone {
    let (_, _, height, width) = x.dim();
    let places: Vec<_> = covered(pool.window, [height, width], output).map(|place| place.image).collect();
    places.into_iter()
}

fn output_shape<T>(x: &Array4<T>, pool: PoolWindow) -> (usize, usize, usize, usize) {
    let (batch, channels, height, width) = x.dim();
    match pool.output(MapShape::new(channels, height, width)) {
        Some(output) => (batch, channels, output.height, output.width),
        None => panic!("{pool:?} does not fit into {height}x{width}"),
    }
}
