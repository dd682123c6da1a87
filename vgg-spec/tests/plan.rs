//! The plan, tried out: every schedule runs over an arena whose cells remember what was written to them
//! last, and each step must find what it reads untouched.

mod built;

use built::*;
use proptest::prelude::*;
use vgg_spec::ast::*;
use vgg_spec::ir::{self, Model, Op};
use vgg_spec::plan::{Fused, Place, Plan, Step};

/// What a place takes; the input images lie plane by plane.
fn stored(place: Place, tag: Tag) -> usize {
    if tag == ("value", 0) { place.shape.elements() } else { place.shape.stored() }
}

/// What lies in a cell: a value or a gradient, and of which place.
type Tag = (&'static str, usize);

/// An arena that knows who wrote each of its cells.
struct Arena {
    cells: Vec<Option<Tag>>,
}

impl Arena {
    fn new(size: usize) -> Self {
        Arena { cells: vec![None; size] }
    }

    fn write(&mut self, offset: usize, place: Place, tag: Tag) {
        assert_eq!(offset % 16, 0, "{tag:?} is not aligned");
        let range = offset..offset + stored(place, tag);
        self.cells.get_mut(range).expect("inside the arena").fill(Some(tag));
    }

    fn read(&self, offset: usize, place: Place, tag: Tag) {
        let range = offset..offset + stored(place, tag);
        for cell in &self.cells[range] {
            assert_eq!(*cell, Some(tag), "{tag:?} was overwritten");
        }
    }
}

fn run_inference(plan: &Plan) {
    let mut arena = Arena::new(plan.arena.inference);
    arena.write(plan.input.inference, plan.steps[0].input, ("value", 0));
    let mut held = 0;
    for (index, step) in plan.steps.iter().enumerate() {
        let (from, to) = (step.input.slot.inference, step.output.slot.inference);
        arena.read(from, step.input, ("value", held));
        if from == to {
            assert!(matches!(step.op, Fused::Dropout(_)), "{step:?}");
            continue;
        }
        if let Some(activated) = step.activated {
            arena.write(activated.slot.inference, activated, ("activated", index));
        }
        arena.write(to, step.output, ("value", index + 1));
        // A step reads and writes at the same time, so none may have hurt another.
        arena.read(from, step.input, ("value", held));
        if let Some(activated) = step.activated {
            arena.read(activated.slot.inference, activated, ("activated", index));
        }
        held = index + 1;
    }
    let last = plan.steps.last().expect("at least one step").output;
    arena.read(plan.logits.inference, last, ("value", held));
}

fn run_training(model: &Model, plan: &Plan) {
    let mut arena = Arena::new(plan.arena.training);
    arena.write(plan.input.training, plan.steps[0].input, ("value", 0));
    for (index, step) in plan.steps.iter().enumerate() {
        if let Some(linear) = step.linear {
            arena.write(linear.slot.training, linear, ("linear", index));
        }
        if let Some(activated) = step.activated {
            arena.write(activated.slot.training, activated, ("activated", index));
        }
        arena.write(step.output.slot.training, step.output, ("value", index + 1));
        finds_its_values(&arena, step, index);
        finds_what_it_pools(&arena, step, index);
    }
    let count = plan.steps.len();
    let logits = plan.steps[count - 1].output;
    arena.write(plan.logits.gradient, logits, ("gradient", count));
    arena.read(plan.logits.training, logits, ("value", count));
    for (index, step) in plan.steps.iter().enumerate().rev() {
        arena.read(step.output.slot.gradient, step.output, ("gradient", index + 1));
        finds_what_it_pools(&arena, step, index);
        if let Some(activated) = step.activated {
            arena.write(activated.slot.gradient, activated, ("gradient of activated", index));
        }
        if index > 0 {
            arena.write(step.input.slot.gradient, step.input, ("gradient", index));
        }
        if let Some(activated) = step.activated {
            arena.read(activated.slot.gradient, activated, ("gradient of activated", index));
        }
        if index == 0 || step.input.slot.gradient != step.output.slot.gradient {
            arena.read(step.output.slot.gradient, step.output, ("gradient", index + 1));
        } else {
            let in_place = matches!(step.op, Fused::Dropout(_) | Fused::Activation(_));
            assert!(in_place, "{step:?}");
        }
        finds_its_values(&arena, step, index);
        if !replaces(model, step) {
            finds_what_it_pools(&arena, step, index);
        }
    }
}

/// Whether the gradient of what a step pools lies where its values lay, which is right only for the largest of
/// every two by two rectified values.
fn replaces(model: &Model, step: &Step) -> bool {
    if step.activated.is_none_or(|activated| activated.slot.gradient != activated.slot.training) {
        return false;
    }
    let Fused::Conv { activation: Some(activation), pool: Some(pool), .. } = step.op else {
        panic!("{step:?}")
    };
    assert!(matches!(model.layers()[activation].op, Op::Activation(Activation::Relu)), "{step:?}");
    let Op::Pool(pool) = model.layers()[pool].op else { panic!("{step:?}") };
    assert!(pool.mode == PoolMode::Max && pool.window.kernel == [2, 2], "{step:?}");
    assert!(pool.window.stride == [2, 2] && pool.window.padding == ir::Padding::default(), "{step:?}");
    true
}

/// What a step's backward pass reads besides gradients.
fn finds_its_values(arena: &Arena, step: &Step, index: usize) {
    arena.read(step.input.slot.training, step.input, ("value", index));
    arena.read(step.output.slot.training, step.output, ("value", index + 1));
    if let Some(linear) = step.linear {
        arena.read(linear.slot.training, linear, ("linear", index));
    }
}

/// What the backward pass of a pool reads.
fn finds_what_it_pools(arena: &Arena, step: &Step, index: usize) {
    if let Some(activated) = step.activated {
        arena.read(activated.slot.training, activated, ("activated", index));
    }
}

fn activation() -> impl Strategy<Value = Activation> {
    prop::sample::select(vec![
        Activation::None,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.01 },
        Activation::Elu { alpha: 1.0 },
        Activation::Gelu,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
    ])
}

