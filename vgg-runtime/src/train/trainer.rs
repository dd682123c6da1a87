//! A network in training, and its step.

use super::callbacks::{EarlyState, PlateauState};
use super::{Position, StepReport, TrainError, TrainSettings, mixup};
use crate::arena::{Memory, MemoryError};
use crate::data::Dataset;
use crate::evaluate::{EvaluateError, Evaluation, evaluate_in};
use crate::kernels::is_finite;
use crate::loss::{Score, mixed_cross_entropy_gradient};
use crate::network::Network;
use crate::optim::{OptimizerState, layer_of};
use crate::pass::{Mode, Pass};
use crate::predict::{check_input, place};
use ndarray::ArrayView4;

/// A network in training. All memory is taken when it is made; a step allocates nothing.
///
/// [`fit`](Trainer::fit) is the whole of training, [`train_step`](Trainer::train_step) one step for those
/// who want their own loop.
#[derive(Debug)]
pub struct Trainer<N> {
    /// The network that gradients change.
    pub(super) live: N,
    /// The moving average of its weights, if there is one.
    pub(super) average: Option<N>,
    gradients: N,
    memory: Memory,
    labels: Vec<u32>,
    pub(super) settings: TrainSettings,
    pub(super) optimizer: OptimizerState,
    pub(super) position: Position,
    /// The order of the images in the epoch.
    pub(super) order: Vec<usize>,
    /// What the best epoch was judged by, and its weights.
    pub(super) best: Option<(f64, N)>,
    pub(super) plateau: PlateauState,
    pub(super) early: EarlyState,
    /// The weights that early stopping goes back to.
    pub(super) kept: Option<N>,
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
    /// If there is not so much memory, or `VGG_CPU` asks for what this machine has not.
    pub fn try_new(network: N, settings: TrainSettings) -> Result<Trainer<N>, MemoryError> {
        Ok(Trainer {
            memory: Memory::try_training(network.arena(), settings.batch)?,
            gradients: network.zeros_like(),
            optimizer: OptimizerState::freezing(settings.optimizer, &network, settings.frozen),
            labels: vec![0; settings.batch],
            order: Vec::new(),
            position: Position::default(),
            best: None,
            plateau: PlateauState::default(),
            early: EarlyState::default(),
            kept: None,
            average: settings.average.map(|_| network.clone()),
            settings,
            live: network,
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
        self.check_frozen()?;
        check_input(&self.live, self.settings.batch, images.dim())?;
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
        let network = self.average.as_ref().unwrap_or(&self.live);
        evaluate_in(network, &mut self.memory, self.settings.batch, images, &mut |_, _| {})
    }

    /// The network as it stands; with the average of its weights, if there is one.
    pub fn network(&self) -> &N {
        self.average.as_ref().unwrap_or(&self.live)
    }

    /// Gives the network back as it stands; with the average of its weights, if there is one.
    pub fn into_network(self) -> N {
        self.average.unwrap_or(self.live)
    }

    /// The network as it was behind the best epoch, the first among equals; nothing before the end of the
    /// first epoch.
    pub fn best(&self) -> Option<&N> {
        self.best.as_ref().map(|(_, network)| network)
    }

    /// What the best epoch was judged by: the number that `settings.best` looks at.
    pub fn best_score(&self) -> Option<f64> {
        self.best.as_ref().map(|(score, _)| *score)
    }

    /// Gives back the [best](Trainer::best) network; as it stands if no epoch has come to its end.
    pub fn into_best(self) -> N {
        let last = self.average.unwrap_or(self.live);
        self.best.map_or(last, |(_, network)| network)
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
        if self.optimizer.is_empty() {
            return Err(TrainError::AllFrozen);
        }
        self.optimizer.set_rate(self.rate());
        let classes = self.live.classes();
        let labels = &mut self.labels[..count];
        let mode = Mode::Training { seed: self.settings.seed, step: self.position.step };
        let mut pass = self.memory.pass(count, mode);
        let pixels = pass.values_mut(self.live.input_slot(), self.live.input().elements());
        fill(pixels, labels)?;
        let mixup =
            self.settings.mixup.map(|alpha| mixup::share(alpha, self.settings.seed, self.position.step));
        let through = mixup.unwrap_or(0.0);
        if through > 0.0 {
            mixup::mix(pixels, self.live.input().elements(), through);
        }
        self.live.forward(&mut pass);
        let (logits, gradient) = pass.values_and_gradient(self.live.logits_slot(), classes);
        let targets = &self.settings.targets;
        let score = mixed_cross_entropy_gradient(logits, classes, labels, through.into(), targets, gradient)?;

        let (step, loss) = (self.position.step + 1, score.loss());
        if !loss.is_finite() {
            let (tensor, layer) = (not_finite(&self.live).first, overflowing(&self.live, &pass));
            return Err(TrainError::Diverged { step, loss, tensor, layer });
        }
        self.live.backward(&mut pass, &mut self.gradients);
        // Gradients pass from the logits to the images, so the last tensor is where the trouble begins.
        if let Some(tensor) = not_finite(&self.gradients).last_trainable {
            return Err(TrainError::Diverged { step, loss, tensor: Some(tensor), layer: None });
        }
        self.live.update_statistics(&pass);
        if let Some(average) = &mut self.average {
            average.update_statistics(&pass);
        }
        self.forget_frozen();
        self.settings.clip.apply(&mut self.gradients);
        self.optimizer.step(&mut self.live, &self.gradients);
        self.position.step += 1;
        self.move_average();
        Ok(score)
    }

    /// Checks that every layer to be frozen is there.
    pub(super) fn check_frozen(&self) -> Result<(), TrainError> {
        for layer in self.settings.frozen {
            let mut found = false;
            self.live.visit(&mut |tensor| found |= layer_of(tensor.name) == *layer);
            if !found {
                return Err(TrainError::NoSuchLayer { layer: (*layer).to_owned() });
            }
        }
        Ok(())
    }

    /// Forgets the gradients of frozen layers, so that they do not count where gradients are shortened.
    fn forget_frozen(&mut self) {
        let frozen = self.settings.frozen;
        if !frozen.is_empty() {
            self.gradients.visit_mut(&mut |tensor| {
                if frozen.contains(&layer_of(tensor.name)) {
                    tensor.values.fill(0.0);
                }
            });
        }
    }

    /// The learning rate of the next step.
    fn rate(&self) -> f64 {
        let TrainSettings { epochs, schedule, optimizer, .. } = self.settings;
        let Position { epoch, batch, batches, .. } = self.position;
        optimizer.rate * schedule.factor(epoch, batch, batches, epochs) * self.plateau.share
    }

    /// Moves the average towards the weights. It starts fast, because what it starts from is no weight that
    /// was ever learned.
    fn move_average(&mut self) {
        if let (Some(average), Some(decay)) = (&mut self.average, self.settings.average) {
            let steps = self.position.step as f64;
            let gain = (1.0 - decay.min((1.0 + steps) / (10.0 + steps))) as f32;
            average.update(&self.live, &mut |tensor, live| {
                let pairs = tensor.values.iter_mut().zip(live);
                pairs.for_each(|(average, &live)| *average += gain * (live - *average));
            });
        }
    }
}

/// Names of tensors with values that are infinite or not numbers.
#[derive(Default)]
struct NotFinite {
    first: Option<String>,
    last_trainable: Option<String>,
}

/// The first layer of the first step that gave a value that is not finite.
fn overflowing<N: Network>(network: &N, pass: &Pass<'_>) -> Option<String> {
    let mut found = None;
    network.outputs(pass, &mut |layer, values| {
        if found.is_none() && !is_finite(values) {
            found = Some(layer.to_owned());
        }
    });
    found
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
