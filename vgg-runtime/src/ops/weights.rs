//! The tensors that come with a call, as slices.

/// The weights of a convolution or dense layer, and of the norm fused behind it.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'w> {
    /// `[filter, channel, row, column]` of a convolution, `[unit, feature]` of a dense layer.
    pub weight: &'w [f32],
    /// One value a filter or unit.
    pub bias: Option<&'w [f32]>,
    /// The norm behind it.
    pub norm: Option<NormWeights<'w>>,
}

/// The tensors of a norm, one value a channel each.
#[derive(Debug, Clone, Copy)]
pub struct NormWeights<'w> {
    /// What normalised values are multiplied by.
    pub scale: &'w [f32],
    /// What is added then.
    pub shift: &'w [f32],
    /// The running mean, in force in inference.
    pub mean: &'w [f32],
    /// The running variance, in force in inference.
    pub variance: &'w [f32],
}

/// Where the gradients of [`Weights`] go. What was there is overwritten.
#[derive(Debug)]
pub struct Gradients<'g> {
    /// As [`Weights::weight`].
    pub weight: &'g mut [f32],
    /// As [`Weights::bias`].
    pub bias: Option<&'g mut [f32]>,
    /// As [`Weights::norm`].
    pub norm: Option<NormGradients<'g>>,
}

/// Where the gradients of [`NormWeights`] go. What was there is overwritten.
#[derive(Debug)]
pub struct NormGradients<'g> {
    /// As [`NormWeights::scale`].
    pub scale: &'g mut [f32],
    /// As [`NormWeights::shift`].
    pub shift: &'g mut [f32],
}
