//! Options of convolutions and pools: checked where they are written, then inherited from `defaults`
//! to block to convolution.

use super::limits::{DILATION, GROUPS, KERNEL, MAX_LRN, PADDING, POOL_SIZE, STRIDE};
use super::{Lowering, codes};
use crate::ast::{Activation, ConvOptions, Norm, Padding, Pool, PoolMode, PoolWindow};
use crate::diagnostic::Diagnostic;
use crate::shape::{Axis, AxisPadding};
use crate::span::{Span, Spanned};
use std::ops::{Bound, RangeBounds};

/// Height and width, as far as they are known.
pub(super) type Extents = [Option<usize>; 2];

/// What one level says of a convolution. An option that is present but wrong has been reported and
/// holds a value that causes no further findings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ConvSettings {
    kernel: Option<Spanned<Extents>>,
    stride: Option<Extents>,
    padding: Option<PaddingSettings>,
    groups: Option<Spanned<Option<usize>>>,
    activation: Option<Activation>,
    norm: Option<Norm>,
    bias: Option<bool>,
    dropout: Option<f64>,
    trainable: Option<bool>,
}

#[derive(Debug, Clone, Copy)]
enum PaddingSettings {
    Same,
    Explicit(Extents),
}

impl PaddingSettings {
    /// The padding of one direction: 0 for height, 1 for width.
    fn axis(self, direction: usize) -> Option<AxisPadding> {
        match self {
            PaddingSettings::Same => Some(AxisPadding::Same),
            PaddingSettings::Explicit(extents) => extents[direction].map(AxisPadding::Each),
        }
    }
}

fn axes(kernel: Extents, stride: Extents, padding: PaddingSettings) -> [Option<Axis>; 2] {
    [0, 1].map(|direction| {
        Some(Axis {
            kernel: kernel[direction]?,
            stride: stride[direction]?,
            padding: padding.axis(direction)?,
        })
    })
}

impl ConvSettings {
    /// These settings, and those of an outer level where these say nothing.
    #[must_use]
    pub(super) fn or(self, outer: &ConvSettings) -> ConvSettings {
        ConvSettings {
            kernel: self.kernel.or(outer.kernel),
            stride: self.stride.or(outer.stride),
            padding: self.padding.or(outer.padding),
            groups: self.groups.or(outer.groups),
            activation: self.activation.or(outer.activation),
            norm: self.norm.or(outer.norm),
            bias: self.bias.or(outer.bias),
            dropout: self.dropout.or(outer.dropout),
            trainable: self.trainable.or(outer.trainable),
        }
    }

    /// The window: 3x3, stride 1, same padding where nothing is said.
    pub(super) fn axes(&self) -> [Option<Axis>; 2] {
        axes(
            self.kernel.map_or([Some(3); 2], |kernel| kernel.value),
            self.stride.unwrap_or([Some(1); 2]),
            self.padding.unwrap_or(PaddingSettings::Same),
        )
    }

    /// The number of groups, as far as it is known, and where it is written.
    pub(super) fn groups(&self) -> (Option<usize>, Option<Span>) {
        self.groups.map_or((Some(1), None), |groups| (groups.value, Some(groups.span)))
    }

    /// Where the kernel's size is written, if it is.
    pub(super) fn kernel_span(&self) -> Option<Span> {
        self.kernel.map(|kernel| kernel.span)
    }

    pub(super) fn activation(&self) -> Activation {
        self.activation_or(Activation::Relu)
    }

    pub(super) fn activation_or(&self, usual: Activation) -> Activation {
        self.activation.unwrap_or(usual)
    }

    pub(super) fn norm(&self) -> Norm {
        self.norm.unwrap_or(Norm::None)
    }

    /// Whether the author says if there is a bias.
    pub(super) fn says_bias(&self) -> bool {
        self.bias.is_some()
    }

    pub(super) fn bias(&self) -> bool {
        self.bias.unwrap_or(true)
    }

    pub(super) fn trainable(&self) -> bool {
        self.trainable.unwrap_or(true)
    }

    pub(super) fn dropout(&self) -> Option<f64> {
        self.dropout
    }
}

/// A pool with its options resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum PoolSettings {
    None,
    Window { mode: PoolMode, axes: [Option<Axis>; 2] },
}

impl PoolSettings {
    /// What a block ends with when nothing is said: a max-pool of 2x2, stride 2.
    pub(super) const USUAL: Self = {
        let halve = Some(Axis { kernel: 2, stride: 2, padding: AxisPadding::Each(0) });
        PoolSettings::Window { mode: PoolMode::Max, axes: [halve, halve] }
    };
}

