//! Completions, meanings and definitions, in both spellings; `|` is where the cursor is.

mod files;

use files::{read, root};
use proptest::prelude::*;
use vgg_spec::check;
use vgg_spec::language::complete::{complete, meaning};
use vgg_spec::language::define::definition;
use vgg_spec::source::{Source, Syntax};

fn at_cursor(text: &str, syntax: Syntax) -> (Source, usize) {
    let offset = text.find('|').expect("a cursor");
    (Source::new("x", text.replacen('|', "", 1), syntax), offset)
}

fn labels(text: &str, syntax: Syntax) -> Vec<String> {
    let (source, offset) = at_cursor(text, syntax);
    complete(&source, offset).proposals.into_iter().map(|proposal| proposal.label).collect()
}

#[track_caller]
fn proposes(syntax: Syntax, text: &str, some: &[&str], none: &[&str]) {
    let found = labels(text, syntax);
    for label in some {
        assert!(found.iter().any(|known| known == label), "no `{label}` in {found:?}");
    }
    for label in none {
        assert!(found.iter().all(|known| known != label), "`{label}` in {found:?}");
    }
}

const HEAD: &str = "model: A\nparams: {classes: 10}\ninput: {shape: [3, 32, 32]}\n";

#[test]
fn keys_and_words_of_yaml() {
    let yaml = |text: &str, some: &[&str], none: &[&str]| proposes(Syntax::Yaml, text, some, none);
    yaml("|", &["model", "blocks", "head", "train"], &["conv"]);
    yaml("model: A\nbl|", &["blocks", "head"], &["model", "conv"]);
    yaml(&format!("{HEAD}blocks:\n  - |"), &["conv", "pool", "name"], &["filters", "blocks"]);
    yaml(&format!("{HEAD}blocks:\n  - conv: [64]\n    po|\nhead: [gap]\n"), &["pool", "kernel"], &["conv"]);
    yaml(
        &format!("{HEAD}blocks:\n  - conv: [{{filters: 8, ke|"),
        &["kernel", "padding"],
        &["filters", "conv"],
    );
    yaml(
        &format!("{HEAD}blocks:\n  - {{conv: [64], activation: |}}\n"),
        &["relu", "silu"],
        &["batch", "conv"],
    );
    yaml(&format!("{HEAD}blocks:\n  - conv: [64]\n    bias: |\n"), &["true", "false"], &["on"]);
    yaml(&format!("{HEAD}blocks:\n  - conv: [$|, 64]\n"), &["$classes"], &["relu"]);
    yaml(&format!("{HEAD}head:\n  - |\n"), &["gap", "dense", "relu", "flatten"], &["conv", "rgb"]);
    yaml(
        &format!("{HEAD}head:\n  - gap\n  - dense: {{units: 5, |}}\n"),
        &["activation", "bias"],
        &["units", "rate"],
    );
    yaml(&format!("{HEAD}defaults: {{norm: |}}\n"), &["batch", "none"], &["relu"]);
    yaml(&format!("{HEAD}preprocess: |\n"), &["torchvision", "keras"], &["resize"]);
    yaml(&format!("{HEAD}train:\n  optimizer: {{adam: {{|}}}}\n"), &["rate", "beta1"], &["momentum"]);
    yaml(&format!("{HEAD}train:\n  schedule: |\n"), &["step", "cosine"], &["adam"]);
    yaml(&format!("{HEAD}allow: [|]\n"), &["W0303"], &["E0106"]);
    yaml("# a comment with a: | in it\nmodel: A\n", &[], &["model"]);
}

#[test]
fn statements_and_words_of_vgg() {
    let dsl = |text: &str, some: &[&str], none: &[&str]| proposes(Syntax::Dsl, text, some, none);
    let inside = |text: &str| format!("model A {{\n param classes = 10;\n input 3 x 32 x 32;\n {text}");
    dsl("|", &["model"], &["block"]);
    dsl(&inside("|"), &["block", "head", "param", "override"], &["blocks", "params", "conv", "model"]);
    dsl(&inside("block { | }"), &["conv", "pool", "relu", "kernel"], &["block", "filters"]);
    dsl(&inside("block { conv 8 | }"), &["kernel", "relu", "name"], &["block", "filters"]);
    dsl(&inside("block { conv | }"), &["classes"], &["relu", "kernel"]);
    dsl(&inside("block { conv 8; pool | }"), &["max", "average", "none"], &["conv"]);
    dsl(&inside("block { conv 8; pool max 2 | }"), &["stride", "ceil"], &[]);
    dsl(&inside("block { conv 8 padding | }"), &["same", "valid"], &["relu"]);
    dsl(&inside("block { conv 8 bias | }"), &["on", "off"], &["true"]);
    dsl(&inside("head { gap; | }"), &["dense", "softmax", "relu"], &["conv"]);
    dsl(&inside("head { gap; dense classes | }"), &["softmax", "bias", "name"], &["units", "dense"]);
    dsl(&inside("train { | }"), &["epochs", "callback", "optimizer"], &["callbacks", "relu"]);
    dsl(&inside("train { optimizer | }"), &["sgd", "adam"], &["step"]);
    dsl(&inside("train { optimizer adam | }"), &["rate", "beta2"], &[]);
    dsl(&inside("preprocess |"), &["torchvision"], &["resize"]);
    dsl(&inside("preprocess { | }"), &["resize", "mean"], &["relu"]);
    dsl(&inside("// bl| "), &[], &["block"]);
}

