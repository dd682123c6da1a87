//! Completions in `.vgg`: the words of a statement and the braces around it say what may come next.

use super::{Proposal, key, values, word};
use crate::language::place::{self, Step, alternatives, at, maps, words};
use crate::language::{Keys, SPEC, Settings, Value};
use crate::settings::Setting;
use crate::source::{Source, Syntax};
use crate::span::Span;

/// The words of a statement so far, and those of the statements whose bodies are open around it.
#[derive(Debug, Default)]
struct Context<'t> {
    around: Vec<Vec<&'t str>>,
    statement: Vec<&'t str>,
}

/// What may stand in the place of a word.
pub(super) fn proposals(source: &Source, span: Span) -> Vec<Proposal> {
    let Some(context) = context(&source.text()[..span.start]) else { return Vec::new() };
    let body = context.around.get(1).and_then(|words| words.first()).copied();
    match (context.around.len(), body, context.statement.as_slice()) {
        (0, _, []) => vec![word("model", "A network, and what it is called.")],
        (1, _, []) => parts(),
        (1, _, [first, rest @ ..]) => behind(source, first, rest),
        (2, Some("head"), [first, rest @ ..]) => layer(source, first, rest),
        (2, Some("head"), []) => values(source, &at(&[Step::Key("head".into()), Step::Item])),
        (2, Some(body), statement) => {
            let scope = scope(body);
            match statement {
                [] => options(source, &scope),
                statement => option(source, scope, statement),
            }
        }
        _ => Vec::new(),
    }
}

/// What stands around the end of a text. `None` in a comment or a text in quotes.
fn context(text: &str) -> Option<Context<'_>> {
    let mut context = Context::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => 2 + rest[1..].find('"')?,
            '/' if rest.starts_with("//") => 1 + rest.find('\n')?,
            '{' => {
                context.around.push(std::mem::take(&mut context.statement));
                1
            }
            '}' => {
                context.around.pop();
                context.statement.clear();
                1
            }
            ';' => {
                context.statement.clear();
                1
            }
            letter if letter.is_alphanumeric() || letter == '_' => {
                let end =
                    rest.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '.')));
                let end = end.unwrap_or(rest.len());
                context.statement.push(&rest[..end]);
                end
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    Some(context)
}

/// The key of YAML that a statement stands for, and back.
const RENAMED: [(&str, &str); 3] = [("param", "params"), ("block", "blocks"), ("callback", "callbacks")];

fn statement_of(key: &'static str) -> &'static str {
    RENAMED.iter().find(|(_, yaml)| *yaml == key).map_or(key, |(statement, _)| *statement)
}

/// The parts of a model.
fn parts() -> Vec<Proposal> {
    let parts = SPEC.iter().filter(|part| part.name != "model");
    parts.map(|part| word(statement_of(part.name), part.about)).collect()
}

/// What stands behind the first word of a part.
fn behind(source: &Source, first: &str, rest: &[&str]) -> Vec<Proposal> {
    let values_of = |way: &[&str]| {
        let way: Vec<Step> = way.iter().map(|key| Step::Key((*key).to_owned())).collect();
        values(source, &at(&way))
    };
    match first {
        "allow" => values_of(&["allow"]),
        "preprocess" if rest.is_empty() => values_of(&["preprocess"]),
        "input" if rest.len() >= 3 => values_of(&["input", "order"]),
        "input" => values_of(&["input", "shape"]),
        _ => Vec::new(),
    }
}

/// The maps whose keys are statements of a body.
fn scope(body: &str) -> Vec<&'static Keys> {
    let key = |key: &str| Step::Key(key.to_owned());
    maps(&match body {
        "block" => at(&[key("blocks"), Step::Item]),
        "override" => at(&[key("override"), key("")]),
        other => at(&[key(other)]),
    })
}