impl Lowering<'_> {
    /// Checks the options of one level.
    pub(super) fn conv_settings(&mut self, options: &ConvOptions) -> ConvSettings {
        if let Some(dilation) = &options.dilation {
            self.number(dilation, DILATION);
        }
        ConvSettings {
            kernel: options
                .kernel
                .as_ref()
                .map(|kernel| Spanned::new(self.extent(&kernel.value, KERNEL), kernel.span)),
            stride: options.stride.as_ref().map(|stride| self.extent(&stride.value, STRIDE)),
            padding: options.padding.as_ref().map(|padding| self.padding(&padding.value)),
            groups: options
                .groups
                .as_ref()
                .map(|groups| Spanned::new(self.number(groups, GROUPS), groups.span)),
            activation: options.activation.as_ref().map(|activation| self.activation(activation)),
            norm: options.norm.as_ref().map(|norm| self.norm(norm)),
            bias: options.bias.map(|bias| bias.value),
            trainable: options.trainable.map(|trainable| trainable.value),
            dropout: options.dropout.as_ref().map(|rate| self.dropout_rate(rate)),
        }
    }

    fn padding(&mut self, padding: &Padding) -> PaddingSettings {
        match padding {
            Padding::Same => PaddingSettings::Same,
            Padding::Valid => PaddingSettings::Explicit([Some(0); 2]),
            Padding::Explicit(extent) => PaddingSettings::Explicit(self.extent(extent, PADDING)),
        }
    }

    /// Checks a pool.
    pub(super) fn pool_settings(&mut self, pool: &Spanned<Pool>) -> PoolSettings {
        let window = match &pool.value {
            Pool::None => return PoolSettings::None,
            Pool::Window(window) => window,
        };
        let PoolWindow { mode, size, stride, padding, ceil } = window;
        let size = size.as_ref().map_or([Some(2); 2], |size| self.extent(&size.value, POOL_SIZE));
        let stride = stride.as_ref().map_or(size, |stride| self.extent(&stride.value, STRIDE));
        let padded = padding
            .as_ref()
            .map_or(PaddingSettings::Explicit([Some(0); 2]), |padding| self.padding(&padding.value));
        let mut axes = axes(size, stride, padded);
        if ceil.is_some_and(|ceil| ceil.value) {
            axes = axes.map(|axis| axis.map(Axis::rounded_up));
        }
        // Such a window at the border would hold no value at all to take the maximum or mean of.
        let swallowed = axes.iter().flatten().find_map(|axis| match axis.padding {
            AxisPadding::Each(padding) | AxisPadding::Ceil(padding) if padding >= axis.kernel => {
                Some((padding, axis.kernel))
            }
            _ => None,
        });
        let Some((padding, size)) = swallowed else { return PoolSettings::Window { mode: *mode, axes } };
        let span = window.padding.as_ref().map_or(pool.span, |padding| padding.span);
        self.report(
            Diagnostic::error(
                codes::EMPTY_POOL_WINDOW,
                format!("a pool of size {size} cannot have a padding of {padding}"),
                span,
                "windows at the border would lie wholly in the padding",
            )
            .help(format!("pad by at most {}, or take a larger pool", size - 1)),
        );
        PoolSettings::Window { mode: *mode, axes: [None; 2] }
    }

    /// Checks the settings of an activation.
    pub(super) fn activation(&mut self, activation: &Spanned<Activation>) -> Activation {
        let span = activation.span;
        match activation.value {
            Activation::LeakyRelu { slope } => {
                self.in_range("the slope of leaky_relu", slope, 0.0..=1.0, span);
            }
            Activation::Elu { alpha } => {
                self.in_range("the alpha of elu", alpha, 0.0..=100.0, span);
            }
            Activation::None
            | Activation::Relu
            | Activation::Gelu
            | Activation::Silu
            | Activation::Sigmoid
            | Activation::Tanh => {}
        }
        activation.value
    }

    /// Checks the settings of a norm.
    pub(super) fn norm(&mut self, norm: &Spanned<Norm>) -> Norm {
        match norm.value {
            Norm::None => {}
            Norm::Batch { epsilon, momentum } => {
                self.in_range("the epsilon of a batch norm", epsilon, 1e-12..=1.0, norm.span);
                self.in_range("the momentum of a batch norm", momentum, 0.0..=1.0, norm.span);
            }
            Norm::Lrn { n, k, alpha, beta } => {
                self.in_range("the k of an LRN", k, 1e-3..=1e6, norm.span);
                self.in_range("the alpha of an LRN", alpha, 0.0..=1e6, norm.span);
                self.in_range("the beta of an LRN", beta, 0.0..=10.0, norm.span);
                self.in_range("the n of an LRN", n, 1.0..=MAX_LRN, norm.span);
                if n.is_finite() && n % 2.0 != 1.0 {
                    let message = "the n of an LRN must be an odd whole number";
                    let label = format!("is {}", shown(n));
                    self.report(
                        Diagnostic::error(codes::NOT_WHOLE, message, norm.span, label)
                            .help("as many channels count on the one side as on the other"),
                    );
                }
            }
        }
        norm.value
    }

    /// Checks the share that a dropout drops.
    pub(super) fn dropout_rate(&mut self, rate: &Spanned<f64>) -> f64 {
        self.in_range("the rate of a dropout", rate.value, 0.0..1.0, rate.span);
        rate.value
    }

    /// Reports a setting that is no number or lies outside `range`.
    pub(super) fn in_range(&mut self, what: &str, value: f64, range: impl RangeBounds<f64>, span: Span) {
        if range.contains(&value) {
            return;
        }
        let least = match range.start_bound() {
            Bound::Included(least) => format!("at least {}", shown(*least)),
            Bound::Excluded(least) => format!("more than {}", shown(*least)),
            Bound::Unbounded => "finite".to_owned(),
        };
        let most = match range.end_bound() {
            Bound::Included(most) => format!(" and at most {}", shown(*most)),
            Bound::Excluded(most) => format!(" and less than {}", shown(*most)),
            Bound::Unbounded => String::new(),
        };
        let message = format!("{what} must be {least}{most}");
        self.report(Diagnostic::error(codes::OUT_OF_RANGE, message, span, format!("is {}", shown(value))));
    }
}

/// A number with an exponent if it would be long without.
fn shown(value: f64) -> String {
    if value == 0.0 || (1e-4..1e7).contains(&value.abs()) { format!("{value}") } else { format!("{value:e}") }
}
