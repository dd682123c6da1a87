//! One way to say each thing: the order of keys, and the short form wherever there is one.
//!
//! Nothing that is commented on is made shorter than it is.

use super::document::{Content, Document, Piece, Remark};
use super::scalar;
use crate::source::Syntax;

/// The parts of a spec, in order.
const PARTS: [&str; 11] = [
    "model",
    "extends",
    "allow",
    "params",
    "input",
    "defaults",
    "blocks",
    "head",
    "override",
    "preprocess",
    "train",
];

/// Keys that come first among their kind; `pool` comes last, as it does in the network.
const FIRST: [&str; 7] = ["name", "conv", "filters", "units", "rate", "size", "repeat"];

/// Equal convolutions that YAML lists one by one; more are written with `repeat`.
const MAX_LISTED: u64 = 8;

/// Gives a document its canonical shape in a spelling.
pub(super) fn shape(document: &mut Document, syntax: Syntax) {
    order_parts(document, syntax);
    for entry in &mut document.entries {
        match entry.key.as_deref() {
            Some("params") => {}
            Some("blocks") => {
                for block in entry.content.children_mut() {
                    shorten(block, syntax);
                    self::block(block, syntax);
                }
            }
            Some("head") => {
                for layer in entry.content.children_mut() {
                    shorten(layer, syntax);
                    head_layer(layer);
                }
                if let Content::List(layers) = &mut entry.content {
                    match syntax {
                        Syntax::Yaml => split_softmax(layers),
                        Syntax::Dsl => join_softmax(layers),
                    }
                }
            }
            _ => shorten(entry, syntax),
        }
        if entry.has_key("input") && matches!(entry.content, Content::List(_)) {
            let shape = Piece::entry("shape", std::mem::take(&mut entry.content));
            entry.content = Content::Map(vec![shape]);
        }
    }
    settle(&mut document.entries, syntax);
}

/// Lists that are statements in `.vgg`, with nothing around them.
const SPREAD: [&str; 6] = ["params", "blocks", "conv", "override", "augment", "callbacks"];

/// Comments behind one piece go to the next one, which is where they are found when they are read again.
fn settle(pieces: &mut [Piece], syntax: Syntax) {
    let mut left = Vec::new();
    let count = pieces.len();
    for (index, piece) in pieces.iter_mut().enumerate() {
        piece.comments.before.splice(0..0, std::mem::take(&mut left));
        let is_last = index + 1 == count;
        let is_spread = syntax == Syntax::Dsl && SPREAD.iter().any(|key| piece.has_key(key));
        if let Some(inner) = piece.content.children_mut().last_mut().filter(|_| is_spread) {
            if is_last {
                inner.comments.after.append(&mut piece.comments.after);
            } else {
                piece.comments.after.splice(0..0, std::mem::take(&mut inner.comments.after));
            }
        }
        let mut beside = std::mem::take(&mut piece.comments.beside);
        if let ([only], true) = (piece.content.children_mut(), is_spread)
            && only.comments.beside.is_none()
        {
            only.comments.beside = beside.take();
        }
        piece.comments.beside = beside;
        settle(piece.content.children_mut(), syntax);
        // The first key of an item stands on the line of its dash.
        if let (None, Syntax::Yaml, Content::Map(entries)) = (&piece.key, syntax, &mut piece.content)
            && let Some(first) = entries.first_mut()
        {
            piece.comments.before.append(&mut first.comments.before);
            if first.comments.beside.is_some() {
                let inside = first.comments.inside.take().map(|text| Remark { text, gap: false });
                piece.comments.before.extend(inside);
            }
        }
        if !is_last {
            left = std::mem::take(&mut piece.comments.after);
        }
    }
}

fn order_parts(document: &mut Document, syntax: Syntax) {
    let rank = |piece: &Piece| PARTS.iter().position(|part| piece.has_key(part)).unwrap_or(PARTS.len());
    document.entries.sort_by_key(rank);
    // The first lines of a text are its description: what was said further down must not get there.
    let Some(first) = document.entries.first_mut() else { return };
    if syntax == Syntax::Dsl && !first.has_key("model") {
        // It stands in braces.
        return;
    }
    let mut moved = std::mem::take(&mut first.comments.before);
    // A comment between key and value goes behind them, if there is none yet.
    match (first.comments.inside.take(), &mut first.comments.beside) {
        (Some(text), Some(_)) => moved.push(Remark { text, gap: false }),
        (text, beside) => *beside = beside.take().or(text),
    }
    match document.entries.get_mut(1) {
        Some(second) => second.comments.before.splice(0..0, moved).for_each(drop),
        None => document.entries[0].comments.after.splice(0..0, moved).for_each(drop),
    }
}