#[test]
fn words_have_meanings() {
    let about = |text: &str, syntax| {
        let (source, offset) = at_cursor(text, syntax);
        meaning(&source, offset).map(|(span, found)| format!("{} {}", source.slice(span), found.about))
    };
    let yaml = format!("{HEAD}blocks:\n  - conv: [64]\n    ke|rnel: 3\n");
    assert_eq!(about(&yaml, Syntax::Yaml).unwrap(), "kernel Height and width of the kernel; 3 unless given.");
    let dsl = "model A { head { dense 5 re|lu; } }";
    assert_eq!(about(dsl, Syntax::Dsl).unwrap(), "relu `max(x, 0)`.");
    assert_eq!(about("model: Nam|e\n", Syntax::Yaml), None);
}

#[test]
fn names_lead_to_where_they_come_from() {
    let to = |text: &str, syntax| {
        let (source, offset) = at_cursor(text, syntax);
        let checked = check(&source, &[]);
        definition(&checked, offset)
            .map(|span| (source.slice(span).to_owned(), source.line_column(span.start).line))
    };
    let yaml = format!("{HEAD}blocks: [{{conv: [8]}}]\nhead: [gap, {{dense: $cla|sses}}]\n");
    assert_eq!(to(&yaml, Syntax::Yaml), Some(("classes".to_owned(), 2)));
    let dsl = "model A {\n param classes = 4;\n input 3 x 8 x 8;\n block { conv 8; }\n head { gap; dense |classes; }\n override block1_conv1 { filters 9; }\n}";
    assert_eq!(to(dsl, Syntax::Dsl), Some(("classes".to_owned(), 2)));
    let other = dsl.replace('|', "").replace("override block1", "override blo|ck1");
    assert_eq!(to(&other, Syntax::Dsl), Some(("8".to_owned(), 4)));
    assert_eq!(to("model: A|\n", Syntax::Yaml), None);
}

/// Whatever the text and wherever the cursor, something comes of it.
#[test]
fn any_place_of_any_text_can_be_asked() {
    let texts = [
        ("blocks:\n  - {conv: [64, ä😀\r\n\"", Syntax::Yaml),
        ("[[[[{{{{", Syntax::Yaml),
        ("model A { block \"} // ä😀\r\n { conv", Syntax::Dsl),
        ("}}}} ; ; x x", Syntax::Dsl),
    ];
    for (text, syntax) in texts {
        let source = Source::new("x", text, syntax);
        for offset in 0..=text.len() + 1 {
            let found = complete(&source, offset.min(text.len()));
            assert!(text.get(found.span.range()).is_some());
            meaning(&source, offset.min(text.len()));
        }
    }
}

proptest! {
    /// A spec in which something is cut out and something else put in, as while one types.
    #[test]
    fn a_text_that_is_being_written_can_be_asked(
        is_yaml: bool,
        cut in 0..2000_usize,
        length in 0..60_usize,
        put in "[a-z$:{};\\[\\] \\n\\r\"/#😀-]{0,12}",
        at in 0..2000_usize,
    ) {
        let name = if is_yaml { "everything.yaml" } else { "everything.vgg" };
        let whole = read(&root().join("tests/specs").join(name));
        let text = whole.text();
        let start = text.floor_char_boundary(cut.min(text.len()));
        let end = text.floor_char_boundary((start + length).min(text.len()));
        let mut text = text.to_owned();
        text.replace_range(start..end, &put);
        let source = whole.with_text(text);
        let offset = at.min(source.text().len());
        let found = complete(&source, offset);
        prop_assert!(source.text().get(found.span.range()).is_some());
        if let Some((span, word)) = meaning(&source, offset) {
            prop_assert_eq!(source.slice(span), word.label);
        }
        definition(&check(&source, &[]), offset);
    }
}