/// What may be said in a body, or behind the value of an option.
fn options(source: &Source, scope: &[&'static Keys]) -> Vec<Proposal> {
    let keys = scope.iter().flat_map(|keys| keys.iter());
    let mut proposals: Vec<Proposal> = keys
        .filter(|one| !matches!(one.name, "filters" | "units" | "repeat"))
        .map(|one| {
            let name = statement_of(one.name);
            Proposal { label: name.to_owned(), text: name.to_owned(), ..key(one, Syntax::Dsl) }
        })
        .collect();
    // An activation needs no key.
    if let Some(activation) = place::key(scope, "activation") {
        proposals.extend(values(source, &[activation.value]));
    }
    let mut seen = std::collections::HashSet::new();
    proposals.retain(|proposal| seen.insert(proposal.label.clone()));
    proposals
}

/// What may follow the words of an option.
fn option(source: &Source, body: Vec<&'static Keys>, statement: &[&str]) -> Vec<Proposal> {
    let mut reading = Reading { scopes: body, settings: &[], expected: None };
    for one in statement {
        reading.read(one);
    }
    reading.proposals(source)
}

/// What may follow the first word of a layer of the head.
fn layer(source: &Source, first: &str, rest: &[&str]) -> Vec<Proposal> {
    let layers = at(&[Step::Key("head".into()), Step::Item]);
    let mut reading = Reading { scopes: Vec::new(), settings: &[], expected: Some(layers) };
    for one in std::iter::once(&first).chain(rest) {
        reading.read(one);
    }
    reading.proposals(source)
}

/// A statement that is read word by word.
struct Reading {
    /// Maps whose keys may come next.
    scopes: Vec<&'static Keys>,
    /// Settings of a word out of a table, which may come next.
    settings: &'static [Setting],
    /// The value that must come next.
    expected: Option<Vec<Value>>,
}

impl Reading {
    fn read(&mut self, text: &str) {
        if let Some(expected) = self.expected.take() {
            return self.take(text, &expected);
        }
        if let Some(setting) = self.settings.iter().find(|setting| setting.key == text) {
            self.expected = Some(vec![setting.place()]);
            return;
        }
        let name = RENAMED.iter().find(|(word, _)| *word == text).map_or(text, |(_, key)| *key);
        if let Some(found) = place::key(&self.scopes, name) {
            self.expected = Some(vec![found.value]);
        } else if let Some(activation) = place::key(&self.scopes, "activation") {
            self.take(text, &[activation.value]);
        }
    }

    /// Takes a word for a value, or for its beginning.
    fn take(&mut self, text: &str, expected: &[Value]) {
        let is_number = text.starts_with(|first: char| first.is_ascii_digit());
        for value in expected.iter().copied().flat_map(alternatives) {
            match value {
                Value::Choice(groups) | Value::Layer(groups) => {
                    let Some(chosen) = words(groups).find(|word| word.name == text) else { continue };
                    match chosen.settings {
                        Settings::None => {}
                        Settings::May(settings) => self.scopes.extend(maps(&[settings])),
                        Settings::Must(settings) => self.expected = Some(vec![settings]),
                    }
                }
                Value::Kind(kinds) => {
                    self.settings =
                        kinds.iter().find(|kind| kind.name == text).map_or(&[], |kind| kind.settings);
                }
                Value::List(inner) => self.take(text, &[*inner]),
                // A number is the first thing that is said of a convolution or dense layer.
                Value::Map(keys) if is_number || text.chars().all(char::is_alphabetic) => {
                    self.scopes.push(keys)
                }
                _ => {}
            }
        }
    }

    fn proposals(&self, source: &Source) -> Vec<Proposal> {
        match &self.expected {
            Some(expected) => values(source, expected),
            None => {
                let settings = self.settings.iter();
                let settings = settings.map(|setting| word(setting.key, &setting.values.to_string()));
                options(source, &self.scopes).into_iter().chain(settings).collect()
            }
        }
    }
}
