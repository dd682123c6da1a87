//! How many bytes a model needs while it runs.

use super::Plan;
use crate::cost::BYTES;
use crate::ir::Model;

impl Plan {
    /// Bytes of an inference pass over `batch` images: the weights and the arena. What kernels take as
    /// scratch while they run is not in it.
    pub fn inference_bytes(&self, model: &Model, batch: u64) -> u64 {
        let floats = model.parameters().saturating_add(batch.saturating_mul(self.arena.inference as u64));
        floats.saturating_mul(BYTES)
    }

    /// Bytes of a training step over `batch` images: weights, gradients, the optimiser's state, the
    /// arena and the statistics of norms. What kernels take as scratch while they run is not in it.
    pub fn training_bytes(&self, model: &Model, batch: u64) -> u64 {
        let optimizer = &model.train().optimizer;
        let moments = if optimizer.name() == "sgd" { 1 } else { 2 };
        // What decay adds to gradients needs a place, too.
        let decays =
            optimizer.name() != "adamw" && optimizer.is("weight_decay") && !optimizer.is("decoupled");
        let state = (moments + u64::from(decays)) * model.trainable();
        let fixed = 2 * model.parameters() + state + self.arena.statistics as u64;
        let floats = fixed.saturating_add(batch.saturating_mul(self.arena.training as u64));
        floats.saturating_mul(BYTES)
    }
}
