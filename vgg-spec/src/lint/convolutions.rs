//! Kernels and filters.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{Activation, Conv, Layer, Model, Op, Shape};
use crate::quantity::grouped;

/// Values that the smallest vector registers in use hold.
const LANES: usize = 8;

/// Convolutions behind which gradients fade without norms: more than those of VGG-19.
const DEEP: usize = 16;

pub(super) fn check(model: &Model, findings: &mut Vec<Diagnostic>) {
    let convolutions = || {
        model.layers().iter().filter_map(|layer| match &layer.op {
            Op::Conv(conv) => Some((layer, conv)),
            _ => None,
        })
    };
    for (layer, conv) in convolutions() {
        findings.extend(large_kernel(layer, conv));
        findings.extend(kernel_on_a_pixel(layer, conv));
        findings.extend(even_kernel(layer, conv));
        findings.extend(narrow(layer, conv));
    }
    let count = convolutions().count();
    let norms = model.layers().iter().any(|layer| matches!(layer.op, Op::BatchNorm(_)));
    if let Some((layer, _)) = convolutions().nth(DEEP).filter(|_| !norms) {
        let message = format!("{count} convolutions in a row without a norm are hard to train");
        findings.push(
            Diagnostic::warning(
                codes::DEEP_WITHOUT_NORM,
                message,
                layer.span,
                "deeper than VGG-19 from here on",
            )
            .help("say `norm: batch` in `defaults`"),
        );
    }
    saturating(model, findings);
}

/// Stacks of 3x3 see as much for less.
fn large_kernel(layer: &Layer, conv: &Conv) -> Option<Diagnostic> {
    let [height, width] = conv.window.kernel;
    let Shape::Maps(input) = layer.input else { return None };
    // At the entrance a large kernel with a stride takes the place of a pool.
    if height != width || height < 5 || height % 2 == 0 || conv.window.stride != [1, 1] {
        return None;
    }
    let stack = (height - 1) / 2;
    let large = (input.channels * conv.filters * height * width) as f64;
    let small = 9.0 * conv.filters as f64 * (input.channels + (stack - 1) * conv.filters) as f64;
    let saved = 100.0 * (1.0 - small / large);
    if saved < 1.0 {
        return None;
    }
    let message = format!(
        "{stack} convolutions of 3x3 see the same {height}x{width} with {saved:.0}% fewer parameters than `{}`",
        layer.name
    );
    let label = format!("{} parameters", grouped(large as u64));
    Some(
        Diagnostic::warning(codes::LARGE_KERNEL, message, layer.span, label)
            .note("and there is an activation between them, so they tell more apart")
            .help(format!("write {stack} convolutions of 3x3 in its place")),
    )
}

/// On maps of one pixel all but the middle of a kernel meets padding only.
fn kernel_on_a_pixel(layer: &Layer, conv: &Conv) -> Option<Diagnostic> {
    let Shape::Maps(input) = layer.input else { return None };
    let [height, width] = conv.window.kernel;
    if (input.height, input.width) != (1, 1) || height * width == 1 {
        return None;
    }
    let message = format!("`{}` lays a kernel of {height}x{width} on maps of 1x1", layer.name);
    let label = format!("{} of {} weights only ever meet padding", height * width - 1, height * width);
    Some(
        Diagnostic::warning(codes::KERNEL_ON_A_PIXEL, message, layer.span, label)
            .help("take `kernel: 1`, or end the body earlier"),
    )
}

/// Padding cannot be the same on both sides of an even kernel.
fn even_kernel(layer: &Layer, conv: &Conv) -> Option<Diagnostic> {
    let padding = conv.window.padding;
    let lopsided = padding.top != padding.bottom || padding.left != padding.right;
    if !lopsided || conv.window.stride != [1, 1] {
        return None;
    }
    let [height, width] = conv.window.kernel;
    let message = format!("a kernel of {height}x{width} shifts the maps by half a pixel");
    Some(
        Diagnostic::warning(
            codes::EVEN_KERNEL,
            message,
            layer.span,
            "padded more on one side than on the other",
        )
        .help("take an odd size"),
    )
}

/// Filters that leave lanes of a vector empty.
fn narrow(layer: &Layer, conv: &Conv) -> Option<Diagnostic> {
    let filters = conv.filters;
    if filters < 2 * LANES || filters.is_multiple_of(LANES) {
        return None;
    }
    let (below, above) = (filters / LANES * LANES, filters.div_ceil(LANES) * LANES);
    let message = format!("{filters} filters do not fill the vectors that compute them");
    Some(
        Diagnostic::warning(codes::NARROW_FILTERS, message, layer.span, format!("as slow as {above}"))
            .help(format!("take {below} or {above}")),
    )
}

/// Activations whose slope goes to zero on both sides, one behind the other.
fn saturating(model: &Model, findings: &mut Vec<Diagnostic>) {
    /// LeNet has so many.
    const FEW: usize = 4;
    let mut found = model.layers().iter().filter(|layer| {
        matches!(layer.op, Op::Activation(Activation::Sigmoid | Activation::Tanh))
            && matches!(layer.output, Shape::Maps(_))
    });
    if let Some(layer) = found.nth(FEW) {
        let message = "sigmoid and tanh let gradients fade in a deep network";
        findings.push(
            Diagnostic::warning(codes::SATURATING, message, layer.span, "the fifth one in the body")
                .help("take `relu`, the usual activation, in the body"),
        );
    }
}
