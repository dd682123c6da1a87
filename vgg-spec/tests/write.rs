//! Formatting and converting: what is written says the same, keeps every comment, and is canonical.

mod files;

use files::{read, specs};
use vgg_spec::check;
use vgg_spec::parse::parse;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::write::{WriteError, convert, format};

fn source(text: &str, syntax: Syntax) -> Source {
    Source::new("spec", text, syntax)
}

fn comments(text: &str, syntax: Syntax) -> usize {
    let mark = if syntax == Syntax::Yaml { "#" } else { "//" };
    text.matches(mark).count()
}

const MESSY: &str = r#"
#Head of the text

#  second paragraph
input: {shape: [3, 32, 32]} # what comes in
# called so
model: "Messy"
params: # of them
  classes: 10 # how many
  # and
  width: 8


blocks:
- conv: [64,64]   # two
- name: 'last'
  # before the pool
  pool: {max: {size: 2}}
  conv: # list
    # first
    - {filters: 64, repeat: 2}
    - filters: 64 # third
      kernel: [1,
        3] # wide
  # end of last
# end of blocks
head: [gap, {dense: {units: $classes, activation: softmax}}] # the head
# the end
"#;

#[test]
fn a_messy_text_becomes_tidy() {
    let yaml = format(&source(MESSY, Syntax::Yaml)).expect("can be written");
    insta::assert_snapshot!("messy.yaml", yaml);
    let dsl = convert(&source(MESSY, Syntax::Yaml), Syntax::Dsl).expect("can be written");
    insta::assert_snapshot!("messy.vgg", dsl);
    for (text, syntax) in [(&yaml, Syntax::Yaml), (&dsl, Syntax::Dsl)] {
        assert_eq!(comments(text, syntax), comments(MESSY, Syntax::Yaml));
        assert_eq!(&format(&source(text, syntax)).expect("can be written"), text, "formatting is done once");
    }
}

#[test]
fn paths_keep_their_quotes() {
    for path in [r#"\"a\".yaml"#, r"a\\.yaml", r#"a\""#, "ä b.vgg"] {
        let text = format!("model: A\nextends: \"{path}\"\n");
        let there = convert(&source(&text, Syntax::Yaml), Syntax::Dsl).expect("can be said");
        assert!(there.contains(&format!("extends \"{path}\";")), "{there}");
        let back = convert(&source(&there, Syntax::Dsl), Syntax::Yaml).expect("can be said");
        assert_eq!(parse(&source(&back, Syntax::Yaml)).0, parse(&source(&text, Syntax::Yaml)).0);
    }
}

/// What neither a person nor a terminal could see is no part of a path, however it is written.
#[test]
fn paths_hold_no_control_characters() {
    for (text, syntax) in [
        ("model Tiny {\n    extends \"parents/broke\u{6}n.yaml\";\n}\n", Syntax::Dsl),
        ("model: Tiny\nextends: \"parents/broke\\u0006n.yaml\"\n", Syntax::Yaml),
        ("model: Tiny\nextends: \"a\\nb.yaml\"\n", Syntax::Yaml),
    ] {
        let Err(WriteError::Findings(findings)) = format(&source(text, syntax)) else { panic!("{text:?}") };
        assert_eq!(findings[0].code.0, "E0113");
    }
}

/// The description is the comment at the head, and comments lose what would steer a terminal.
#[test]
fn descriptions_hold_what_comments_keep() {
    for letter in ['\u{feff}', '\u{2028}', '\u{ffff}', '\u{7}', '\u{9b}'] {
        let yaml = format!("#a {letter} b{letter}c\nmodel: A\n");
        let dsl = format!("//a {letter} b{letter}c\nmodel A {{\n}}\n");
        for (text, syntax) in [(yaml, Syntax::Yaml), (dsl, Syntax::Dsl)] {
            // YAML itself refuses some of them.
            let (Some(spec), _) = parse(&source(&text, syntax)) else { continue };
            let written = format(&source(&text, syntax)).expect("can be written");
            assert_eq!(parse(&source(&written, syntax)).0, Some(spec), "{text:?}");
        }
    }
}

#[test]
fn the_zoo_is_canonical_and_converts_both_ways() {
    for path in specs("specs") {
        let zoo = read(&path);
        assert_eq!(format(&zoo).expect("can be written"), zoo.text(), "{}", zoo.name());
        let model = |source: &Source| {
            let mut summary = check(source, &[]).model.map(|model| format!("{model:?}")).expect("a model");
            // Where the author wrote it differs; nothing else may.
            while let Some(at) = summary.find("Span {") {
                let end = summary[at..].find('}').expect("a brace");
                summary.replace_range(at..=at + end, "");
            }
            summary
        };
        let other = if zoo.syntax() == Syntax::Yaml { Syntax::Dsl } else { Syntax::Yaml };
        let there = convert(&zoo, other).expect("can be written");
        let back = convert(&source(&there, other), zoo.syntax()).expect("can be written");
        let folder = path.parent().expect("a folder");
        assert_eq!(model(&source(&there, other).in_folder(folder)), model(&zoo), "{}", zoo.name());
        assert_eq!(back, zoo.text(), "{}", zoo.name());
        assert_eq!(format(&source(&there, other)).as_ref(), Ok(&there), "{}", zoo.name());
    }
}

