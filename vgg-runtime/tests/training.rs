//! Training from end to end, over a network small enough to check by hand.

mod linear;

use linear::Linear;
use ndarray::{Array4, ArrayView4, Axis, s};
use std::ops::ControlFlow;
use vgg_runtime::data::{Images, Split, digits};
use vgg_runtime::evaluate::{EvaluateError, evaluate};
use vgg_runtime::optim::Optimizer;
use vgg_runtime::predict::{InputError, Predictor};
use vgg_runtime::train::{EpochReport, Observer, StepReport, TrainError, TrainSettings, Trainer};

const SETTINGS: TrainSettings = TrainSettings {
    epochs: 2,
    batch: 32,
    seed: 3,
    optimizer: Optimizer::adam(0.01),
    ..TrainSettings::DEFAULT
};

fn trainer(settings: TrainSettings) -> Trainer<Linear> {
    Trainer::new(Linear::init(8, 10, settings.seed), settings)
}

/// Counts steps and epochs, and breaks behind given ones.
#[derive(Default)]
struct Watcher {
    steps: Vec<StepReport>,
    epochs: Vec<EpochReport>,
    break_at_step: Option<u64>,
    break_at_epoch: Option<u64>,
}

impl Observer<Linear> for Watcher {
    fn on_step(&mut self, step: &StepReport, trainer: &Trainer<Linear>) -> ControlFlow<()> {
        assert_eq!(trainer.position().step, step.step);
        self.steps.push(*step);
        if self.break_at_step == Some(step.step) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn on_epoch(&mut self, epoch: &EpochReport, trainer: &Trainer<Linear>) -> ControlFlow<()> {
        assert_eq!((trainer.position().epoch, trainer.position().batch), (epoch.epoch, 0));
        self.epochs.push(*epoch);
        if self.break_at_epoch == Some(epoch.epoch) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[test]
fn a_linear_network_learns_the_digits() {
    let Split { train, held_out } = digits();
    let mut trainer = trainer(TrainSettings { epochs: 15, ..SETTINGS });
    let history = trainer.fit(&train, &held_out).unwrap();
    assert_eq!(history.epochs.len(), 15);
    assert!(!history.stopped);
    let (first, last) = (history.epochs[0], history.epochs[14]);
    assert!(last.val_accuracy > 0.94, "{last:?}");
    assert!(last.train_loss < 0.3 * first.train_loss, "{first:?} {last:?}");
    for (index, epoch) in history.epochs.iter().enumerate() {
        assert_eq!((epoch.epoch, epoch.lr), (index as u64 + 1, 0.01));
        assert!(epoch.seconds > 0.0 && epoch.images_per_second > 0.0);
    }

    let best = history.best().unwrap();
    assert!(history.epochs.iter().all(|epoch| epoch.val_accuracy <= best.val_accuracy));
    let kept = evaluate(&mut Predictor::new(trainer.into_best(), 100), &held_out).unwrap();
    assert_eq!((kept.accuracy(), kept.loss()), (best.val_accuracy, best.val_loss));
    assert!(kept.top5() > kept.accuracy());
    assert_eq!(kept.confusion().sum(), held_out.count() as u64);
    let right: u64 = kept.confusion().diag().sum();
    assert_eq!(right as f64 / held_out.count() as f64, kept.accuracy());
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let Split { train, held_out } = digits();
    let run = |seed| {
        let mut trainer = trainer(TrainSettings { seed, ..SETTINGS });
        trainer.fit(&train, &held_out).unwrap();
        trainer.into_network()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// 1,438 images in batches of 100: fourteen whole ones and one of 38, every image once an epoch.
#[test]
fn the_last_batch_may_be_smaller() {
    let Split { train, held_out } = digits();
    let mut watcher = Watcher::default();
    let settings = TrainSettings { batch: 100, ..SETTINGS };
    trainer(settings).fit_observed(&train, &held_out, &mut watcher).unwrap();
    assert_eq!(train.count(), 1438);
    let sizes: Vec<usize> = watcher.steps.iter().map(|step| step.images).collect();
    let epoch = [[100; 14].as_slice(), &[38]].concat();
    assert_eq!(sizes, epoch.repeat(2));
    assert!(watcher.steps.iter().map(|step| step.step).eq(1..=30));

    let steps = &watcher.steps[..15];
    let loss: f64 = steps.iter().map(|step| step.loss * step.images as f64).sum();
    assert!((loss / 1438.0 - watcher.epochs[0].train_loss).abs() < 1e-12);
    let correct: usize = steps.iter().map(|step| step.correct).sum();
    assert_eq!(correct as f64 / 1438.0, watcher.epochs[0].train_accuracy);
}

#[test]
fn a_batch_larger_than_the_data_is_one_step() {
    let Split { train, held_out } = digits();
    let mut trainer = trainer(TrainSettings { batch: 2000, epochs: 3, ..SETTINGS });
    trainer.fit(&train, &held_out).unwrap();
    assert_eq!(trainer.position().step, 3);
}

/// A run that is broken off anywhere, also in the middle of an epoch, and taken up again ends where an
/// undisturbed one does, with the same reports.
#[test]
fn a_run_goes_on_where_it_was_broken_off() {
    let Split { train, held_out } = digits();
    let mut undisturbed = (trainer(SETTINGS), Watcher::default());
    undisturbed.0.fit_observed(&train, &held_out, &mut undisturbed.1).unwrap();
    assert_eq!(undisturbed.1.steps.len(), 90);

    for (break_at_step, break_at_epoch) in [
        (Some(1), None),
        (Some(44), None),
        (Some(45), None),
        (Some(46), None),
        (Some(90), None),
        (None, Some(1)),
    ] {
        let mut trainer = trainer(SETTINGS);
        let mut watcher = Watcher { break_at_step, break_at_epoch, ..Watcher::default() };
        assert!(trainer.fit_observed(&train, &held_out, &mut watcher).unwrap().stopped);
        assert_eq!(trainer.position().step, break_at_step.unwrap_or(45));
        (watcher.break_at_step, watcher.break_at_epoch) = (None, None);
        assert!(!trainer.fit_observed(&train, &held_out, &mut watcher).unwrap().stopped);

        assert_eq!(trainer.network(), undisturbed.0.network());
        assert_eq!(trainer.optimizer(), undisturbed.0.optimizer());
        assert_eq!(trainer.position(), undisturbed.0.position());
        assert_eq!(watcher.steps, undisturbed.1.steps);
        for (epoch, expected) in watcher.epochs.iter().zip(&undisturbed.1.epochs) {
            let timeless =
                |report: &EpochReport| EpochReport { seconds: 0.0, images_per_second: 0.0, ..*report };
            assert_eq!(timeless(epoch), timeless(expected));
        }
    }
}

#[test]
fn a_finished_run_has_nothing_more_to_do() {
    let Split { train, held_out } = digits();
    let mut trainer = trainer(SETTINGS);
    trainer.fit(&train, &held_out).unwrap();
    assert!(trainer.fit(&train, &held_out).unwrap().epochs.is_empty());
    assert!(Trainer::new(Linear::new(8, 10), TrainSettings { epochs: 0, ..SETTINGS }).best().is_none());
}

/// One image of one pixel in two classes: the softmax is even, so the gradient is half a pixel up or down.
#[test]
fn a_step_of_descent_by_hand() {
    let settings = TrainSettings { batch: 1, optimizer: Optimizer::sgd(0.5).with_momentum(0.5), ..SETTINGS };
    let mut trainer = Trainer::new(Linear::new(1, 2), settings);
    let report = trainer.train_step(Array4::from_elem((1, 1, 1, 1), 0.5).view(), &[1]).unwrap();
    assert_eq!(report, StepReport { step: 1, images: 1, loss: 2_f64.ln(), correct: 0 });
    assert_eq!(trainer.gradients().weight, [0.25, -0.25]);
    assert_eq!(trainer.gradients().bias, [0.5, -0.5]);
    assert_eq!(trainer.network().weight, [-0.125, 0.125]);
    assert_eq!(trainer.network().bias, [-0.25, 0.25]);
    let moments: Vec<_> = trainer.optimizer().moments().collect();
    assert_eq!(moments[0], ("dense1.weight", "velocity", &[0.25, -0.25][..]));
    assert_eq!(moments[1], ("dense1.bias", "velocity", &[0.5, -0.5][..]));
}

#[test]
fn a_loop_of_steps_is_what_fit_does() {
    let Split { train, held_out } = digits();
    let settings = TrainSettings { epochs: 1, batch: train.count(), ..SETTINGS };
    let (mut by_fit, mut by_hand) = (trainer(settings), trainer(settings));
    let history = by_fit.fit(&train, &held_out).unwrap();
    let report = by_hand.train_step(train.pixels(), train.labels()).unwrap();
    // The order of the images differs, and with it the rounding.
    assert!((report.loss - history.epochs[0].train_loss).abs() < 1e-9);
    for (a, b) in by_fit.network().weight.iter().zip(&by_hand.network().weight) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn divergence_stops_with_step_and_tensor_and_keeps_the_weights() {
    let images = |value| Array4::from_elem((1, 1, 8, 8), value);
    let mut trainer = trainer(TrainSettings { optimizer: Optimizer::sgd(1e-3), ..SETTINGS });
    trainer.train_step(images(0.5).view(), &[0]).unwrap();
    let before = (trainer.network().clone(), trainer.optimizer().clone(), *trainer.position());
    let error = trainer.train_step(images(f32::NAN).view(), &[0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "training diverged in step 2: the loss is NaN; a lower learning rate may help"
    );
    assert_eq!(
        (trainer.network(), trainer.optimizer(), trainer.position()),
        (&before.0, &before.1, &before.2)
    );

    let mut broken = Linear::init(8, 10, 0);
    broken.bias[3] = f32::NAN;
    let error = Trainer::new(broken, SETTINGS).train_step(images(0.5).view(), &[0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "training diverged in step 1: the loss is NaN, and `dense1.bias` is not finite; a lower learning rate may help"
    );

    let mut faulty = Linear::init(8, 10, 0);
    faulty.fault = f32::INFINITY;
    let mut trainer = Trainer::new(faulty.clone(), SETTINGS);
    let error = trainer.train_step(images(0.5).view(), &[0]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("training diverged in step 1: the gradient of `dense1.bias` is not finite")
    );
    assert_eq!(trainer.network(), &faulty);
}

#[test]
fn a_rate_far_too_high_ends_with_an_error() {
    let Split { train, held_out } = digits();
    let settings = TrainSettings { optimizer: Optimizer::sgd(1e38), ..SETTINGS };
    let mut trainer = trainer(settings);
    let error = trainer.fit(&train, &held_out).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
}

#[test]
fn too_much_memory_is_an_error() {
    for batch in [usize::MAX, usize::MAX / 512] {
        let error = Trainer::try_new(Linear::new(8, 10), TrainSettings { batch, ..SETTINGS }).unwrap_err();
        assert!(error.to_string().starts_with("there is no memory for "), "{error}");
        assert!(Predictor::try_new(Linear::new(8, 10), batch).is_err());
    }
}

#[test]
fn what_does_not_fit_together_is_an_error() {
    let Split { train, held_out } = digits();
    let message = |settings, network: Linear| {
        Trainer::new(network, settings).fit(&train, &held_out).unwrap_err().to_string()
    };
    assert_eq!(
        message(TrainSettings { batch: 0, ..SETTINGS }, Linear::new(8, 10)),
        "batch is 0, but a step needs at least one image"
    );
    assert_eq!(
        message(TrainSettings { optimizer: Optimizer::adam(-1.0), ..SETTINGS }, Linear::new(8, 10)),
        "rate is -1, but must be a number of at least 0"
    );
    assert_eq!(message(SETTINGS, Linear::new(7, 10)), "the network reads images of 1x7x7, not of 1x8x8");
    assert_eq!(
        message(SETTINGS, Linear::new(8, 12)),
        "the network tells 12 classes apart, but the images are of 10 classes"
    );

    let mut trainer = trainer(SETTINGS);
    let mut step =
        |images: ArrayView4<'_, f32>, labels: &[u32]| trainer.train_step(images, labels).unwrap_err();
    let images = train.pixels();
    assert!(matches!(
        step(images, train.labels()),
        TrainError::Input(InputError::Batch { found: 1438, most: 32 })
    ));
    assert!(matches!(
        step(images.slice(s![..3, .., .., ..]), &[0; 2]),
        TrainError::Counts { images: 3, labels: 2 }
    ));
    assert!(matches!(
        step(images.slice(s![..0, .., .., ..]), &[]),
        TrainError::Counts { images: 0, labels: 0 }
    ));
    assert_eq!(
        step(images.slice(s![..2, .., .., ..]), &[0, 10]).to_string(),
        "image 1 of the batch has label 10, but the network tells 10 classes apart"
    );
    assert_eq!(trainer.position().step, 0);
}

#[test]
fn a_predictor_takes_any_layout_and_any_batch_up_to_its_own() {
    let images = digits().held_out;
    let network = Linear::init(8, 10, 1);
    let mut one = Predictor::new(network.clone(), 1);
    let mut many = Predictor::new(network, 50);
    let pixels = images.pixels();
    let batch = pixels.slice(s![..50, .., .., ..]);
    let expected = many.logits(batch).unwrap().to_owned();
    assert_eq!(expected.dim(), (50, 10));
    for (image, expected) in batch.axis_chunks_iter(Axis(0), 1).zip(expected.rows()) {
        assert_eq!(one.logits(image).unwrap().row(0), expected);
    }
    let reversed = batch.reversed_axes().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(many.logits(reversed.view()).unwrap(), expected);
    assert_eq!(many.logits(pixels.slice(s![..0, .., .., ..])).unwrap().dim(), (0, 10));
    assert_eq!(
        many.logits(pixels).unwrap_err().to_string(),
        "359 images at once, but there is memory for 50"
    );
    assert!(matches!(many.logits(Array4::zeros((1, 3, 8, 8)).view()), Err(InputError::Shape { .. })));
}

#[test]
fn evaluation_does_not_depend_on_the_batch() {
    let images = digits().held_out;
    let with_batch = |batch| evaluate(&mut Predictor::new(Linear::init(8, 10, 1), batch), &images).unwrap();
    let whole = with_batch(images.count());
    for batch in [0, 1, 7, 128, 1000] {
        let parts = with_batch(batch);
        assert_eq!(parts, whole);
    }
    let two = Images::new(Array4::zeros((1, 1, 8, 8)), vec![1], vec!["a".into(), "b".into()]).unwrap();
    let error = evaluate(&mut Predictor::new(Linear::new(8, 1), 1), &two).unwrap_err();
    assert!(matches!(error, EvaluateError::Loss(_)));
}
