//! Named tensors, whatever holds them: a network, or a network with the state of its training.

use crate::network::{Network, Tensor, TensorMut};

/// What the names of tensors begin with that belong to the state of training. No layer's name does.
pub(crate) const STATE: char = '@';

/// Something that shows its tensors, each time the same in the same order.
pub(crate) trait Tensors {
    /// Shows every tensor.
    fn each(&self, show: &mut dyn FnMut(Tensor<'_>));

    /// Shows every tensor, to be changed.
    fn each_mut(&mut self, show: &mut dyn FnMut(TensorMut<'_>));
}

/// The tensors of a network.
pub(crate) struct OfNetwork<N>(pub(crate) N);

impl<N: Network> Tensors for OfNetwork<&N> {
    fn each(&self, show: &mut dyn FnMut(Tensor<'_>)) {
        self.0.visit(show);
    }

    /// Nothing of a shared network can be changed.
    fn each_mut(&mut self, _: &mut dyn FnMut(TensorMut<'_>)) {}
}

impl<N: Network> Tensors for OfNetwork<&mut N> {
    fn each(&self, show: &mut dyn FnMut(Tensor<'_>)) {
        self.0.visit(show);
    }

    fn each_mut(&mut self, show: &mut dyn FnMut(TensorMut<'_>)) {
        self.0.visit_mut(show);
    }
}