/// Puts the keys of each map in order, and shortens what it holds.
fn shorten(piece: &mut Piece, syntax: Syntax) {
    piece.content.children_mut().iter_mut().for_each(|child| shorten(child, syntax));
    let is_name = piece.has_key("name") || piece.has_key("model");
    let is_path = piece.has_key("extends");
    match &mut piece.content {
        Content::Map(entries) => {
            entries.sort_by_key(|entry| match FIRST.iter().position(|key| entry.has_key(key)) {
                Some(position) => position,
                None => FIRST.len() + usize::from(entry.has_key("pool")),
            });
        }
        Content::Quoted(text) if is_path || scalar::is_word(text) => {
            piece.content = Content::Plain(std::mem::take(text))
        }
        Content::Plain(text) if !is_name => match (syntax, text.as_str()) {
            (Syntax::Yaml, "on") => *text = "true".to_owned(),
            (Syntax::Yaml, "off") => *text = "false".to_owned(),
            (Syntax::Dsl, "true") => *text = "on".to_owned(),
            (Syntax::Dsl, "false") => *text = "off".to_owned(),
            _ => {}
        },
        _ => {}
    }
    // `{relu: }` is `relu`.
    if let Content::Map(entries) = &piece.content
        && let [Piece { key: Some(word), content: Content::Empty, comments, .. }] = entries.as_slice()
        && comments.is_empty()
    {
        piece.content = Content::Plain(word.clone());
    }
    if piece.has_key("pool") {
        piece.content.children_mut().iter_mut().for_each(|mode| only(mode, "size"));
    }
}

/// Replaces a map of one key by the value of that key.
fn only(piece: &mut Piece, key: &str) {
    if let Content::Map(entries) = &mut piece.content
        && let [entry] = entries.as_mut_slice()
        && entry.has_key(key)
        && entry.comments.is_empty()
    {
        piece.content = std::mem::take(&mut entry.content);
    }
}

/// Layers of the head that are a number, and its key.
const NUMBERED: [(&str, &str); 3] = [("dense", "units"), ("dropout", "rate"), ("adaptive", "size")];

/// `dense: {units: 10}` is `dense: 10`, and `{dropout: 0.5, name: drop}` is `dropout: {name: drop, rate: 0.5}`.
fn head_layer(layer: &mut Piece) {
    let Content::Map(entries) = &mut layer.content else { return };
    let numbered = |entry: &Piece| NUMBERED.iter().find(|(kind, _)| entry.has_key(kind));
    if let [name, kind] = entries.as_mut_slice()
        && name.has_key("name")
        && let Some((_, key)) = numbered(kind)
        && !matches!(kind.content, Content::Map(_))
    {
        let number = Piece::entry(key, std::mem::take(&mut kind.content));
        kind.content = Content::Map(vec![std::mem::take(name), number]);
        entries.remove(0);
    }
    for kind in entries {
        if let Some((_, key)) = numbered(kind) {
            only(kind, key);
        }
    }
}

fn block(block: &mut Piece, syntax: Syntax) {
    if let (Syntax::Dsl, Content::Map(entries)) = (syntax, &mut block.content) {
        // Options of all convolutions stand before the first one.
        let rank = |entry: &Piece| match entry.key.as_deref() {
            Some("name") => 0,
            Some("conv") => 2,
            Some("pool") => 3,
            _ => 1,
        };
        entries.sort_by_key(rank);
    }
    let Some(conv) = block.content.children_mut().iter_mut().find(|entry| entry.has_key("conv")) else {
        // YAML asks for the key, also where a block in `.vgg` has no convolution yet.
        if let (Syntax::Yaml, Content::Map(entries)) = (syntax, &mut block.content) {
            entries.push(Piece::entry("conv", Content::List(Vec::new())));
        }
        return;
    };
    if !matches!(conv.content, Content::List(_)) {
        conv.content = Content::List(vec![Piece::item(std::mem::take(&mut conv.content))]);
    }
    let Content::List(items) = &mut conv.content else { return };
    let list = std::mem::take(items);
    for mut item in list {
        only(&mut item, "filters");
        match syntax {
            Syntax::Yaml => list_run(item, items),
            Syntax::Dsl => extend_run(item, items),
        }
    }
}

/// `{filters: 64, repeat: 2}` as `64, 64`.
fn list_run(mut item: Piece, items: &mut Vec<Piece>) {
    let times = match &item.content {
        Content::Map(entries) if entries.len() == 2 && !item.content.is_commented() => repeat(&entries[1]),
        _ => None,
    };
    let Some(times) = times.filter(|times| (1..=MAX_LISTED).contains(times)) else {
        items.push(item);
        return;
    };
    if let Content::Map(entries) = &mut item.content {
        item.content = std::mem::take(&mut entries[0].content);
    }
    let same = item.content.clone();
    items.push(item);
    items.extend((1..times).map(|_| Piece::item(same.clone())));
}

