//! What every step leaves behind, and the same weights under other conditions: for comparisons with other
//! engines.

use super::step::Step;
use super::{Interpreter, convert, program};
use std::sync::Arc;
use vgg_runtime::kernels::layout;
use vgg_runtime::{Extent, Pass};
use vgg_spec::ir::Model;
use vgg_spec::plan::Plan;

impl Interpreter {
    /// Computes the logits as [`forward`](vgg_runtime::Network::forward) does, and shows what each step of
    /// the plan leaves: its number, and the values of one image behind the other, maps plane by plane. The
    /// plan must be that of the network.
    pub fn watch(&self, plan: &Plan, pass: &mut Pass<'_>, see: &mut dyn FnMut(usize, &[f32])) {
        let mut steps = plan.steps.iter().enumerate();
        self.forward_by_steps(pass, &mut |pass| {
            let Some((index, step)) = steps.next() else { return };
            let extent = convert::extent(step.output.shape);
            let stored = pass.values(convert::slot(step.output.slot), extent.stored());
            match extent {
                Extent::Vector(_) => see(index, stored),
                Extent::Maps(shape) => {
                    let mut planes = vec![0.0; pass.batch() * shape.elements()];
                    layout::unpack(shape, stored, &mut planes);
                    see(index, &planes);
                }
            }
        });
    }

    /// The same weights, computed by another plan of the same model.
    pub fn with_plan(self, model: &Model, plan: &Plan) -> Interpreter {
        Interpreter { program: Arc::new(program(model, plan)), ..self }
    }

    /// The same network with dropouts that drop nothing, in training either.
    pub fn without_dropout(mut self) -> Interpreter {
        for step in &mut Arc::make_mut(&mut self.program).steps {
            if let Step::Dropout(dropout) = step {
                dropout.rate = 0.0;
            }
        }
        self
    }
}
