//! A network in training, and its step.

use super::{Position, StepReport, TrainError, TrainSettings};
use crate::arena::{Memory, OutOfMemory};
use crate::data::Dataset;
use crate::evaluate::{EvaluateError, Evaluation, evaluate_in};
use crate::kernels::is_finite;
use crate::loss::{Score, cross_entropy_gradient};
use crate::network::Network;
use crate::optim::OptimizerState;
use crate::pass::Mode;
use crate::predict::{check_input, place};
use ndarray::ArrayView4;

/// A network in training. All memory is taken when it is made; a step allocates nothing.
///
/// [`fit`](Trainer::fit) is the whole of training, [`train_step`](Trainer::train_step) one step for those
/// who want their own loop.
#[derive(Debug)]
pub struct Trainer<N> {
    network: N,
    gradients: N,
    memory: Memory,
    labels: Vec<u32>,
    pub(super) settings: TrainSettings,
    pub(super) optimizer: OptimizerState,
    pub(super) position: Position,
    /// The order of the images in the epoch.
    pub(super) order: Vec<usize>,
    /// The highest validation accuracy, and the weights that had it.
    best: Option<(f64, N)>,
}

impl<N: Network> Trainer<N> {
    /// Takes the memory for training with batches of `settings.batch` images. Wrong settings show in the
    /// first step.
    ///
    /// # Panics
    /// If there is not so much memory; [`try_new`](Trainer::try_new) returns the error.
    pub fn new(network: N, settings: TrainSettings) -> Trainer<N> {
        Trainer::try_new(network, settings).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Takes the memory for training with batches of `settings.batch` images.
    ///
    /// # Errors
    /// If there is not so much memory.
    pub fn try_new(network: N, settings: TrainSettings) -> Result<Trainer<N>, OutOfMemory> {
        Ok(Trainer {
            memory: Memory::try_training(network.arena(), settings.batch)?,
            gradients: network.zeros_like(),
            optimizer: OptimizerState::new(settings.optimizer, &network),
            labels: vec![0; settings.batch],
            order: Vec::new(),
            position: Position::default(),
            best: None,
            settings,
            network,
        })
    }

    /// One update by images `[image, channel, row, column]`, at most `settings.batch`, and their labels.
    ///
    /// # Errors
    /// If settings, images, labels and network do not fit together, or if the loss or a gradient is not
    /// finite. Then the network is as it was.
    pub fn train_step(
        &mut self,
        images: ArrayView4<'_, f32>,
        labels: &[u32],
    ) -> Result<StepReport, TrainError> {
        self.settings.check()?;
        check_input(&self.network, self.settings.batch, images.dim())?;
        let count = images.dim().0;
        if labels.len() != count || count == 0 {
            return Err(TrainError::Counts { images: count, labels: labels.len() });
        }
        let score = self.step(count, |pixels, places| {
            place(images, pixels);
            places.copy_from_slice(labels);
            Ok(())
        })?;
        Ok(self.report(score))
    }

    /// Runs the network over images, in the memory of training.
    ///
    /// # Errors
    /// If the images are not of the network's shape, cannot be read, or a label is none of its classes.
    pub fn evaluate(&mut self, images: &dyn Dataset) -> Result<Evaluation, EvaluateError> {
        evaluate_in(&self.network, &mut self.memory, self.settings.batch, images, &mut |_, _| {})
    }

    /// The network as it stands.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// Gives the network back as it stands.
    pub fn into_network(self) -> N {
        self.network
    }

    /// The network as it was behind the epoch of the highest validation accuracy, the first among equals;
    /// nothing before the end of the first epoch.
    pub fn best(&self) -> Option<&N> {
        self.best.as_ref().map(|(_, network)| network)
    }

    /// Gives back the [best](Trainer::best) network; as it stands if no epoch has come to its end.
    pub fn into_best(self) -> N {
        self.best.map_or(self.network, |(_, network)| network)
    }

    /// The gradients of the last step.
    pub fn gradients(&self) -> &N {
        &self.gradients
    }

    /// The settings.
    pub fn settings(&self) -> &TrainSettings {
        &self.settings
    }

    /// What the update rule remembers.
    pub fn optimizer(&self) -> &OptimizerState {
        &self.optimizer
    }

    /// Where training stands.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Keeps the network if it did better than any before.
    pub(super) fn keep_best(&mut self, accuracy: f64) {
        if self.best.as_ref().is_none_or(|(best, _)| accuracy > *best) {
            self.best = Some((accuracy, self.network.clone()));
        }
    }

    /// The report of the last step, which had this score.
    pub(super) fn report(&self, score: Score) -> StepReport {
        let Score { images, correct, .. } = score;
        StepReport { step: self.position.step, images, loss: score.loss(), correct }
    }

    /// One update by `count` images, 1 to `settings.batch`. `fill` puts pixels and labels in their places.
    pub(super) fn step(
        &mut self,
        count: usize,
        fill: impl FnOnce(&mut [f32], &mut [u32]) -> Result<(), TrainError>,
    ) -> Result<Score, TrainError> {
        let classes = self.network.classes();
        let labels = &mut self.labels[..count];
        let mode = Mode::Training { seed: self.settings.seed, step: self.position.step };
        let mut pass = self.memory.pass(count, mode);
        let pixels = pass.values_mut(self.network.input_slot(), self.network.input().elements());
        fill(pixels, labels)?;
        self.network.forward(&mut pass);
        let (logits, gradient) = pass.values_and_gradient(self.network.logits_slot(), classes);
        let score = cross_entropy_gradient(logits, classes, labels, gradient)?;

        let diverged =
            |tensor| TrainError::Diverged { step: self.position.step + 1, loss: score.loss(), tensor };
        if !score.loss().is_finite() {
            return Err(diverged(not_finite(&self.network).first));
        }
        self.network.backward(&mut pass, &mut self.gradients);
        // Gradients pass from the logits to the images, so the last tensor is where the trouble begins.
        if let Some(tensor) = not_finite(&self.gradients).last_trainable {
            return Err(diverged(Some(tensor)));
        }
        self.network.update_statistics(&pass);
        self.optimizer.step(&mut self.network, &self.gradients);
        self.position.step += 1;
        Ok(score)
    }
}

/// Names of tensors with values that are infinite or not numbers.
#[derive(Default)]
struct NotFinite {
    first: Option<String>,
    last_trainable: Option<String>,
}

fn not_finite<N: Network>(network: &N) -> NotFinite {
    let mut found = NotFinite::default();
    network.visit(&mut |tensor| {
        if is_finite(tensor.values) {
            return;
        }
        found.first.get_or_insert_with(|| tensor.name.to_string());
        if tensor.role.is_trainable() {
            found.last_trainable = Some(tensor.name.to_string());
        }
    });
    found
}