/// The number of a `repeat` that is written out.
fn repeat(entry: &Piece) -> Option<u64> {
    match &entry.content {
        Content::Plain(times) if entry.has_key("repeat") => times.parse().ok(),
        _ => None,
    }
}

/// Adds an item to a list, or to the run of equal items at its end.
fn extend_run(item: Piece, items: &mut Vec<Piece>) {
    let silent = item.comments.is_empty() && !item.gap;
    let merged = items.last().filter(|_| silent).and_then(|last| merge(&last.content, &item.content));
    match (merged, items.last_mut()) {
        (Some(merged), Some(last)) => last.content = merged,
        _ => items.push(item),
    }
}

/// Two runs as one, if they are runs of the same convolution.
fn merge(one: &Content, two: &Content) -> Option<Content> {
    let (mut run, times) = take_run(one)?;
    let (other, more) = take_run(two)?;
    let same = Content::Map(run.clone()).same(&Content::Map(other));
    let total = times.checked_add(more).filter(|_| same)?;
    run.insert(1, Piece::entry("repeat", Content::Plain(total.to_string())));
    Some(Content::Map(run))
}

/// What is said of a convolution without its repeats, and how often it stands there. `None` if it cannot be
/// counted: it has a name of its own, or a param says how often.
fn take_run(content: &Content) -> Option<(Vec<Piece>, u64)> {
    match content {
        Content::Plain(_) => Some((vec![Piece::entry("filters", content.clone())], 1)),
        Content::Map(entries) if !content.is_commented() => {
            if entries.iter().any(|entry| entry.has_key("name")) || !entries.first()?.has_key("filters") {
                return None;
            }
            let times = match entries.iter().find(|entry| entry.has_key("repeat")) {
                Some(entry) => repeat(entry).filter(|times| *times > 0)?,
                None => 1,
            };
            Some((entries.iter().filter(|entry| !entry.has_key("repeat")).cloned().collect(), times))
        }
        _ => None,
    }
}

/// `dense: {units: 10, activation: softmax}` as two layers, which it is.
fn split_softmax(layers: &mut Vec<Piece>) {
    let is_softmax = |entry: &Piece| {
        entry.has_key("activation") && matches!(&entry.content, Content::Plain(word) if word == "softmax")
    };
    for mut layer in std::mem::take(layers) {
        let mut split = false;
        for kind in layer.content.children_mut().iter_mut().filter(|kind| kind.has_key("dense")) {
            if let Content::Map(entries) = &mut kind.content {
                let before = entries.len();
                entries.retain(|entry| !is_softmax(entry) || !entry.comments.is_empty());
                split = entries.len() < before;
            }
        }
        head_layer(&mut layer);
        let after = if split { std::mem::take(&mut layer.comments.after) } else { Vec::new() };
        layers.push(layer);
        if split {
            let mut softmax = Piece::item(Content::Plain("softmax".to_owned()));
            softmax.comments.after = after;
            layers.push(softmax);
        }
    }
}

/// `dense 10; softmax;` as `dense 10 softmax;`.
fn join_softmax(layers: &mut Vec<Piece>) {
    for layer in std::mem::take(layers) {
        let is_softmax = matches!(&layer.content, Content::Plain(word) if word == "softmax");
        let silent = layer.comments.before.is_empty()
            && layer.comments.inside.is_none()
            && layer.comments.beside.is_none();
        match layers.last_mut() {
            Some(dense) if is_softmax && silent && dense.comments.after.is_empty() => {
                if add_softmax(dense) {
                    dense.comments.after = layer.comments.after;
                } else {
                    layers.push(layer);
                }
            }
            _ => layers.push(layer),
        }
    }
}

/// Makes a softmax the activation of a dense layer that has none.
fn add_softmax(layer: &mut Piece) -> bool {
    let Some(dense) = layer.content.children_mut().iter_mut().find(|kind| kind.has_key("dense")) else {
        return false;
    };
    if matches!(dense.content, Content::Plain(_)) {
        let units = std::mem::take(&mut dense.content);
        dense.content = Content::Map(vec![Piece::entry("units", units)]);
    }
    match &mut dense.content {
        Content::Map(entries) if !entries.iter().any(|entry| entry.has_key("activation")) => {
            entries.push(Piece::entry("activation", Content::Plain("softmax".to_owned())));
            true
        }
        _ => false,
    }
}
