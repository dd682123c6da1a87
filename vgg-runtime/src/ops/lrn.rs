//! Local response normalisation.

use crate::arena::Slot;
use crate::geometry::{Lrn, MapShape};
use crate::kernels::lrn::{self, LrnShape};
use crate::pass::{Buffer, Pass, Workspace};

/// A local response normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LrnOp {
    /// The shape of what is read and written.
    pub input: MapShape,
    /// Its settings.
    pub lrn: Lrn,
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl LrnOp {
    /// Normalises.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let shape = self.shape(pass);
        let buffers = [self.from, self.to].map(|slot| Buffer::values(slot, self.input.stored()));
        let Workspace { buffers: [input, output], scratch, .. } = pass.workspace(buffers);
        lrn::forward(&shape, input, output, scratch);
    }

    /// Computes the gradient by the input.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if !self.needs_input_gradient {
            return;
        }
        let (shape, stored) = (self.shape(pass), self.input.stored());
        let by_output = Buffer::gradient(self.to, stored);
        let by_input = Buffer::gradient(self.from, stored);
        let Workspace { buffers: [input, by_output, by_input], scratch, .. } =
            pass.workspace([Buffer::values(self.from, stored), by_output, by_input]);
        lrn::backward(&shape, input, by_output, by_input, scratch);
    }

    fn shape(&self, pass: &Pass<'_>) -> LrnShape {
        LrnShape { batch: pass.batch(), maps: self.input, lrn: self.lrn }
    }
}
