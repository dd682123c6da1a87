//! Blocks, convolutions and pools.

use super::{key, required};
use crate::language::{Key, Keys, Settings, Shared, Value, Word};

pub(super) const fn word(name: &'static str, about: &'static str) -> Word {
    Word { name, about, settings: Settings::None }
}

const fn with(name: &'static str, about: &'static str, settings: Value) -> Word {
    Word { name, about, settings: Settings::May(settings) }
}

pub(super) const ORDER: Value = Value::Choice(&[&[
    word("chw", "Channels, height, width: one plane after the other."),
    word("hwc", "Height, width, channels: one pixel after the other."),
]]);

/// The words for activations.
pub(super) static ACTIVATIONS: [Word; 8] = [
    word("relu", "`max(x, 0)`."),
    with("leaky_relu", "`x` if positive, `slope * x` otherwise.", Value::Map(&LEAKY_RELU)),
    with("elu", "`x` if positive, `alpha * (exp(x) - 1)` otherwise.", Value::Map(&ELU)),
    word("gelu", "`x * Phi(x)` with the normal distribution function."),
    word("silu", "`x * sigmoid(x)`, also known as swish."),
    word("sigmoid", "`1 / (1 + exp(-x))`."),
    word("tanh", "The hyperbolic tangent."),
    word("none", "No activation: `x`."),
];

static LEAKY_RELU: Keys = Keys {
    owner: "`leaky_relu`",
    groups: &[&[key("slope", "Slope of the negative side; 0.01 unless given.", Value::Real)]],
};
static ELU: Keys = Keys {
    owner: "`elu`",
    groups: &[&[key("alpha", "Scale of the negative side; 1 unless given.", Value::Real)]],
};

pub(super) const ACTIVATION: Value = Value::Shared(&Shared {
    name: "activation",
    about: "The function behind a layer.",
    value: Value::Choice(&[&ACTIVATIONS]),
});

pub(super) const NORM: Value = Value::Shared(&Shared {
    name: "norm",
    about: "Normalisation.",
    value: Value::Choice(&[&[
        with("batch", "Batch normalisation.", Value::Map(&BATCH)),
        with("lrn", "Local response normalisation, behind the activation.", Value::Map(&LRN)),
        word("none", "No norm."),
    ]]),
});

static BATCH: Keys = Keys {
    owner: "a batch norm",
    groups: &[&[
        key("epsilon", "Added to the variance; 1e-5 unless given.", Value::Real),
        key("momentum", "Share of the new batch in the running statistics; 0.1 unless given.", Value::Real),
    ]],
};

static LRN: Keys = Keys {
    owner: "an LRN",
    groups: &[&[
        key("n", "The channels that are seen, an odd number; 5 unless given.", Value::Real),
        key("k", "Added to their mean square; 1 unless given.", Value::Real),
        key("alpha", "Factor of their mean square; 1e-4 unless given.", Value::Real),
        key("beta", "The power; 0.75 unless given.", Value::Real),
    ]],
};

const PADDING: Value = Value::Shared(&Shared {
    name: "padding",
    about: "Zeros around an image.",
    value: Value::Either(&[
        Value::Choice(&[&[
            word("same", "As much as gives `ceil(input / stride)` outputs."),
            word("valid", "None at all."),
        ]]),
        Value::Extent,
    ]),
});

const POOL: Value = Value::Shared(&Shared {
    name: "pool",
    about: "What ends a block.",
    value: Value::Choice(&[&[
        with("max", "The largest value of each window.", WINDOWS),
        with("average", "The mean of each window.", WINDOWS),
        word("none", "The block ends without a pool."),
    ]]),
});

/// A size, or a map that says more.
const WINDOWS: Value = Value::Either(&[Value::Extent, Value::Map(&WINDOW)]);

static WINDOW: Keys = Keys {
    owner: "a pool",
    groups: &[&[
        key("size", "Height and width of the window; 2 unless given.", Value::Extent),
        key("stride", "Steps between two windows; the size unless given.", Value::Extent),
        key("padding", "Rows and columns around the input; none unless given.", PADDING),
        key("ceil", "Whether a window that reaches over the end counts, too; no unless given.", Value::Flag),
    ]],
};

/// What may be said of a convolution, of a block, and in `defaults`.
static OPTIONS: [Key; 10] = [
    key("kernel", "Height and width of the kernel; 3 unless given.", Value::Extent),
    key("stride", "Steps between two outputs; 1 unless given.", Value::Extent),
    key("padding", "Zeros around the input; `same` unless given.", PADDING),
    key(
        "groups",
        "Groups of filters, each of which looks at as many channels; 1 unless given.",
        Value::Number,
    ),
    key(
        "dilation",
        "Steps between two values that a kernel looks at: 1, which is all there is.",
        Value::Number,
    ),
    key("activation", "The function behind it; `relu` unless given.", ACTIVATION),
    key("norm", "Normalisation of what the convolution gives; none unless given.", NORM),
    key("bias", "Whether a bias is added; yes unless given.", Value::Flag),
    key("dropout", "The share that is dropped behind it while training; none unless given.", Value::Real),
    key("trainable", "Whether training changes the weights; yes unless given.", Value::Flag),
];

static BLOCK_POOL: [Key; 1] = [key("pool", "What ends the block; a max-pool of 2x2 unless given.", POOL)];

pub(super) static DEFAULTS: Keys = Keys { owner: "`defaults`", groups: &[&OPTIONS, &BLOCK_POOL] };

const CONV_ITEM: Value = Value::Either(&[Value::Number, Value::Map(&CONV)]);

pub(super) static BLOCK: Keys = Keys {
    owner: "a block",
    groups: &[
        &[
            key("name", "What the block is called; `block1` and so on unless given.", Value::Name),
            required(
                "conv",
                "The convolutions: a number of filters each, or a map that says more.",
                Value::Either(&[Value::List(&CONV_ITEM), CONV_ITEM]),
            ),
        ],
        &OPTIONS,
        &BLOCK_POOL,
    ],
};

static CONV: Keys = Keys {
    owner: "a convolution",
    groups: &[
        &[
            key("name", "What the layer is called; `block1_conv1` and so on unless given.", Value::Name),
            required("filters", "The number of output channels.", Value::Number),
            key("repeat", "How often this convolution stands here; once unless given.", Value::Number),
        ],
        &OPTIONS,
    ],
};

pub(super) static CHANGE: Keys = Keys {
    owner: "an override",
    groups: &[
        &[
            key("filters", "Output channels, of a convolution.", Value::Number),
            key("units", "Outputs, of a dense layer.", Value::Number),
            key("rate", "The share that is dropped, of a dropout.", Value::Real),
        ],
        &OPTIONS,
        &BLOCK_POOL,
    ],
};
