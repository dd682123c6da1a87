//! What may stand at a place, given the way that leads there.

use super::{Key, Keys, SPEC, Value, Word};
use crate::settings::{Setting, Values};

/// A step into a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list.
    Item,
}

/// What may stand at the end of a way that starts at a whole spec: any of these.
pub(super) fn at(way: &[Step]) -> Vec<Value> {
    way.iter().fold(vec![Value::Map(&SPEC)], |values, step| {
        values.into_iter().flat_map(alternatives).flat_map(|value| below(value, step)).collect()
    })
}

/// The simple values that a value stands for.
pub(super) fn alternatives(value: Value) -> Vec<Value> {
    match value {
        Value::Either(values) => values.iter().copied().flat_map(alternatives).collect(),
        Value::Shared(shared) => alternatives(shared.value),
        simple => vec![simple],
    }
}

/// What may stand one step below.
fn below(value: Value, step: &Step) -> Vec<Value> {
    let found = match (value, step) {
        (Value::Map(keys), Step::Key(name)) => keys.get(name).map(|key| key.value),
        (Value::Named(inner), Step::Key(_)) | (Value::List(inner), Step::Item) => Some(*inner),
        (Value::Layer(_), Step::Key(name)) if name == "name" => Some(Value::Name),
        (Value::Choice(groups) | Value::Layer(groups), Step::Key(name)) => {
            words(groups).find(|word| word.name == name).and_then(|word| word.settings.value())
        }
        (Value::Kind(kinds), Step::Key(name)) => {
            kinds.iter().find(|kind| kind.name == name).map(|kind| Value::Settings(kind.settings))
        }
        (Value::Settings(settings), Step::Key(name)) => {
            settings.iter().find(|setting| setting.key == name).map(Setting::place)
        }
        (Value::Extent | Value::Shape, Step::Item) => Some(Value::Number),
        _ => None,
    };
    Vec::from_iter(found)
}

impl Setting {
    /// What may be said of it.
    pub(super) fn place(&self) -> Value {
        match self.values {
            Values::Real { .. } => Value::Real,
            Values::Whole { .. } => Value::Whole,
            Values::Flag => Value::Flag,
            Values::Word(words) => Value::Words(words),
        }
    }
}

/// All words of several groups.
pub(super) fn words(groups: &'static [&'static [Word]]) -> impl Iterator<Item = &'static Word> {
    groups.iter().copied().flatten()
}

/// The maps among some values.
pub(super) fn maps(values: &[Value]) -> Vec<&'static Keys> {
    let simple = values.iter().copied().flat_map(alternatives);
    simple.filter_map(|value| if let Value::Map(keys) = value { Some(keys) } else { None }).collect()
}

/// A key that one of several maps has.
pub(super) fn key(maps: &[&'static Keys], name: &str) -> Option<&'static Key> {
    maps.iter().find_map(|keys| keys.get(name))
}
