//! The training loop.

use super::{EpochReport, History, Observer, TrainError, Trainer};
use crate::data::Images;
use crate::network::Network;
use crate::predict::check_input;
use crate::random::{SHUFFLE, Stream};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

impl<N: Network> Trainer<N> {
    /// Trains until `settings.epochs` epochs have come to their end, and keeps the weights that do best
    /// on the validation images.
    ///
    /// # Errors
    /// If settings, images and network do not fit together, or if training diverges. What was learned up
    /// to then is still there.
    pub fn fit(&mut self, train: &Images, validation: &Images) -> Result<History, TrainError> {
        self.fit_observed(train, validation, &mut ())
    }

    /// Does what [`fit`](Trainer::fit) does, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit).
    pub fn fit_observed(
        &mut self,
        train: &Images,
        validation: &Images,
        observer: &mut dyn Observer<N>,
    ) -> Result<History, TrainError> {
        self.settings.check()?;
        self.check_images(train)?;
        self.check_images(validation)?;
        let mut history = History::default();
        while self.position.epoch < self.settings.epochs && !history.stopped {
            let (report, flow) = self.fit_epoch(train, validation, observer)?;
            history.epochs.extend(report);
            history.stopped = flow.is_break();
        }
        Ok(history)
    }

    /// Trains to the end of the epoch and validates, or up to where the observer breaks.
    fn fit_epoch(
        &mut self,
        train: &Images,
        validation: &Images,
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
        self.keep_best(evaluation.accuracy());

        let images = score.images - images_before;
        let report = EpochReport {
            epoch: self.position.epoch,
            train_loss: score.loss(),
            train_accuracy: score.accuracy(),
            val_loss: evaluation.loss(),
            val_accuracy: evaluation.accuracy(),
            lr: self.optimizer.optimizer().rate,
            seconds: begin.elapsed().as_secs_f64(),
            images_per_second: images as f64 / trained.max(Duration::from_nanos(1)).as_secs_f64(),
        };
        let flow = observer.on_epoch(&report, self);
        Ok((Some(report), flow))
    }

    /// Takes the steps of the epoch that are still to be taken, or those up to where the observer breaks.
    fn train_epoch(
        &mut self,
        train: &Images,
        observer: &mut dyn Observer<N>,
    ) -> Result<ControlFlow<()>, TrainError> {
        let batch = self.settings.batch;
        self.position.batches = train.count().div_ceil(batch);
        self.order.clear();
        self.order.extend(0..train.count());
        Stream::new(self.settings.seed, self.position.epoch, SHUFFLE).shuffle(&mut self.order);
        while self.position.batch < self.position.batches {
            let begin = self.position.batch * batch;
            let end = train.count().min(begin + batch);
            let step = self.step(end - begin, |order, pixels, labels| {
                Ok(train.gather(&order[begin..end], pixels, labels)?)
            })?;
            self.position.batch += 1;
            self.position.score += step;
            if observer.on_step(&self.report(step), self).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Checks that images go into the network, and that it has an output for each class.
    fn check_images(&self, images: &Images) -> Result<(), TrainError> {
        let [channels, height, width] = images.shape();
        check_input(self.network(), 1, (1, channels, height, width))?;
        match (self.network().classes(), images.classes().len()) {
            (network, images) if network != images => Err(TrainError::Classes { network, images }),
            _ => Ok(()),
        }
    }
}