#[test]
fn fixtures_keep_their_meaning() {
    for path in specs("tests/diagnostics") {
        let fixture = read(&path);
        let (spec, findings) = parse(&fixture);
        let formatted = match format(&fixture) {
            Err(WriteError::Findings(found)) => {
                assert_eq!(found, findings, "{}", fixture.name());
                continue;
            }
            formatted => formatted.unwrap_or_else(|error| panic!("{}: {error}", fixture.name())),
        };
        let again = source(&formatted, fixture.syntax());
        assert_eq!(parse(&again).0, spec, "{}", fixture.name());
        assert_eq!(format(&again).as_ref(), Ok(&formatted), "{}", fixture.name());
        assert_eq!(comments(fixture.text(), fixture.syntax()), comments(&formatted, fixture.syntax()));
    }
}

#[test]
fn what_a_spelling_cannot_say_is_an_error() {
    let odd = source("model: \"größe 1\"\ninput: {shape: [3, 8, 8]}\n", Syntax::Yaml);
    assert_eq!(convert(&odd, Syntax::Dsl), Err(WriteError::Unsayable("`.vgg`")));
    assert!(format(&odd).expect("can be written").starts_with("model: \"größe 1\"\n"));
    assert!(matches!(format(&source("model: [", Syntax::Yaml)), Err(WriteError::Findings(_))));
}

/// An empty list is something else than none: of a spec that is extended it leaves nothing.
#[test]
fn empty_lists_are_said_in_both_spellings() {
    let yaml = "model: A\ntrain:\n  augment: []\n  callbacks: []\n";
    let dsl = convert(&source(yaml, Syntax::Yaml), Syntax::Dsl).expect("can be said");
    assert_eq!(dsl, "model A {\n    train {\n        augment none;\n        callback none;\n    }\n}\n");
    assert_eq!(convert(&source(&dsl, Syntax::Dsl), Syntax::Yaml).expect("can be said"), yaml);
    let several = "model A { train { augment none; augment flip; } }";
    assert!(matches!(format(&source(several, Syntax::Dsl)), Err(WriteError::Findings(_))));

    let yaml = "model: A # a\nallow: [] # none yet\n";
    let dsl = convert(&source(yaml, Syntax::Yaml), Syntax::Dsl).expect("can be said");
    assert_eq!(comments(&dsl, Syntax::Dsl), comments(yaml, Syntax::Yaml));

    let yaml = "model: A\nblocks:\n  - {conv: [], kernel: 1}\n";
    let dsl = convert(&source(yaml, Syntax::Yaml), Syntax::Dsl).expect("can be said");
    assert_eq!(convert(&source(&dsl, Syntax::Dsl), Syntax::Yaml).as_deref(), Ok(yaml), "{dsl}");
}

/// A spec that extends another one needs no name, so a comment may be the first thing in the braces of its model.
#[test]
fn comments_in_a_model_without_a_name_do_not_describe_it() {
    for dsl in [
        "model {\n    // about\n    extends \"a.yaml\";\n}\n",
        "// head\nmodel {\n    // about\n    extends \"a.yaml\";\n    param a = 1;\n}\n",
        "model {\n    // alone\n}\n",
    ] {
        assert_eq!(format(&source(dsl, Syntax::Dsl)).as_deref(), Ok(dsl));
    }
    for (yaml, formatted) in [
        ("\n{ }", "{}\n"),
        ("{ # a\n}\n", "{}\n# a\n"),
        ("# a\n{}\n", "# a\n{}\n"),
        ("{ # a\n  model: A}\n", "model: A\n# a\n"),
        ("---\n# a\nmodel: A\nallow: [W0303]\n", "model: A\n# a\nallow: [W0303]\n"),
    ] {
        assert_eq!(format(&source(yaml, Syntax::Yaml)).as_deref(), Ok(formatted), "{yaml}");
    }
    let beside = "model { // about\n    extends \"a.yaml\";\n}\n";
    assert_eq!(comments(&format(&source(beside, Syntax::Dsl)).expect("can be said"), Syntax::Dsl), 1);
    let yaml = convert(&source(beside, Syntax::Dsl), Syntax::Yaml).expect("can be said");
    assert_eq!(yaml, "extends: a.yaml\n# about\n");
}

/// Nor does one between the key and the name, whether or not another one stands behind the name.
#[test]
fn comments_within_the_first_entry_do_not_describe_the_model() {
    for text in ["model: # a\n  A # b\n", "model: # a\n  A # b\ninput: {shape: [3, 8, 8]}\n"] {
        let written = format(&source(text, Syntax::Yaml)).expect("can be written");
        assert!(written.starts_with("model: A  # b\n# a\n"), "{written}");
        let there = convert(&source(text, Syntax::Yaml), Syntax::Dsl).expect("can be said");
        assert_eq!(comments(&there, Syntax::Dsl), 2, "{there}");
    }
    for (text, formatted) in [
        ("model: # a\n  A\n", "model: A  # a\n"),
        ("params: # a\n  a: 1\nextends: b.yaml\n", "extends: b.yaml\n# a\nparams: {a: 1}\n"),
        ("params: # a\n  a: 1\n", "params: {a: 1}  # a\n"),
    ] {
        assert_eq!(format(&source(text, Syntax::Yaml)).as_deref(), Ok(formatted), "{text}");
    }
}
