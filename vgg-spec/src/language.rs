//! What may be said where, as data: editors are served from it.
//!
//! The reader decides what is right; these tables describe it to programs that help to write a spec. From them come
//! the [JSON Schema](schema), [completions](complete) and what an editor shows of a word. A test walks through the
//! tables and asks the reader at every place whether it knows the same words, so neither can grow without the other.

pub mod complete;
pub mod define;
mod place;
pub mod schema;
mod tables;

pub use tables::SPEC;

use crate::settings::{Kind, Setting};

/// The keys of a map, in groups that maps share.
#[derive(Debug)]
pub struct Keys {
    /// What the map says, in words: `a block`.
    pub owner: &'static str,
    /// Its keys.
    pub groups: &'static [&'static [Key]],
}

impl Keys {
    /// All keys.
    pub fn iter(&self) -> impl Iterator<Item = &'static Key> {
        self.groups.iter().copied().flatten()
    }

    /// The key of this name.
    pub fn get(&self, name: &str) -> Option<&'static Key> {
        self.iter().find(|key| key.name == name)
    }
}

/// A key of a map.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it says, in a sentence.
    pub about: &'static str,
    /// What may stand behind it.
    pub value: Value,
    /// Whether it must be there.
    pub required: bool,
}

/// What may stand at a place.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// The name of a model: `Vgg16Gap`.
    ModelName,
    /// The name of a block or layer: `fc1`.
    Name,
    /// A file, relative to this one.
    Path,
    /// A whole number.
    Whole,
    /// A whole number, a param, or a product of them.
    Number,
    /// A number with or without a fraction.
    Real,
    /// Yes or no.
    Flag,
    /// The code of a warning.
    Code,
    /// One number, or height and width.
    Extent,
    /// Channels, height and width.
    Shape,
    /// A map of these keys.
    Map(&'static Keys),
    /// A map from names, which are up to the author, to this.
    Named(&'static Value),
    /// A list of this.
    List(&'static Value),
    /// One of several words, in groups.
    Choice(&'static [&'static [Word]]),
    /// The same, and the word may have a `name` beside it: a layer of the head.
    Layer(&'static [&'static [Word]]),
    /// One of several words that have no settings.
    Words(&'static [&'static str]),
    /// One of several words, with settings out of a table.
    Kind(&'static [Kind]),
    /// A map of these settings.
    Settings(&'static [Setting]),
    /// Any of these.
    Either(&'static [Value]),
    /// What is described once and used in many places.
    Shared(&'static Shared),
}

/// A value with a name, of which there is one description.
#[derive(Debug)]
pub struct Shared {
    /// What it is called in the schema.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// What may stand there.
    pub value: Value,
}

/// A word that may be chosen.
#[derive(Debug)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What may be said of it.
    pub settings: Settings,
}

/// What may be said of a word: `relu`, `leaky_relu: {slope: 0.2}`, `dense: 10`.
#[derive(Debug, Clone, Copy)]
pub enum Settings {
    /// Nothing.
    None,
    /// This, or nothing.
    May(Value),
    /// This.
    Must(Value),
}

impl Settings {
    /// What may be said.
    pub fn value(self) -> Option<Value> {
        match self {
            Settings::None => None,
            Settings::May(value) | Settings::Must(value) => Some(value),
        }
    }
}
