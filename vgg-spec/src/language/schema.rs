//! The language as a JSON Schema (draft 2020-12), which editors check and complete the YAML spelling by.

use super::{Keys, SPEC, Settings, Shared, Value, Word};
use crate::settings::{Kind, Setting, Values};
use serde_json::{Map, Value as Json, json};

/// The schema, with a line break at its end.
///
/// It knows every key and word, and the type of every value. That a param exists or a pool fits is for
/// [`check`](crate::check()) to say.
pub fn schema() -> String {
    let mut shared = Map::new();
    let mut root = keys(&SPEC, &mut shared);
    root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".into(), "VGG spec".into());
    root.insert("description".into(), "A VGG network, as `vgg!` and `vggc` read it.".into());
    root.insert("$defs".into(), Json::Object(shared));
    let mut text = serde_json::to_string_pretty(&root).expect("strings and numbers only");
    text.push('\n');
    text
}

/// A map of keys. What is described once is put into `shared`.
fn keys(map: &Keys, shared: &mut Map<String, Json>) -> Map<String, Json> {
    let mut properties = Map::new();
    for key in map.iter() {
        properties.insert(key.name.into(), described(value(key.value, shared), key.about));
    }
    let required: Vec<&str> = map.iter().filter(|key| key.required).map(|key| key.name).collect();
    object(properties, &required)
}

fn object(properties: Map<String, Json>, required: &[&str]) -> Map<String, Json> {
    let mut object = Map::new();
    object.insert("type".into(), "object".into());
    object.insert("properties".into(), Json::Object(properties));
    object.insert("additionalProperties".into(), false.into());
    if !required.is_empty() {
        object.insert("required".into(), required.into());
    }
    object
}

fn described(mut schema: Json, about: &str) -> Json {
    schema["description"] = about.into();
    schema
}

fn value(value: Value, shared: &mut Map<String, Json>) -> Json {
    match value {
        Value::ModelName => json!({"type": "string", "pattern": "^[A-Z][A-Za-z0-9]*$", "maxLength": 64}),
        Value::Name => {
            json!({"type": "string", "pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$", "maxLength": 64})
        }
        Value::Path => json!({"type": "string", "minLength": 1}),
        Value::Whole => json!({"type": "integer", "minimum": 0}),
        Value::Real => json!({"type": "number"}),
        // In YAML, `on` and `off` are words.
        Value::Flag => json!({"enum": [true, false, "on", "off"]}),
        Value::Code => json!({"enum": crate::lint::CODES}),
        Value::Number => reference("number", shared, |_| {
            described(
                number(),
                "A whole number, a param such as `$width`, or a product such as `64 * $width`.",
            )
        }),
        Value::Extent => reference("extent", shared, |shared| {
            let number = self::value(Value::Number, shared);
            let pair = json!({"type": "array", "items": number, "minItems": 2, "maxItems": 2});
            described(
                json!({"anyOf": [number, pair]}),
                "One number for both directions, or height and width.",
            )
        }),
        Value::Shape => {
            let number = self::value(Value::Number, shared);
            json!({"type": "array", "items": number, "minItems": 3, "maxItems": 3})
        }
        Value::Map(map) => Json::Object(keys(map, shared)),
        Value::Named(inner) => {
            json!({"type": "object", "additionalProperties": self::value(*inner, shared)})
        }
        Value::List(inner) => json!({"type": "array", "items": self::value(*inner, shared)}),
        Value::Choice(groups) => {
            let words: Vec<&Word> = groups.iter().copied().flatten().collect();
            words_with_settings(&words, false, shared)
        }
        Value::Layer(groups) => {
            let words: Vec<&Word> = groups.iter().copied().flatten().collect();
            words_with_settings(&words, true, shared)
        }
        Value::Words(words) => json!({"enum": words}),
        Value::Kind(kinds) => kinds_with_settings(kinds),
        Value::Settings(settings) => {
            let settings = settings.iter().map(|setting| (setting.key.to_owned(), self::setting(setting)));
            Json::Object(object(settings.collect(), &[]))
        }
        Value::Either(values) => {
            json!({"anyOf": values.iter().map(|one| self::value(*one, shared)).collect::<Vec<_>>()})
        }
        Value::Shared(one) => {
            let Shared { name, about, value } = *one;
            reference(name, shared, |shared| described(self::value(value, shared), about))
        }
    }
}

/// A reference to a description that is made the first time.
fn reference(
    name: &str,
    shared: &mut Map<String, Json>,
    make: impl FnOnce(&mut Map<String, Json>) -> Json,
) -> Json {
    if !shared.contains_key(name) {
        let made = make(shared);
        shared.insert(name.to_owned(), made);
    }
    json!({"$ref": format!("#/$defs/{name}")})
}

fn number() -> Json {
    let factor = r"(\$[A-Za-z_][A-Za-z0-9_]*|[0-9]+(\.[0-9]+)?)";
    let pattern = format!(r"^(\$[A-Za-z_][A-Za-z0-9_]*|{factor}( *\* *{factor})+)$");
    json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": pattern}]})
}

/// A word alone, or a map of one word to its settings.
fn words_with_settings(words: &[&Word], may_be_named: bool, shared: &mut Map<String, Json>) -> Json {
    let alone: Vec<&str> = words
        .iter()
        .filter(|word| !matches!(word.settings, Settings::Must(_)))
        .map(|word| word.name)
        .collect();
    let mut properties = Map::new();
    for word in words {
        let schema = match word.settings {
            Settings::None => json!({"type": "null"}),
            Settings::Must(settings) => value(settings, shared),
            Settings::May(settings) => json!({"anyOf": [value(settings, shared), {"type": "null"}]}),
        };
        properties.insert(word.name.into(), described(schema, word.about));
    }
    let has_settings = may_be_named || words.iter().any(|word| !matches!(word.settings, Settings::None));
    if !has_settings {
        return json!({"enum": alone});
    }
    let mut map = Map::new();
    if may_be_named {
        // One word, and perhaps a name.
        let one: Vec<Json> = words.iter().map(|word| json!({"required": [word.name]})).collect();
        let name = value(Value::Name, shared);
        properties.insert("name".into(), described(name, "What the layer is called."));
        map.extend(object(properties, &[]));
        map.insert("oneOf".into(), one.into());
    } else {
        map.extend(object(properties, &[]));
        map.insert("minProperties".into(), 1.into());
        map.insert("maxProperties".into(), 1.into());
    }
    json!({"anyOf": [{"enum": alone}, map]})
}

fn kinds_with_settings(kinds: &[Kind]) -> Json {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let mut properties = Map::new();
    for kind in kinds {
        let mut settings = value(Value::Settings(kind.settings), &mut Map::new());
        settings["type"] = json!(["object", "null"]);
        // A word with a single setting may have its value alone.
        if let [only] = kind.settings {
            settings = json!({"anyOf": [settings, setting(only)]});
        }
        properties.insert(kind.name.into(), described(settings, kind.about));
    }
    let mut map = object(properties, &[]);
    map.insert("minProperties".into(), 1.into());
    map.insert("maxProperties".into(), 1.into());
    json!({"anyOf": [{"enum": names}, map]})
}

fn setting(setting: &Setting) -> Json {
    let default = setting.default;
    match setting.values {
        Values::Real { least, most } => {
            json!({"type": "number", "minimum": least, "maximum": most, "default": default})
        }
        Values::Whole { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most, "default": default})
        }
        Values::Flag => json!({"enum": [true, false, "on", "off", 0, 1], "default": default != 0.0}),
        Values::Word(words) => json!({"enum": words, "default": setting.word(default)}),
    }
}
