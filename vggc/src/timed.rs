//! A network whose steps are timed as they run.

use crate::interp::Interpreter;
use std::cell::RefCell;
use std::time::{Duration, Instant};
use vgg_runtime::{ArenaSize, MapShape, Network, Pass, Slot, Tensor, TensorMut};

/// An interpreter that notes how long each step takes in each forward pass.
#[derive(Debug, Clone)]
pub(crate) struct Timed {
    network: Interpreter,
    /// For each pass, the time of each step.
    passes: RefCell<Vec<Vec<Duration>>>,
}

impl Timed {
    pub(crate) fn new(network: Interpreter) -> Timed {
        Timed { network, passes: RefCell::default() }
    }

    /// The median time of each step over all passes since the last call.
    pub(crate) fn take_medians(&self) -> Vec<Duration> {
        let passes = self.passes.take();
        let steps = passes.first().map_or(0, Vec::len);
        let of_step = |step: usize| {
            let mut times: Vec<Duration> = passes.iter().map(|pass| pass[step]).collect();
            times.sort_unstable();
            times[times.len() / 2]
        };
        (0..steps).map(of_step).collect()
    }
}

impl Network for Timed {
    fn name(&self) -> &str {
        self.network.name()
    }

    fn input(&self) -> MapShape {
        self.network.input()
    }

    fn classes(&self) -> usize {
        self.network.classes()
    }

    fn arena(&self) -> ArenaSize {
        self.network.arena()
    }

    fn input_slot(&self) -> Slot {
        self.network.input_slot()
    }

    fn logits_slot(&self) -> Slot {
        self.network.logits_slot()
    }

    fn forward(&self, pass: &mut Pass<'_>) {
        let mut times = Vec::new();
        let mut begin = Instant::now();
        self.network.forward_by_steps(pass, &mut |_| {
            let end = Instant::now();
            times.push(end - begin);
            begin = end;
        });
        self.passes.borrow_mut().push(times);
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        self.network.backward(pass, &mut gradients.network);
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        self.network.update_statistics(pass);
    }

    fn visit(&self, visit: &mut dyn FnMut(Tensor<'_>)) {
        self.network.visit(visit);
    }

    fn visit_mut(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) {
        self.network.visit_mut(visit);
    }

    fn update(&mut self, gradients: &Self, apply: &mut dyn FnMut(TensorMut<'_>, &[f32])) {
        self.network.update(&gradients.network, apply);
    }
}
