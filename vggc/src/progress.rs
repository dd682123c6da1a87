//! What is seen while a network trains: a bar for each epoch on a terminal, and a line behind it.

use crate::console;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};
use vgg_runtime::loss::Score;
use vgg_runtime::train::{EpochReport, Position, StepReport};

/// The least time between two changes of the bar.
const PERIOD: Duration = Duration::from_millis(100);

/// What the bar of an epoch looks like; what does not fit is cut off, as a bar of two lines could not be taken away.
const WIDE: &str = "{prefix} {bar:16} {pos}/{len}  {wide_msg}";

/// The same where columns are few.
const NARROW: &str = "{prefix} {pos}/{len}  {wide_msg}";

/// Shows how training goes, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    epochs: u64,
    images: usize,
    /// When this process took up training, and how many images it has trained on since.
    begin: Instant,
    trained: usize,
    changed: Instant,
}

impl Progress {
    /// Begins to show training of so many epochs over so many images.
    pub(crate) fn new(epochs: u64, images: usize) -> Progress {
        let bar = console::is_watched().then(|| {
            let bar = ProgressBar::with_draw_target(Some(images as u64), ProgressDrawTarget::stderr());
            let template = if console::width_of_messages() < 100 { NARROW } else { WIDE };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar
        });
        console::set_bar(bar.clone());
        let now = Instant::now();
        Progress { bar, epochs, images, begin: now, trained: 0, changed: now }
    }

    /// Shows a step.
    pub(crate) fn step(&mut self, step: &StepReport, position: &Position) {
        self.trained += step.images;
        let Some(bar) = &self.bar else { return };
        if self.changed.elapsed() < PERIOD {
            return;
        }
        self.changed = Instant::now();
        let score: Score = position.score;
        bar.set_prefix(format!("epoch {:>2}/{}", position.epoch + 1, self.epochs));
        bar.set_position(score.images as u64);
        let rate = self.trained as f64 / self.begin.elapsed().as_secs_f64().max(1e-9);
        let epochs_left = self.epochs.saturating_sub(position.epoch) as f64;
        let left = epochs_left * self.images as f64 - score.images as f64;
        bar.set_message(format!(
            "{} left  loss {}  accuracy {:.2}%  {rate:.0} images/s",
            duration(left / rate),
            loss(score.loss()),
            100.0 * score.accuracy(),
        ));
    }

    /// Shows an epoch.
    pub(crate) fn epoch(&self, report: &EpochReport, is_best: bool) {
        let line = format!(
            "epoch {:>2}/{}  loss {}  accuracy {:.2}%  validation loss {}  accuracy {:.2}%  {:.1} s  \
             {:.0} images/s{}",
            report.epoch,
            self.epochs,
            loss(report.train_loss),
            100.0 * report.train_accuracy,
            loss(report.val_loss),
            100.0 * report.val_accuracy,
            report.seconds,
            report.images_per_second,
            if is_best { "  best so far" } else { "" },
        );
        match &self.bar {
            Some(bar) => bar.println(line),
            None => console::note(line),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            console::set_bar(None);
        }
    }
}

/// A loss with four digits behind the point; one that is very large in short.
pub(crate) fn loss(loss: f64) -> String {
    if loss.abs() < 1e5 { format!("{loss:.4}") } else { format!("{loss:.3e}") }
}

/// Seconds as a person would say them: `45 s`, `3:07 min`, `2:15 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = if seconds.is_finite() { seconds.max(0.0).round() as u64 } else { 0 };
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        _ => format!("{}:{:02} h", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, loss};

    #[test]
    fn losses_are_short() {
        let cases = [(0.56789, "0.5679"), (99999.0, "99999.0000"), (1.663e20, "1.663e20"), (f64::NAN, "NaN")];
        for (value, text) in cases {
            assert_eq!(loss(value), text);
        }
    }

    #[test]
    fn durations_are_those_of_a_clock() {
        let cases =
            [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (187.0, "3:07 min"), (8100.0, "2:15 h")];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(duration(f64::INFINITY), "0 s");
        assert_eq!(duration(-1.0), "0 s");
    }
}
