//! Convolution of any kernel, stride and padding, by its definition.
//!
//! A [`Scan`] is what forward and input gradient have in common: a kernel slides over maps. For a band of
//! rows of the output, the rows of the maps that it looks at are copied to a [`Band`], padded with zeros, so
//! that the loops need no borders. There the channels of a place lie side by side, and so do the places under
//! a row of the kernel: a sum runs through one stretch of memory for each row of the kernel.

mod band;
mod forward;

mod weight_gradient;
mod weights;

pub(super) use forward::{forward, input_gradient};
pub(super) use weight_gradient::weight_gradient;
