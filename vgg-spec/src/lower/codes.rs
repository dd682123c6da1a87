//! The codes of lowering.

use crate::diagnostic::Code;

pub(crate) const MISSING_PART: Code = Code("E0201");
pub(crate) const UNKNOWN_PARAM: Code = Code("E0202");
pub(crate) const DUPLICATE_PARAM: Code = Code("E0203");
pub(crate) const UNKNOWN_OVERRIDE: Code = Code("E0204");
pub(crate) const NUMBER_TOO_SMALL: Code = Code("E0205");
pub(crate) const NUMBER_TOO_LARGE: Code = Code("E0206");
pub(crate) const OUT_OF_RANGE: Code = Code("E0207");
pub(crate) const BAD_NAME: Code = Code("E0208");
pub(crate) const RESERVED_NAME: Code = Code("E0209");
pub(crate) const DUPLICATE_NAME: Code = Code("E0210");
pub(crate) const NAME_TOO_LONG: Code = Code("E0211");
pub(crate) const NAME_WITH_REPEAT: Code = Code("E0212");
pub(crate) const TOO_MANY_LAYERS: Code = Code("E0213");
pub(crate) const UNKNOWN_LAYER: Code = Code("E0214");
pub(crate) const CHANGE_DOES_NOT_FIT: Code = Code("E0215");
pub(crate) const NOT_WHOLE: Code = Code("E0216");
pub(crate) const CHANNELS_DIFFER: Code = Code("E0217");
pub(crate) const CROP_TOO_LARGE: Code = Code("E0218");
pub(crate) const CLASSES_DIFFER: Code = Code("E0219");
pub(crate) const REPEATED_CALLBACK: Code = Code("E0220");
pub(crate) const KERNEL_TOO_LARGE: Code = Code("E0301");
pub(crate) const POOL_TOO_LARGE: Code = Code("E0302");
pub(crate) const MAPS_NOT_VECTOR: Code = Code("E0303");
pub(crate) const VECTOR_NOT_MAPS: Code = Code("E0304");
pub(crate) const ENDS_IN_MAPS: Code = Code("E0305");
pub(crate) const SOFTMAX_NOT_LAST: Code = Code("E0306");
pub(crate) const EMPTY_POOL_WINDOW: Code = Code("E0307");
pub(crate) const NETWORK_TOO_LARGE: Code = Code("E0308");
pub(crate) const GROUPS_DO_NOT_DIVIDE: Code = Code("E0310");
pub(crate) const UNUSED_PARAM: Code = Code("W0201");
pub(crate) const ONE_CLASS: Code = Code("W0301");
