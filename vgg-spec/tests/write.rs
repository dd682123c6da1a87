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
