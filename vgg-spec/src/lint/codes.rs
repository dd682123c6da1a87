//! The codes of warnings about networks that are valid.

use crate::diagnostic::Code;

pub(crate) const LARGE_KERNEL: Code = Code("W0302");
pub(crate) const FIELD_BEYOND_INPUT: Code = Code("W0303");
pub(crate) const POOL_DROPS: Code = Code("W0304");
pub(crate) const HEAVY_DENSE: Code = Code("W0305");
pub(crate) const NARROW_FILTERS: Code = Code("W0306");
pub(crate) const BIAS_BEFORE_NORM: Code = Code("W0307");
pub(crate) const DROPOUT_LAST: Code = Code("W0308");
pub(crate) const ACTIVATED_LOGITS: Code = Code("W0309");
pub(crate) const DEEP_WITHOUT_NORM: Code = Code("W0310");
pub(crate) const KERNEL_ON_A_PIXEL: Code = Code("W0311");
pub(crate) const DROPOUT_BEFORE_NORM: Code = Code("W0312");
pub(crate) const NORM_TWICE: Code = Code("W0313");
pub(crate) const ACTIVATION_TWICE: Code = Code("W0314");
pub(crate) const LINEAR_PAIR: Code = Code("W0315");
pub(crate) const STRIDE_SKIPS: Code = Code("W0316");
pub(crate) const EVEN_KERNEL: Code = Code("W0317");
pub(crate) const POOL_OF_ONE: Code = Code("W0318");
pub(crate) const DROPOUT_OF_NOTHING: Code = Code("W0319");
pub(crate) const SATURATING: Code = Code("W0320");
pub(crate) const TINY_NORM_BATCH: Code = Code("W0401");
pub(crate) const LARGE_RATE: Code = Code("W0402");
pub(crate) const NEVER_HAPPENS: Code = Code("W0403");
pub(crate) const AUGMENT_TOO_LARGE: Code = Code("W0404");
