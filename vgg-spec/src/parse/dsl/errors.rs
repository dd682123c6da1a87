//! What is wrong with a text that is not made of statements, in words.

use super::super::codes;
use super::Rule;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use pest::error::{Error, InputLocation};

/// What lies in front of a place.
#[derive(Debug, Default)]
struct Before {
    /// Braces that are open.
    open: Vec<Span>,
    /// The last token, if there is one.
    last: Option<Span>,
    /// Whether a statement has begun and not ended.
    unfinished: bool,
}

/// The brace that opens one level too many.
pub(super) fn too_deep(text: &str, levels: usize) -> Option<Span> {
    let mut found = None;
    walk(text, text.len(), |before| {
        if before.open.len() > levels {
            found = before.open.last().copied();
        }
        found.is_none()
    });
    found
}

/// Explains where and why the grammar gave up.
pub(super) fn explain(text: &str, error: &Error<Rule>) -> Diagnostic {
    let (InputLocation::Pos(offset) | InputLocation::Span((offset, _))) = error.location;
    let place = skip_blank(text, offset);
    let before = walk(text, place, |_| true);
    let Some(found) = text[place..].chars().next() else { return ends(text, &before) };
    let span = Span::new(place, place + found.len_utf8());
    match found {
        '}' if before.unfinished => missing_end(&before, span, "`}`"),
        '}' => syntax("this `}` closes nothing".to_owned(), span, "nothing is open here").help("remove it"),
        ';' => syntax("a statement is missing in front of `;`".to_owned(), span, "nothing to end")
            .help("remove it"),
        '{' => syntax("a statement is missing in front of `{`".to_owned(), span, "whose body is this?")
            .help("such as `block {`, `head {`"),
        other => stray(other, span),
    }
}

fn syntax(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(codes::SYNTAX, message, span, label)
}

/// A statement that ends nowhere.
fn missing_end(before: &Before, found: Span, shown: &str) -> Diagnostic {
    let end = before.last.map_or(found.start, |last| last.end);
    syntax(format!("expected `;` before {shown}"), Span::new(end, end), "a `;` is missing here")
        .help("statements end in `;`")
        .fix(Span::new(end, end), ";")
}

/// The text ends too early.
fn ends(text: &str, before: &Before) -> Diagnostic {
    let end = Span::new(text.len(), text.len());
    match before.open.last() {
        _ if before.unfinished && before.open.is_empty() => missing_end(before, end, "the end of the text"),
        Some(open) => syntax("this `{` is never closed".to_owned(), *open, "opened here")
            .also(end, "the text ends here")
            .help("close it with `}`"),
        None => syntax("the text ends too early".to_owned(), end, "here"),
    }
}

/// A character that no statement is made of.
fn stray(found: char, span: Span) -> Diagnostic {
    let help = match found {
        ',' => "words are separated by spaces, statements by `;`",
        ':' => "a word and its value are separated by a space, as in `kernel 3`",
        '$' => "a param is used by its name alone",
        '#' => "comments start with `//`",
        '"' | '\'' => "a text stands between two `\"` on one line",
        '[' | ']' | '(' | ')' => "height and width are written `3 x 5`",
        '/' => "comments start with `//`",
        _ => "statements are made of words, numbers, `{`, `}` and `;`",
    };
    let message = format!("`{}` cannot stand here", found.escape_debug());
    syntax(message, span, "not expected").help(help)
}

/// Passes over spaces and comments.
fn skip_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if blank > 0 {
            at += blank;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            return at;
        }
    }
}

/// Walks over the tokens in front of `end`, as long as `go_on` says so after each.
fn walk(text: &str, end: usize, mut go_on: impl FnMut(&Before) -> bool) -> Before {
    let mut before = Before::default();
    let mut at = skip_blank(text, 0);
    while at < end {
        let token = Span::new(at, at + token_length(&text[at..]));
        match &text[token.range()] {
            "{" => before.open.push(token),
            "}" => {
                before.open.pop();
            }
            _ => {}
        }
        before.unfinished = !matches!(&text[token.range()], "{" | "}" | ";");
        before.last = Some(token);
        if !go_on(&before) {
            break;
        }
        at = skip_blank(text, token.end);
    }
    before
}

/// The length of the token at the start of a text: a word, a number, a text in quotes, or one character.
fn token_length(text: &str) -> usize {
    let part_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-');
    let word = text.find(|letter| !part_of_word(letter)).unwrap_or(text.len());
    if word > 0 {
        return word;
    }
    let mut letters = text.char_indices();
    let Some((_, first)) = letters.next() else { return 0 };
    if first == '"' {
        let mut escaped = false;
        for (at, letter) in letters {
            match letter {
                '\n' => break,
                '"' if !escaped => return at + 1,
                _ => escaped = letter == '\\' && !escaped,
            }
        }
    }
    first.len_utf8()
}
