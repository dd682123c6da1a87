//! What windows drop, skip and see.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{Layer, MapShape, Model, Op, Shape, Window};

pub(super) fn check(model: &Model, findings: &mut Vec<Diagnostic>) {
    let head = model.head().start;
    for (index, layer) in model.layers().iter().enumerate() {
        let (window, is_pool) = match &layer.op {
            Op::Conv(conv) => (conv.window, false),
            Op::Pool(pool) => (pool.window, true),
            _ => continue,
        };
        let Shape::Maps(input) = layer.input else { continue };
        if is_pool {
            findings.extend(drops(layer, input, window));
            // An adaptive pool in the head fits whatever comes.
            findings.extend(of_one(layer, window).filter(|_| index < head));
        }
        findings.extend(skips(layer, window));
    }
    findings.extend(beyond_input(model));
}

/// Cells at the end that no window covers.
fn drops(layer: &Layer, input: MapShape, window: Window) -> Option<Diagnostic> {
    let Window { kernel, stride, padding } = window;
    let rest = |extent: usize, before: usize, after: usize, direction: usize| {
        let room = (extent + before + after).checked_sub(kernel[direction])?;
        (room % stride[direction]).checked_sub(after)
    };
    let rows = rest(input.height, padding.top, padding.bottom, 0).unwrap_or(0);
    let columns = rest(input.width, padding.left, padding.right, 1).unwrap_or(0);
    if (rows, columns) == (0, 0) {
        return None;
    }
    let count = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("the last {noun}")),
        _ => Some(format!("the last {count} {noun}s")),
    };
    let parts: Vec<String> = [count(rows, "row"), count(columns, "column")].into_iter().flatten().collect();
    let message =
        format!("`{}` drops {} of maps of {}x{}", layer.name, parts.join(" and "), input.height, input.width);
    Some(
        Diagnostic::warning(codes::POOL_DROPS, message, layer.span, "nothing looks at them")
            .help("say `ceil: true` for this pool, or choose an input that divides evenly"),
    )
}

fn of_one(layer: &Layer, window: Window) -> Option<Diagnostic> {
    if window.kernel != [1, 1] || window.stride != [1, 1] {
        return None;
    }
    let message = format!("`{}` takes each value as it is", layer.name);
    Some(
        Diagnostic::warning(codes::POOL_OF_ONE, message, layer.span, "a window of 1x1")
            .help("write `pool: none`, or a larger size"),
    )
}

/// Cells between two windows that no window covers.
fn skips(layer: &Layer, window: Window) -> Option<Diagnostic> {
    let Window { kernel, stride, .. } = window;
    if stride[0] <= kernel[0] && stride[1] <= kernel[1] {
        return None;
    }
    let message = format!("`{}` never looks at some of its input", layer.name);
    let label = format!("steps of {}x{} with a window of {}x{}", stride[0], stride[1], kernel[0], kernel[1]);
    Some(
        Diagnostic::warning(codes::STRIDE_SKIPS, message, layer.span, label)
            .help("make the window at least as large as its stride"),
    )
}

/// Maps whose cells see more than there is.
fn beyond_input(model: &Model) -> Option<Diagnostic> {
    let image = model.input();
    let beyond = |layer: &&Layer| {
        let [height, width] = layer.receptive_field;
        matches!(layer.op, Op::Conv(_)) && height > image.height && width > image.width
    };
    let layer = model.layers().iter().find(beyond)?;
    let [height, width] = layer.receptive_field;
    let message = format!(
        "from `{}` on, each value sees {height}x{width} of an image of {}x{}",
        layer.name, image.height, image.width
    );
    Some(
        Diagnostic::warning(codes::FIELD_BEYOND_INPUT, message, layer.span, "the rest is padding")
            .note("more depth cannot bring in more of the image here, only more steps of thought about it")
            .help("fewer layers or larger images may serve as well"),
    )
}