fn norm() -> impl Strategy<Value = Norm> {
    prop_oneof![Just(Norm::None), Just(Norm::Batch { epsilon: 1e-5, momentum: 0.1 })]
}

prop_compose! {
    fn conv()(
        filters in 1..40_u64, kernel in 1..6_u64, stride in 1..3_u64,
        activation in activation(), norm in norm(), dropout in prop::option::of(Just(0.5)),
    ) -> Spanned<Conv> {
        let options = ConvOptions {
            kernel: Some(at(square(kernel))),
            stride: Some(at(square(stride))),
            activation: Some(at(activation)),
            norm: Some(at(norm)),
            dropout: dropout.map(at),
            ..ConvOptions::default()
        };
        at(Conv { name: None, filters: literal(filters), repeat: None, options })
    }
}

fn pool() -> impl Strategy<Value = Pool> {
    let window = |mode| {
        let padding = Some(at(Padding::Same));
        Pool::Window(PoolWindow { mode, size: None, stride: None, padding, ceil: None })
    };
    prop_oneof![Just(Pool::None), Just(window(PoolMode::Max)), Just(window(PoolMode::Average))]
}

prop_compose! {
    fn block()(convs in prop::collection::vec(conv(), 1..4), pool in pool()) -> Spanned<Block> {
        at(Block { name: None, convs, options: ConvOptions::default(), pool: Some(at(pool)) })
    }
}

fn head_layer() -> impl Strategy<Value = HeadKind> {
    prop_oneof![
        (1..40_u64, activation()).prop_map(|(units, activation)| dense(units, activation)),
        Just(HeadKind::Dropout(at(0.5))),
        activation().prop_map(|activation| HeadKind::Activation(at(activation))),
        norm().prop_map(|norm| HeadKind::Norm(at(norm))),
    ]
}

prop_compose! {
    fn any_model()(
        shape in [1..4_u64, 1..20_u64, 1..20_u64],
        blocks in prop::collection::vec(block(), 1..4),
        to_vector in prop_oneof![Just(HeadKind::Flatten), Just(HeadKind::GlobalAveragePool)],
        rest in prop::collection::vec(head_layer(), 0..5),
        softmax in any::<bool>(),
    ) -> Model {
        let head = [to_vector].into_iter().chain(rest).chain(softmax.then_some(HeadKind::Softmax));
        let mut spec = vgg(&[], head.collect());
        spec.input = Some(at(Input { shape: shape.map(literal), order: Order::Chw }));
        spec.blocks = blocks;
        model(&spec)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_step_finds_what_it_reads(model in any_model()) {
        let plan = Plan::new(&model);
        run_inference(&plan);
        run_training(&model, &plan);
    }

    /// Each layer but the softmax is in exactly one step, and the steps hand on to each other.
    #[test]
    fn steps_cover_the_layers(model in any_model()) {
        let plan = Plan::new(&model);
        let covered: usize = plan.steps.iter().map(|step| step.op.last() - step.op.first() + 1).sum();
        let softmax = model.layers().iter().filter(|layer| layer.kind() == "Softmax").count();
        prop_assert_eq!(covered + softmax, model.layers().len());
        for pair in plan.steps.windows(2) {
            prop_assert_eq!(pair[0].output, pair[1].input);
            prop_assert_eq!(pair[0].op.last() + 1, pair[1].op.first());
        }
        for step in &plan.steps {
            prop_assert_eq!(step.output.shape, model.layers()[step.op.last()].output);
            prop_assert!(step.statistics.is_none_or(|offset| offset < plan.arena.statistics));
        }
    }

    /// The gradient of what a usual block pools takes no place of its own.
    #[test]
    fn gradients_replace_what_is_pooled(rows in 4..40_u64, filters in 1..40_u64) {
        let conv = Conv { name: None, filters: literal(filters), repeat: None, options: ConvOptions::default() };
        let block = Block { name: None, convs: vec![at(conv)], options: ConvOptions::default(), pool: None };
        let mut spec = vgg(&[], vec![HeadKind::GlobalAveragePool]);
        spec.input = Some(at(Input { shape: [3, rows, 8].map(literal), order: Order::Chw }));
        spec.blocks = vec![at(block)];
        let model = model(&spec);
        let activated = Plan::new(&model).steps[0].activated.expect("a pool is fused");
        prop_assert_eq!(activated.slot.gradient, activated.slot.training);
    }

    /// Never more than all buffers side by side, never less than what one step touches.
    #[test]
    fn the_arena_is_within_its_bounds(model in any_model()) {
        let plan = Plan::new(&model);
        let rounded = |place: Place| place.shape.stored().next_multiple_of(16);
        let images = plan.steps[0].input.shape.elements().next_multiple_of(16);
        let all: usize = images
            + plan.steps.iter().map(|step| rounded(step.output) + step.activated.map_or(0, rounded)).sum::<usize>();
        let one = plan.steps.iter().skip(1).map(|step| rounded(step.input)).max().unwrap_or(images);
        prop_assert!((one..=all).contains(&plan.arena.inference));
    }
}
