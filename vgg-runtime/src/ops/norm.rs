//! Batch normalisation, fused behind a layer or on its own.

use super::{NormGradients, NormWeights};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::{Extent, Norm};
use crate::kernels::channels::Channels;
use crate::kernels::{FoldedNorm, activation, norm};
use crate::pass::{Buffer, Pass, Workspace};

/// A batch norm that is fused into no other step, with the activation behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormOp {
    /// What is read and written.
    pub extent: Extent,
    /// Its settings.
    pub norm: Norm,
    /// Applied behind it.
    pub activation: Activation,
    /// Where the batch's means and variances go: see [`Pass::statistics`].
    pub statistics: usize,
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl NormOp {
    /// Normalises.
    pub fn forward(&self, pass: &mut Pass<'_>, weights: NormWeights<'_>) {
        self.bind(pass, weights).forward(pass, self.activation, self.from, self.to);
    }

    /// Computes the gradients by input and weights.
    pub fn backward(&self, pass: &mut Pass<'_>, weights: NormWeights<'_>, gradients: NormGradients<'_>) {
        self.bind(pass, weights).backward(pass, self.activation, self.from, self.to, gradients);
        if self.needs_input_gradient {
            let buffers = [self.to, self.from].map(|slot| Buffer::gradient(slot, self.extent.stored()));
            let [output_gradient, input_gradient] = pass.workspace(buffers).buffers;
            input_gradient.copy_from_slice(output_gradient);
        }
    }

    /// Moves running statistics towards those of the batch.
    pub fn update_statistics(&self, pass: &Pass<'_>, mean: &mut [f32], variance: &mut [f32]) {
        update_statistics(self.norm, self.statistics, self.extent.area(), pass, mean, variance);
    }

    fn bind<'w>(&self, pass: &Pass<'_>, weights: NormWeights<'w>) -> BoundNorm<'w> {
        let layout = Channels::new(pass.batch(), self.extent);
        BoundNorm { norm: self.norm, weights, statistics: self.statistics, layout }
    }
}

/// Moves running statistics towards those of the batch by the norm's momentum. The variance that goes in
/// is divided by one less than the number of values, as an estimate of that of all images. Those of a frozen
/// norm stay as they are.
pub fn update_statistics(
    norm: Norm,
    statistics: usize,
    area: usize,
    pass: &Pass<'_>,
    mean: &mut [f32],
    variance: &mut [f32],
) {
    if norm.frozen {
        return;
    }
    let count = (pass.batch() * area) as f32;
    let unbiased = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
    let (means, variances) = pass.statistics(statistics, 2 * mean.len()).split_at(mean.len());
    let mix = |running: &mut f32, batch: f32| *running += norm.momentum * (batch - *running);
    mean.iter_mut().zip(means).for_each(|(running, &batch)| mix(running, batch));
    variance.iter_mut().zip(variances).for_each(|(running, &batch)| mix(running, batch * unbiased));
}

/// A norm with its weights, in a pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoundNorm<'w> {
    pub(super) norm: Norm,
    pub(super) weights: NormWeights<'w>,
    pub(super) statistics: usize,
    pub(super) layout: Channels,
}

impl<'w> BoundNorm<'w> {
    /// The norm as it is in inference.
    pub(super) fn with_running_statistics(self) -> FoldedNorm<'w> {
        let NormWeights { scale, shift, mean, variance } = self.weights;
        FoldedNorm { scale, shift, mean, variance, epsilon: self.norm.epsilon }
    }

    /// The norm as it is in training, with the statistics of the batch.
    fn with_batch_statistics<'s>(&self, statistics: &'s [f32]) -> FoldedNorm<'s>
    where
        'w: 's,
    {
        let channels = self.layout.extent().channels();
        let (mean, variance) = statistics[self.statistics..][..2 * channels].split_at(channels);
        FoldedNorm { mean, variance, ..self.with_running_statistics() }
    }

    /// Normalises and activates what lies in `from`; in training, unless it is frozen, by the statistics of the
    /// batch, which it keeps.
    pub(super) fn forward(&self, pass: &mut Pass<'_>, activation: Activation, from: Slot, to: Slot) {
        let by_batch = pass.is_training() && !self.norm.frozen;
        let buffers = [from, to].map(|slot| Buffer::values(slot, self.elements()));
        let Workspace { buffers: [input, output], statistics, .. } = pass.workspace(buffers);
        let norm = if by_batch {
            let channels = self.layout.extent().channels();
            let (mean, variance) = statistics[self.statistics..][..2 * channels].split_at_mut(channels);
            norm::statistics(self.layout, input, mean, variance);
            self.with_batch_statistics(statistics)
        } else {
            self.with_running_statistics()
        };
        norm::forward(self.layout, norm, activation, input, output);
    }

    /// Turns the gradient by the activated values, which lie in `to`, into that by what lies in `from`, in
    /// place, and computes those by the weights, unless they are frozen.
    pub(super) fn backward(
        &self,
        pass: &mut Pass<'_>,
        activation: Activation,
        from: Slot,
        to: Slot,
        NormGradients { scale, shift }: NormGradients<'_>,
    ) {
        let elements = self.elements();
        let reads_output = activation != Activation::None && !activation.needs_input();
        // Where nobody reads the activated values, their gradient may have taken their place.
        let output = Buffer::values(to, if reads_output { elements } else { 0 });
        let buffers = [Buffer::values(from, elements), output, Buffer::gradient(to, elements)];
        let Workspace { buffers: [input, output, gradient], statistics, .. } = pass.workspace(buffers);
        let layout = self.layout;
        if self.norm.frozen {
            let norm = self.with_running_statistics();
            if activation.needs_input() {
                norm::activation_gradient(layout, norm, activation, input, gradient);
            } else if reads_output {
                activation::multiply_derivative(activation, output, gradient);
            }
            return norm::scaled_gradient(layout, norm, gradient);
        }
        let norm = self.with_batch_statistics(statistics);
        if activation.needs_input() {
            norm::activation_gradient(layout, norm, activation, input, gradient);
        }
        let undone = reads_output.then_some((activation, &*output));
        norm::weight_gradient(layout, norm, input, undone, gradient, scale, shift);
        norm::input_gradient(layout, norm, input, scale, shift, gradient);
    }

    /// The number of floats of one image.
    fn elements(&self) -> usize {
        self.layout.extent().stored()
    }
}
