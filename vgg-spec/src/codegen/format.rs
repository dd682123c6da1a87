//! Tokens as source text that a person would like to read.
//!
//! `prettyplease` never fails, but it breaks lines early, and inside parentheses rather than behind `=`.
//! Its lines are joined and broken once more here; only white space and trailing commas change.

use proc_macro2::TokenStream;

/// The columns of a line, as `rustfmt` has them.
const WIDTH: usize = 100;

/// Formats generated items, with an empty line between functions, constants, types and their like.
///
/// ```
/// let tokens = "struct A; impl A { fn a() {} fn b() { c(D { e: 1 }) } }".parse().unwrap();
/// assert_eq!(
///     vgg_spec::codegen::format(tokens),
///     "struct A;\n\nimpl A {\n    fn a() {}\n\n    fn b() {\n        c(D { e: 1 })\n    }\n}\n"
/// );
/// ```
///
/// Tokens that are not items are printed as they are.
pub fn format(tokens: TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => {
            let mut lines = lines(&prettyplease::unparse(&file));
            for at in (0..lines.len()).rev() {
                join_brackets(&mut lines, at);
                break_behind_equals(&mut lines, at);
                join_call(&mut lines, at);
            }
            spaced(&lines)
        }
        Err(_) => tokens.to_string(),
    }
}

/// A line of code, or all lines of a statement that ends in a text of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    indent: usize,
    code: String,
}

impl Line {
    fn width(&self) -> usize {
        self.indent + self.code.chars().count()
    }
}

fn lines(code: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut inside_text = false;
    for line in code.lines() {
        match lines.last_mut() {
            Some(text) if inside_text => {
                text.code.push('\n');
                text.code.push_str(line);
                inside_text = !line.ends_with("\";");
            }
            _ => {
                let code = line.trim_start();
                lines.push(Line { indent: line.len() - code.len(), code: code.to_owned() });
                inside_text = code.ends_with("\"\\");
            }
        }
    }
    lines
}

/// Joins what stands in brackets that open at the end of a line, if it fits.
fn join_brackets(lines: &mut Vec<Line>, at: usize) {
    let Some(group) = Group::opened(lines, at) else { return };
    let joined = group.joined(lines);
    if joined.width() <= WIDTH {
        lines.splice(at..=group.close, [joined]);
    }
}

/// Brackets that open at the end of one line and close at the beginning of another.
struct Group {
    open: usize,
    close: usize,
}

impl Group {
    /// The group that a line opens, if it is one of expressions or types that may stand on one line.
    fn opened(lines: &[Line], open: usize) -> Option<Group> {
        let Line { indent, code } = &lines[open];
        let (head, closer) = match code.chars().next_back()? {
            '(' => (code.strip_suffix('(')?, ')'),
            '[' => (code.strip_suffix('[')?, ']'),
            '{' => (code.strip_suffix(" {")?, '}'),
            _ => return None,
        };
        let inner_indent = lines.get(open + 1)?.indent;
        let length = lines[open + 1..].iter().position(|line| line.indent < inner_indent)?;
        let group = Group { open, close: open + 1 + length };
        let close = &lines[group.close];
        let inner = &lines[open + 1..group.close];
        let is_list = inner.iter().all(|line| line.code.ends_with(',') && line.indent == inner_indent);
        // In front of a chain of calls, brackets are indented once more.
        let is_closed = close.code.starts_with(closer)
            && close.indent + 4 == inner_indent
            && [*indent, indent + 4].contains(&close.indent);
        // The comma of a tuple of one is no trailing comma; braces may hold items or statements.
        let may_be_joined = match closer {
            ')' => inner.len() > 1 || !head.ends_with([' ', '(', '[']) && !head.is_empty(),
            '}' => {
                (!starts_item(code) || code.contains(" = ")) && inner.iter().all(|line| is_field(&line.code))
            }
            _ => true,
        };
        (is_closed && is_list && may_be_joined).then_some(group)
    }

    fn joined(&self, lines: &[Line]) -> Line {
        let Line { indent, code } = &lines[self.open];
        let inner: Vec<&str> =
            lines[self.open + 1..self.close].iter().map(|line| line.code.as_str()).collect();
        let inner = inner.join(" ");
        let inner = inner.strip_suffix(',').unwrap_or(&inner);
        let close = &lines[self.close].code;
        let space = if code.ends_with('{') { " " } else { "" };
        Line { indent: *indent, code: format!("{code}{space}{inner}{space}{close}") }
    }
}

/// Whether a line is `name: value,`.
fn is_field(code: &str) -> bool {
    code.split_once(": ")
        .is_some_and(|(name, _)| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'))
}

/// Breaks `NAME = value(` behind the equals sign, where that saves a break in the parentheses, and
/// indents what follows.
fn break_behind_equals(lines: &mut Vec<Line>, at: usize) {
    let Some(group) = Group::opened(lines, at) else { return };
    let joined = group.joined(lines);
    let Some((name, value)) = joined.code.split_once(" = ") else { return };
    let indent = joined.indent;
    let value = Line { indent: indent + 4, code: value.to_owned() };
    if !name.starts_with("pub(super) const ") && !name.starts_with("const ") || value.width() > WIDTH {
        return;
    }
    let name = Line { indent, code: format!("{name} =") };
    lines.splice(at..=group.close, [name, value]);
    for line in lines[at + 2..].iter_mut().take_while(|line| line.indent > indent) {
        line.indent += 4;
    }
    join_call(lines, at + 1);
}

/// Joins a value and the only method that is called on it.
fn join_call(lines: &mut Vec<Line>, at: usize) {
    let indent = lines[at].indent;
    let is_call =
        |line: Option<&Line>| line.is_some_and(|line| line.indent > indent && line.code.starts_with('.'));
    if !is_call(lines.get(at + 1)) || lines.get(at + 2).is_some_and(|line| line.indent > indent) {
        return;
    }
    let code = format!("{}{}", lines[at].code, lines[at + 1].code);
    let joined = Line { indent, code };
    if joined.width() <= WIDTH {
        lines.splice(at..=at + 1, [joined]);
    }
}

/// Puts the lines together, with an empty one between an item and the next.
fn spaced(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut previous = "";
    let mut follows_import = false;
    for Line { indent, code } in lines {
        if starts_item(code) {
            let is_import = code.starts_with("use ");
            if previous.ends_with(['}', ';']) && !(is_import && follows_import) {
                text.push('\n');
            }
            follows_import = is_import;
        }
        text.extend(std::iter::repeat_n(' ', *indent));
        text.push_str(code);
        text.push('\n');
        previous = code;
    }
    text
}

fn starts_item(code: &str) -> bool {
    const STARTS: &[&str] =
        &["///", "#[", "pub ", "pub(", "fn ", "const ", "struct ", "impl ", "mod ", "use "];
    STARTS.iter().any(|start| code.starts_with(start))
}
