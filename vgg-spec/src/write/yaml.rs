//! YAML: the parts of a spec one below the other, blocks and layers a line each.

use super::WIDTH;
use super::document::{Content, Document, Piece, Remark};
use super::scalar;

/// Parts that stand on one line if they fit.
const SHORT: [&str; 3] = ["params", "input", "defaults"];

/// The text of a document.
pub(super) fn write(document: &Document) -> String {
    let mut writer = Writer { text: String::new() };
    writer.remarks(&document.banner, 0);
    if document.entries.is_empty() {
        // A text of nothing is no map.
        writer.text.push_str("{}\n");
    }
    writer.remarks(&document.inside, 0);
    for entry in &document.entries {
        let lists_words = match &entry.content {
            Content::List(items) => items.iter().all(|item| item.content.children().is_empty()),
            Content::Map(_) => SHORT.iter().any(|part| entry.has_key(part)),
            _ => true,
        };
        let is_layers = entry.has_key("blocks") || entry.has_key("head");
        writer.entry(entry, 0, "", lists_words && !is_layers);
    }
    writer.text
}

struct Writer {
    text: String,
}

impl Writer {
    fn remarks(&mut self, remarks: &[Remark], indent: usize) {
        for remark in remarks {
            if remark.gap && !self.text.is_empty() && !self.text.ends_with("\n\n") {
                self.text.push('\n');
            }
            self.text += &format!("{:indent$}#{}\n", "", remark.text);
        }
    }

    /// Ends a line, with a comment behind it.
    fn end_line(&mut self, comment: Option<&String>) {
        if let Some(comment) = comment {
            self.text += &format!("  #{comment}");
        }
        self.text.push('\n');
    }

    /// What stands before a piece: comments, and perhaps an empty line.
    fn before(&mut self, piece: &Piece, indent: usize, on_one_line: bool) {
        self.remarks(&piece.comments.before, indent);
        if let Some(inside) = piece.comments.inside.as_ref().filter(|_| on_one_line) {
            self.text += &format!("{:indent$}#{inside}\n", "");
        }
        if piece.gap && !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// An entry of a map. `lead` is what stands before its key on its line, in place of the indentation.
    fn entry(&mut self, piece: &Piece, indent: usize, lead: &str, may_be_short: bool) {
        let key = format!("{}:", scalar::yaml(piece.key.as_deref().unwrap_or_default()));
        let used = indent + key.len() + 1;
        let short = flow(&piece.content).filter(|short| {
            piece.content.children().is_empty() || (may_be_short && used + short.len() <= WIDTH)
        });
        if lead.is_empty() {
            self.before(piece, indent, short.is_some());
            self.text += &" ".repeat(indent);
        } else {
            self.text += lead;
        }
        self.text += &key;
        match short {
            Some(_) if matches!(piece.content, Content::Empty) => {
                self.end_line(piece.comments.beside.as_ref())
            }
            Some(short) => {
                self.text += &format!(" {short}");
                let inside = piece.comments.inside.as_ref().filter(|_| !lead.is_empty());
                self.end_line(piece.comments.beside.as_ref().or(inside));
            }
            None => self.below(piece, indent + 2),
        }
        self.remarks(&piece.comments.after, indent);
    }

    /// The lines of a map or list below its key or dash.
    fn below(&mut self, piece: &Piece, indent: usize) {
        self.end_line(piece.comments.inside.as_ref().or(piece.comments.beside.as_ref()));
        self.children(&piece.content, indent);
        if let (Some(_), Some(beside)) = (&piece.comments.inside, &piece.comments.beside) {
            self.text += &format!("{:indent$}#{beside}\n", "");
        }
    }

    fn children(&mut self, content: &Content, indent: usize) {
        match content {
            Content::List(items) => items.iter().for_each(|item| self.item(item, indent)),
            Content::Map(entries) => entries.iter().for_each(|entry| self.entry(entry, indent, "", true)),
            _ => {}
        }
    }

    /// An item of a list.
    fn item(&mut self, piece: &Piece, indent: usize) {
        // A map of one key has room enough behind the dash.
        let bare = match &piece.content {
            Content::Map(entries) if entries.len() == 1 && entries[0].comments.is_empty() => {
                flow(&entries[0].content).map(|value| {
                    format!("{}: {value}", scalar::yaml(entries[0].key.as_deref().unwrap_or_default()))
                })
            }
            content => flow(content),
        };
        let short =
            bare.filter(|short| piece.content.children().is_empty() || indent + 2 + short.len() <= WIDTH);
        self.before(piece, indent, short.is_some());
        match (&piece.content, short) {
            (_, Some(short)) => {
                self.text += &format!("{:indent$}- {short}", "");
                self.end_line(piece.comments.beside.as_ref());
            }
            (Content::Map(entries), None) => {
                self.opened(piece, indent);
                for (index, entry) in entries.iter().enumerate() {
                    let lead = if index == 0 { format!("{:indent$}- ", "") } else { String::new() };
                    self.entry(entry, indent + 2, &lead, true);
                }
            }
            (_, None) => {
                self.text += &format!("{:indent$}-", "");
                self.below(piece, indent + 2);
            }
        }
        self.remarks(&piece.comments.after, indent);
    }

    /// Comments that have no place where a map starts on the line of its dash.
    fn opened(&mut self, piece: &Piece, indent: usize) {
        let comments = [&piece.comments.inside, &piece.comments.beside];
        for comment in comments.into_iter().flatten() {
            self.text += &format!("{:indent$}#{comment}\n", "");
        }
    }
}

/// A value on one line, unless something in it is commented on.
fn flow(content: &Content) -> Option<String> {
    if content.is_commented() {
        return None;
    }
    Some(match content {
        Content::Empty => "null".to_owned(),
        Content::Plain(text) => scalar::yaml(text),
        Content::Quoted(text) => scalar::quoted(text),
        Content::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| flow(&item.content)).collect();
            format!("[{}]", items?.join(", "))
        }
        Content::Map(entries) => {
            let entry = |piece: &Piece| {
                let key = scalar::yaml(piece.key.as_deref().unwrap_or_default());
                flow(&piece.content).map(|value| format!("{key}: {value}"))
            };
            let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries?.join(", "))
        }
    })
}
