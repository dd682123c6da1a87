//! All that a run carries from one step to the next, in a file.

use super::callbacks::{EarlyState, PlateauState};
use super::{Position, TrainSettings, Trainer};
use crate::arena::MemoryError;
use crate::network::{Network, Role, Tensor, TensorMut};
use crate::weights::{self, Metadata, STATE, Tensors, WeightsError};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The key of the metadata under which [`Progress`] stands.
const TRAINING: &str = "training";

/// What a checkpoint holds beside tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Progress {
    batch: usize,
    seed: u64,
    position: Position,
    optimizer_steps: u64,
    plateau: PlateauState,
    early: EarlyState,
    best: Option<f64>,
    kept: bool,
}

impl<N: Network> Trainer<N> {
    /// Writes the network and all that training has to go on from: a further call of
    /// [`fit`](Trainer::fit) on a [resumed](Trainer::resume) trainer ends with the same bytes. The file is
    /// replaced as a whole, and is a file of weights like any other, too.
    ///
    /// # Errors
    /// As [`weights::save`].
    pub fn save_checkpoint(&self, path: &Path, metadata: &Metadata) -> Result<(), WeightsError> {
        let progress = Progress {
            batch: self.settings.batch,
            seed: self.settings.seed,
            position: self.position,
            optimizer_steps: self.optimizer.steps(),
            plateau: self.plateau,
            early: self.early,
            best: self.best.as_ref().map(|(best, _)| *best),
            kept: self.kept.is_some(),
        };
        let json = serde_json::to_string(&progress).map_err(|error| WeightsError {
            path: path.into(),
            problem: std::io::Error::from(error).into(),
        })?;
        let mut metadata = metadata.clone();
        metadata.set(TRAINING, &json);
        weights::save_tensors(&Shared(self), self.network().name(), path, &metadata)
    }

    /// Takes up training where a checkpoint was written. The settings must be those of that run, except
    /// that there may be more or fewer epochs. The values of `network` are replaced.
    ///
    /// # Errors
    /// If the file is damaged, is no checkpoint, or is one of another network or other settings; if there
    /// is not so much memory.
    pub fn resume(
        network: N,
        settings: TrainSettings,
        path: &Path,
    ) -> Result<(Trainer<N>, Metadata), CheckpointError> {
        let metadata = weights::metadata(path)?;
        let json =
            metadata.get(TRAINING).ok_or_else(|| CheckpointError::NoCheckpoint { path: path.into() })?;
        let progress: Progress = serde_json::from_str(json)
            .map_err(|error| CheckpointError::Progress { path: path.into(), error })?;
        if (progress.batch, progress.seed) != (settings.batch, settings.seed) {
            let Progress { batch, seed, .. } = progress;
            return Err(CheckpointError::Settings { path: path.into(), batch, seed });
        }
        let mut trainer = Trainer::try_new(network, settings)?;
        trainer.best = progress.best.map(|best| (best, trainer.live.clone()));
        trainer.kept = progress.kept.then(|| trainer.live.clone());
        trainer.position = progress.position;
        trainer.plateau = progress.plateau;
        trainer.early = progress.early;
        trainer.optimizer.set_steps(progress.optimizer_steps);
        let metadata = weights::load_state(&mut Owned(&mut trainer), path)?;
        Ok((trainer, metadata))
    }
}

/// The tensors of a trainer: the network to be used under its own names, the rest as state.
struct Shared<'t, N>(&'t Trainer<N>);

/// The same, to be changed.
struct Owned<'t, N>(&'t mut Trainer<N>);

/// The name of a tensor that belongs to the state.
fn state(part: &str, tensor: &str) -> String {
    format!("{STATE}{part}/{tensor}")
}

/// Shows the tensors of one of the networks of the state.
fn each_of<N: Network>(part: &str, network: &N, show: &mut dyn FnMut(Tensor<'_>)) {
    network.visit(&mut |tensor| show(Tensor { name: &state(part, tensor.name), ..tensor }));
}

fn each_of_mut<N: Network>(part: &str, network: &mut N, show: &mut dyn FnMut(TensorMut<'_>)) {
    network.visit_mut(&mut |TensorMut { name, shape, values, role }| {
        show(TensorMut { name: &state(part, name), shape, values, role });
    });
}

fn each<N: Network>(trainer: &Trainer<N>, show: &mut dyn FnMut(Tensor<'_>)) {
    trainer.network().visit(show);
    if trainer.average.is_some() {
        each_of("live", &trainer.live, show);
    }
    for (part, network) in
        [("best", trainer.best.as_ref().map(|(_, best)| best)), ("kept", trainer.kept.as_ref())]
    {
        if let Some(network) = network {
            each_of(part, network, show);
        }
    }
    for (tensor, moment, values) in trainer.optimizer.moments() {
        let name = state(moment, tensor);
        show(Tensor { name: &name, shape: &[values.len()], values, role: Role::Weight });
    }
}

impl<N: Network> Tensors for Shared<'_, N> {
    fn each(&self, show: &mut dyn FnMut(Tensor<'_>)) {
        each(self.0, show);
    }

    /// Nothing of a shared trainer can be changed.
    fn each_mut(&mut self, _: &mut dyn FnMut(TensorMut<'_>)) {}
}

impl<N: Network> Tensors for Owned<'_, N> {
    fn each(&self, show: &mut dyn FnMut(Tensor<'_>)) {
        each(self.0, show);
    }

    fn each_mut(&mut self, show: &mut dyn FnMut(TensorMut<'_>)) {
        let trainer = &mut *self.0;
        match &mut trainer.average {
            Some(average) => {
                average.visit_mut(show);
                each_of_mut("live", &mut trainer.live, show);
            }
            None => trainer.live.visit_mut(show),
        }
        if let Some((_, best)) = &mut trainer.best {
            each_of_mut("best", best, show);
        }
        if let Some(kept) = &mut trainer.kept {
            each_of_mut("kept", kept, show);
        }
        for (tensor, moment, values) in trainer.optimizer.moments_mut() {
            let (name, shape) = (state(moment, tensor), [values.len()]);
            show(TensorMut { name: &name, shape: &shape, values, role: Role::Weight });
        }
    }
}

/// Why training cannot be taken up again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read, is damaged, or does not fit the network and its settings.
    #[error(transparent)]
    File(#[from] WeightsError),
    /// A file of weights that holds no state of training.
    #[error("{}: these are weights only, without the state of their training", path.display())]
    NoCheckpoint {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A state that cannot be read.
    #[error("{}: the state of training cannot be read: {error}", path.display())]
    Progress {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// A run with other settings.
    #[error("{}: this run has batches of {batch} and the seed {seed}", path.display())]
    Settings {
        /// The file.
        path: std::path::PathBuf,
        /// The batch of the run.
        batch: usize,
        /// Its seed.
        seed: u64,
    },
    /// There is not enough memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}
