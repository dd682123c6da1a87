//! The training loop.

use super::{EpochReport, History, Observer, Position, TrainError, Trainer};
use crate::data::{Batches, Dataset, read_ahead};
use crate::evaluate::Evaluation;
use crate::network::Network;
use crate::predict::check_input;
use crate::random::{SHUFFLE, Stream};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

impl<N: Network> Trainer<N> {
    /// Trains until `settings.epochs` epochs have come to their end, or early stopping ends it, and keeps
    /// the weights that do best on the validation images.
    ///
    /// # Errors
    /// If settings, images and network do not fit together, or if training diverges. What was learned up
    /// to then is still there.
    pub fn fit(&mut self, train: &dyn Dataset, validation: &dyn Dataset) -> Result<History, TrainError> {
        self.fit_observed(train, validation, &mut ())
    }

    /// Does what [`fit`](Trainer::fit) does, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit).
    pub fn fit_observed(
        &mut self,
        train: &dyn Dataset,
        validation: &dyn Dataset,
        observer: &mut dyn Observer<N>,
    ) -> Result<History, TrainError> {
        self.settings.check()?;
        self.check_frozen()?;
        self.check_images(train)?;
        self.check_images(validation)?;
        let mut history = History::default();
        while !self.is_finished() && !history.stopped {
            let (report, flow) = self.fit_epoch(train, validation, observer)?;
            history.epochs.extend(report);
            history.stopped = flow.is_break();
        }
        history.ended_early = self.early.stopped;
        if self.is_finished() {
            self.restore();
        }
        Ok(history)
    }

    /// Whether all epochs have come to their end, or training ended early.
    pub fn is_finished(&self) -> bool {
        self.position.epoch >= self.settings.epochs || self.early.stopped
    }

    /// Goes back to the weights that early stopping kept.
    fn restore(&mut self) {
        if let Some(kept) = self.kept.take() {
            if let Some(average) = &mut self.average {
                average.clone_from(&kept);
            }
            self.live = kept;
        }
    }

    /// Lets the callbacks judge an epoch, counted from 0.
    fn judge(&mut self, epoch: u64, evaluation: &Evaluation) {
        let (loss, accuracy) = (evaluation.loss(), evaluation.accuracy());
        let monitor = self.settings.best;
        let current = monitor.of(loss, accuracy);
        if monitor.is_better(current, self.best.as_ref().map(|(best, _)| *best), 0.0) {
            self.best = Some((current, self.network().clone()));
        }
        if let Some(plateau) = &self.settings.plateau {
            self.plateau.epoch(plateau, plateau.monitor.of(loss, accuracy));
        }
        if let Some(stopping) = self.settings.early_stopping {
            let verdict = self.early.epoch(&stopping, epoch, stopping.monitor.of(loss, accuracy));
            if verdict.keep && stopping.restore_best {
                self.kept = Some(self.network().clone());
            }
        }
    }

    /// Trains to the end of the epoch and validates, or up to where the observer breaks.
    fn fit_epoch(
        &mut self,
        train: &dyn Dataset,
        validation: &dyn Dataset,
        observer: &mut dyn Observer<N>,
    ) -> Result<(Option<EpochReport>, ControlFlow<()>), TrainError> {
        let begin = Instant::now();
        let images_before = self.position.score.images;
        if self.train_epoch(train, observer)?.is_break() {
            return Ok((None, ControlFlow::Break(())));
        }
        let trained = begin.elapsed();
        let evaluation = self.evaluate(validation)?;
        let score = std::mem::take(&mut self.position.score);
        self.position.batch = 0;
        self.position.epoch += 1;
        let lr = self.optimizer.optimizer().rate;
        self.judge(self.position.epoch - 1, &evaluation);

        let images = score.images - images_before;
        let report = EpochReport {
            epoch: self.position.epoch,
            train_loss: score.loss(),
            train_accuracy: score.accuracy(),
            val_loss: evaluation.loss(),
            val_accuracy: evaluation.accuracy(),
            lr,
            seconds: begin.elapsed().as_secs_f64(),
            images_per_second: images as f64 / trained.max(Duration::from_nanos(1)).as_secs_f64(),
        };
        let flow = observer.on_epoch(&report, self);
        Ok((Some(report), flow))
    }

    /// Takes the steps of the epoch that are still to be taken, or those up to where the observer breaks.
    fn train_epoch(
        &mut self,
        train: &dyn Dataset,
        observer: &mut dyn Observer<N>,
    ) -> Result<ControlFlow<()>, TrainError> {
        let Position { epoch, batch, .. } = self.position;
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend(0..train.count());
        Stream::new(self.settings.seed, epoch, SHUFFLE).shuffle(&mut order);
        self.position.batches = train.count().div_ceil(self.settings.batch);
        let left = order.get(batch * self.settings.batch..).unwrap_or_default();
        let result = read_ahead(train, left, epoch, self.settings.batch, |batches| {
            self.take_steps(left.len(), batches, observer)
        });
        self.order = order;
        result
    }

    /// Takes steps over the `left` images of the epoch.
    fn take_steps(
        &mut self,
        mut left: usize,
        batches: &mut Batches<'_>,
        observer: &mut dyn Observer<N>,
    ) -> Result<ControlFlow<()>, TrainError> {
        while left > 0 {
            let count = left.min(self.settings.batch);
            let step = self.step(count, |pixels, labels| Ok(batches.take(pixels, labels)?))?;
            left -= count;
            self.position.batch += 1;
            self.position.score += step;
            if observer.on_step(&self.report(step), self).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Checks that images go into the network, and that it has an output for each class.
    fn check_images(&self, images: &dyn Dataset) -> Result<(), TrainError> {
        let [channels, height, width] = images.shape();
        check_input(self.network(), 1, (1, channels, height, width))?;
        match (self.network().classes(), images.classes().len()) {
            (network, images) if network != images => Err(TrainError::Classes { network, images }),
            _ => Ok(()),
        }
    }
}
