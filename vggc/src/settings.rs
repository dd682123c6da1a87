//! The settings of training: those of the spec, in the runtime's terms.

use vgg_runtime::TrainSettings;
use vgg_runtime::optim::{Optimizer, Rule};
use vgg_spec::ir;

/// How a spec wants its network to be trained.
pub(crate) fn of_spec(train: &ir::Train) -> TrainSettings {
    TrainSettings {
        epochs: train.epochs,
        batch: usize::try_from(train.batch).unwrap_or(usize::MAX),
        seed: train.seed,
        optimizer: match train.optimizer {
            ir::Optimizer::Sgd { rate, momentum } => Optimizer::sgd(rate).with_momentum(momentum),
            ir::Optimizer::Adam { rate, beta1, beta2, epsilon } => {
                Optimizer::adam(rate).with_rule(Rule::Adam { beta1, beta2, epsilon })
            }
        },
        ..TrainSettings::DEFAULT
    }
}
