//! The JSON Schema against the reader: both know the same language.

mod files;

use files::{read, root, specs};
use serde_json::Value;
use std::collections::BTreeSet;
use vgg_spec::language::schema::schema;
use vgg_spec::language::{self, Keys, Settings, Word};
use vgg_spec::parse::parse;
use vgg_spec::source::{Source, Syntax};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema()).expect("is JSON");
    assert!(jsonschema::meta::is_valid(&schema), "is a schema");
    jsonschema::validator_for(&schema).expect("is a schema")
}

/// The YAML specs of a folder, each as JSON.
fn documents(folder: &str) -> Vec<(String, Option<Value>)> {
    let yaml =
        specs(folder).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    yaml.map(|path| {
        let source = read(&path);
        (source.name().to_owned(), serde_yaml::from_str(source.text()).ok())
    })
    .collect()
}

#[test]
fn the_committed_schema_is_the_one_that_is_printed() {
    let path = root().join("docs/vgg.schema.json");
    if std::fs::read_to_string(&path).ok().as_deref() != Some(&schema()) {
        std::fs::write(&path, schema()).expect("written");
        panic!("{} was not up to date; it has been written anew", path.display());
    }
}

#[test]
fn good_specs_are_valid() {
    let validator = validator();
    for (name, document) in documents("specs").into_iter().chain(documents("tests/specs")) {
        let document = document.expect("is YAML");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

/// Findings of structure that can be seen without knowing params, shapes or other files. What is wrong with the
/// YAML itself, such as a key that is there twice, is gone when a schema looks at it.
const STRUCTURE: [&str; 4] = ["E0106", "E0108", "E0109", "E0110"];

#[test]
fn bad_specs_are_not() {
    let validator = validator();
    let mut seen = BTreeSet::new();
    for (name, document) in documents("tests/diagnostics") {
        let source = read(&root().join(&name));
        let (_, findings) = parse(&source);
        let own = findings.iter().filter(|finding| source.contains(finding.primary.span));
        let codes: BTreeSet<&str> = own.map(|finding| finding.code.0).collect();
        let Some(document) = document else { continue };
        if STRUCTURE.iter().any(|code| codes.contains(code)) {
            assert!(!validator.is_valid(&document), "{name} gives {codes:?}, and the schema nothing");
            seen.extend(codes);
        } else if codes.is_empty() {
            // Wrong in what it means, if at all: names and bounds the compiler looks at later, all else it does not.
            let later = |error: &str| {
                ["does not match", "longer than", "minimum", "maximum"]
                    .iter()
                    .any(|sign| error.contains(sign))
            };
            let errors = validator.iter_errors(&document);
            let errors: Vec<String> =
                errors.map(|error| format!("{error} at {}", error.instance_path())).collect();
            // Bounds of settings stand in the schema, but within a choice, of which it says no more than that.
            let bounds = ["E0207", "E0216"].iter().any(|code| name.contains(code));
            assert!(bounds || errors.iter().all(|error| later(error)), "{name}: {errors:#?}");
        }
    }
    assert!(STRUCTURE.iter().all(|code| seen.contains(code)), "{seen:?}");
}

/// A key or word that nobody knows.
const UNKNOWN: &str = "zqzqzqzqzqzq";

/// The words between backquotes in what the reader says of [`UNKNOWN`] in this place.
fn known(text: &str) -> BTreeSet<String> {
    let (_, findings) = parse(&Source::new("x.yaml", text, Syntax::Yaml));
    let finding = findings
        .iter()
        .find(|finding| finding.message.contains(UNKNOWN))
        .unwrap_or_else(|| panic!("not remarked in {text}: {findings:#?}"));
    let help = finding.help.as_deref().unwrap_or_default();
    help.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn names<'w>(words: impl Iterator<Item = &'w str>) -> BTreeSet<String> {
    words.map(str::to_owned).collect()
}

/// Walks through the tables, and asks the reader at every place which words it knows there.
struct Walk {
    places: usize,
}

impl Walk {
    fn keys(&mut self, map: &'static Keys, around: &dyn Fn(&str) -> String) {
        self.places += 1;
        let expected = names(map.iter().map(|key| key.name));
        assert_eq!(known(&around(&format!("{{{UNKNOWN}: 1}}"))), expected, "the keys of {}", map.owner);
        for key in map.iter() {
            self.value(key.value, &|inner| around(&format!("{{{}: {inner}}}", key.name)));
        }
    }

    fn words(
        &mut self,
        words: &[&'static Word],
        expected: &[&'static Word],
        around: &dyn Fn(&str) -> String,
    ) {
        self.places += 1;
        let expected = names(expected.iter().map(|word| word.name));
        let found = known(&around(UNKNOWN));
        assert_eq!(found, expected, "the words of {}", around("..."));
        for word in words {
            let with = |inner: &str| around(&format!("{{{}: {inner}}}", word.name));
            match word.settings {
                Settings::None => {
                    let (_, findings) = parse(&Source::new("x.yaml", with("{a: 1}"), Syntax::Yaml));
                    assert!(!findings.is_empty(), "`{}` has settings", word.name);
                }
                Settings::May(value) | Settings::Must(value) => self.value(value, &with),
            }
        }
    }

    fn value(&mut self, value: language::Value, around: &dyn Fn(&str) -> String) {
        match value {
            language::Value::Map(map) => self.keys(map, around),
            language::Value::Named(inner) => self.value(*inner, &|inner| around(&format!("{{a: {inner}}}"))),
            language::Value::List(inner) => self.value(*inner, &|inner| around(&format!("[{inner}]"))),
            language::Value::Choice(groups) => {
                let words: Vec<&Word> = groups.iter().copied().flatten().collect();
                // What may stand beside a number is said otherwise, and tested by the fixtures.
                let expected: Vec<&Word> = words.clone();
                if words.len() > 1 {
                    self.words(&words, &expected, around);
                }
            }
            language::Value::Layer(groups) => {
                let words: Vec<&Word> = groups.iter().copied().flatten().collect();
                // The reader names the kinds, and takes activations as well.
                let kinds: Vec<&Word> = groups[0].iter().collect();
                self.words(&words, &kinds, around);
            }
            language::Value::Words(words) => {
                self.places += 1;
                assert_eq!(known(&around(UNKNOWN)), names(words.iter().copied()));
            }
            language::Value::Kind(kinds) => {
                self.places += 1;
                assert_eq!(known(&around(UNKNOWN)), names(kinds.iter().map(|kind| kind.name)));
                for kind in kinds {
                    if !kind.settings.is_empty() {
                        let found = known(&around(&format!("{{{}: {{{UNKNOWN}: 1}}}}", kind.name)));
                        assert_eq!(
                            found,
                            names(kind.settings.iter().map(|setting| setting.key)),
                            "{}",
                            kind.name
                        );
                    }
                }
            }
            language::Value::Either(values) => values.iter().for_each(|one| self.value(*one, around)),
            language::Value::Shared(shared) => self.value(shared.value, around),
            language::Value::Code => {
                let first = known(&around(UNKNOWN));
                let schema = schema();
                assert!(!first.is_empty() && first.iter().all(|code| schema.contains(code.as_str())));
            }
            language::Value::ModelName
            | language::Value::Name
            | language::Value::Path
            | language::Value::Whole
            | language::Value::Number
            | language::Value::Real
            | language::Value::Flag
            | language::Value::Extent
            | language::Value::Shape
            | language::Value::Settings(_) => {}
        }
    }
}

#[test]
fn the_tables_and_the_reader_know_the_same_words() {
    let mut walk = Walk { places: 0 };
    walk.keys(&language::SPEC, &str::to_owned);
    assert!(walk.places > 60, "{} places", walk.places);
}
