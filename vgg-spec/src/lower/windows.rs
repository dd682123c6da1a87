//! Windows of convolutions and pools on the maps they are laid over.

use super::chain::{Flow, pair};
use super::limits::MAX_EXTENT;
use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::ir::{Padding, Window};
use crate::quantity::grouped;
use crate::shape::{Axis, Placement};
use crate::span::Span;

/// Whose window it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowKind {
    Kernel,
    Pool,
}

/// What a window belongs to, for messages about it.
#[derive(Debug)]
pub(super) struct Windowed<'n> {
    pub(super) kind: WindowKind,
    /// The layer or block whose window it is.
    pub(super) owner: &'n str,
    /// Where to point.
    pub(super) span: Span,
    /// Where the size of the window is written, if that is elsewhere.
    pub(super) size_span: Option<Span>,
}

impl Lowering<'_> {
    /// Lays a window over the maps. Returns it together with the size of the output, as far as both are
    /// known.
    pub(super) fn lay(
        &mut self,
        axes: [Option<Axis>; 2],
        windowed: &Windowed<'_>,
    ) -> (Option<Window>, [Option<usize>; 2]) {
        let size = match self.chain.flow {
            Flow::Maps { size, .. } => size,
            Flow::Vector(_) => [None; 2],
        };
        let mut placed: [Option<Placement>; 2] = [None; 2];
        for direction in [0, 1] {
            let (Some(axis), Some(input)) = (axes[direction], size[direction]) else { continue };
            placed[direction] = axis.place(input);
            if placed[direction].is_none() {
                self.window_too_large(axes, size, windowed);
                return (None, [None; 2]);
            }
        }
        self.chain.pass_through(axes);
        let output = placed.map(|placement| placement.map(|placement| placement.output));
        if output.iter().flatten().any(|extent| *extent as u64 > MAX_EXTENT) {
            let message = format!("the padding makes maps larger than {}", grouped(MAX_EXTENT));
            self.report(Diagnostic::error(codes::NETWORK_TOO_LARGE, message, windowed.span, "here"));
            return (None, [None; 2]);
        }
        (window(axes, placed), output)
    }

    fn window_too_large(
        &mut self,
        axes: [Option<Axis>; 2],
        size: [Option<usize>; 2],
        windowed: &Windowed<'_>,
    ) {
        let ([Some(rows), Some(columns)], [Some(height), Some(width)]) = (axes, size) else { return };
        let Windowed { kind, owner, span, size_span } = *windowed;
        let (code, what, remedy) = match kind {
            WindowKind::Pool => (codes::POOL_TOO_LARGE, "pool", "end this block with no pool"),
            WindowKind::Kernel => {
                (codes::KERNEL_TOO_LARGE, "kernel", "take a smaller kernel or `same` padding")
            }
        };
        let message = format!(
            "{what} {} needs an input of at least {}, but `{owner}` receives {}",
            pair([rows.kernel, columns.kernel]),
            pair([rows, columns].map(|axis| axis.smallest_input(1))),
            pair([height, width]),
        );
        let output =
            [rows.place(height), columns.place(width)].map(|placed| placed.map_or(0, |placed| placed.output));
        let mut finding =
            Diagnostic::error(code, message, span, format!("the output would be {}", pair(output)));
        if let Some(size_span) = size_span.filter(|size_span| *size_span != span) {
            finding = finding.also(size_span, "the size is set here");
        }
        if let Some(input) = self.chain.input_size() {
            finding = finding.also(self.chain.input_span, format!("starts at {}", pair(input)));
        }
        if let Some(history) = self.chain.history() {
            finding = finding.note(history);
        }
        let help = match self.chain.smallest_input([rows, columns]) {
            Some(larger) => format!("{remedy}, or start from {} or more", pair(larger)),
            None => remedy.to_owned(),
        };
        self.report(finding.help(help));
    }
}

/// The window with its padding worked out.
fn window(axes: [Option<Axis>; 2], placed: [Option<Placement>; 2]) -> Option<Window> {
    let ([Some(rows), Some(columns)], [Some(row), Some(column)]) = (axes, placed) else { return None };
    Some(Window {
        kernel: [rows.kernel, columns.kernel],
        stride: [rows.stride, columns.stride],
        padding: Padding { top: row.before, bottom: row.after, left: column.before, right: column.after },
    })
}
