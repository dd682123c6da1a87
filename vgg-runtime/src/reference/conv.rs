//! Convolution, as deep learning calls it: the kernel is not flipped.

use super::Real;
use super::window::covered;
use crate::geometry::{MapShape, Window};
use ndarray::{Array1, Array4, Axis};
use std::ops::Range;

/// The gradients of a convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients<T> {
    /// By the input, `[image, channel, row, column]`.
    pub input: Array4<T>,
    /// By the weights, `[filter, channel, row, column]`.
    pub weight: Array4<T>,
    /// By the bias, `[filter]`.
    pub bias: Array1<T>,
}

/// In groups, if the weights have fewer channels than the image: the first filters look at the first channels, and so
/// on.
///
/// `y[n, o, p] = bias[o] + Σ weight[o, c, k] x[n, c, p·stride + k - padding]`, over what lies inside the
/// image.
pub fn forward<T: Real>(
    x: &Array4<T>,
    weight: &Array4<T>,
    bias: Option<&Array1<T>>,
    window: Window,
) -> Array4<T> {
    let (_, _, height, width) = x.dim();
    Array4::from_shape_fn(output_shape(x, weight, window), |(image, filter, row, column)| {
        let mut sum = bias.map_or(T::zero(), |bias| bias[filter]);
        let places: Vec<_> = covered(window, [height, width], [row, column]).collect();
        for (number, channel) in group(x, weight, filter).enumerate() {
            for place in &places {
                let at_weight = [filter, number, place.kernel[0], place.kernel[1]];
                let at_input = [image, channel, place.image[0], place.image[1]];
                sum += weight[at_weight] * x[at_input];
            }
        }
        sum
    })
}

/// The gradients out of that by the output: each product of [`forward`] gives one summand to the gradient
/// by its weight, and one to that by its input.
pub fn backward<T: Real>(
    x: &Array4<T>,
    weight: &Array4<T>,
    window: Window,
    gradient: &Array4<T>,
) -> Gradients<T> {
    assert_eq!(gradient.dim(), output_shape(x, weight, window), "shape of the gradient");
    let (_, _, height, width) = x.dim();
    let (mut by_input, mut by_weight) = (Array4::zeros(x.dim()), Array4::zeros(weight.dim()));
    for ((image, filter, row, column), &gradient) in gradient.indexed_iter() {
        let places: Vec<_> = covered(window, [height, width], [row, column]).collect();
        for (number, channel) in group(x, weight, filter).enumerate() {
            for place in &places {
                let at_weight = [filter, number, place.kernel[0], place.kernel[1]];
                let at_input = [image, channel, place.image[0], place.image[1]];
                by_weight[at_weight] += gradient * x[at_input];
                by_input[at_input] += gradient * weight[at_weight];
            }
        }
    }
    let bias = gradient.sum_axis(Axis(3)).sum_axis(Axis(2)).sum_axis(Axis(0));
    Gradients { input: by_input, weight: by_weight, bias }
}

/// The channels that a filter looks at: all, or those of its group if the weights are of fewer.
fn group<T>(x: &Array4<T>, weight: &Array4<T>, filter: usize) -> Range<usize> {
    let (channels, each) = (x.dim().1, weight.dim().1);
    let filters = weight.dim().0 / (channels / each);
    let first = filter / filters * each;
    first..first + each
}

fn output_shape<T>(x: &Array4<T>, weight: &Array4<T>, window: Window) -> (usize, usize, usize, usize) {
    let (batch, channels, height, width) = x.dim();
    let (filters, weight_channels, kernel_height, kernel_width) = weight.dim();
    assert_eq!([kernel_height, kernel_width], window.kernel, "weights");
    let groups = channels / weight_channels;
    let divides = channels.is_multiple_of(weight_channels) && filters.is_multiple_of(groups);
    assert!(divides, "{filters} filters of {weight_channels} channels over {channels}");
    match window.output(MapShape::new(channels, height, width), filters) {
        Some(output) => (batch, filters, output.height, output.width),
        None => panic!("{window:?} does not fit into {height}x{width}"),
    }
}
