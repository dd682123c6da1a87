//! Texts that nobody would write: whatever they hold, there is an answer, and its places lie in the text.

mod files;

use files::{read, specs};
use proptest::prelude::*;
use std::sync::OnceLock;
use vgg_spec::check;
use vgg_spec::diagnostic::render::{RenderStyle, render};
use vgg_spec::diagnostic::{Diagnostic, Finding, Severity};
use vgg_spec::source::{MAX_BYTES, Source, Syntax};

/// Checks a text on a stack as small as that of a thread.
fn on_small_stack(text: String, syntax: Syntax) -> Vec<Diagnostic> {
    let run = move || answer(&text, syntax);
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).expect("a thread");
    thread.join().expect("no panic")
}

/// Checks a text, shows what was found, and looks at every place.
fn answer(text: &str, syntax: Syntax) -> Vec<Diagnostic> {
    let source = Source::new("hostile", text, syntax);
    let checked = check(&source, &[]);
    let text = source.text();
    for finding in &checked.findings {
        let labels = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.span);
        for span in labels.chain(finding.fix.iter().map(|fix| fix.span)) {
            assert!(span.start <= span.end && span.end <= text.len(), "{finding:?}");
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{finding:?}");
        }
        let record = Finding::new(&source, finding);
        assert!((record.line, record.column) <= (record.end_line, record.end_column));
    }
    let failed = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(checked.model.is_none(), failed, "{:#?}", checked.findings);
    let shown = render(&source, &checked.findings, RenderStyle::PLAIN);
    assert_eq!(shown.is_empty(), checked.findings.is_empty());
    let steers = |letter: char| letter.is_control() && letter != '\n';
    assert!(!shown.contains(steers), "{shown:?}");
    checked.findings
}

/// As many copies as fit into the largest text.
fn filled(before: &str, unit: &str, after: &str) -> String {
    // Without optimisation a fraction has to do, or the test would take minutes.
    let largest = if cfg!(debug_assertions) { MAX_BYTES / 16 } else { MAX_BYTES };
    let room = largest - before.len() - after.len();
    format!("{before}{}{after}", unit.repeat(room / unit.len()))
}

#[test]
fn hostile_texts_get_an_answer() {
    let texts = [
        // A map without braces in a list that is never closed, begun by a key of several bytes.
        ":<<: [\u{1f600}:: &a ".to_owned(),
        filled("", "[", ""),
        filled("", "{", ""),
        filled("", "a: ", ""),
        filled("", "- ", ""),
        filled("", "? ", ""),
        filled("a: ", "[a, ", ""),
        filled("", "}", ""),
        filled("", "a\n", ""),
        filled("", "a: 1\n", ""),
        filled("params:\n", " a: 1\n", ""),
        filled("{", "a: 1,", "}"),
        filled("a: \"", "b", "\""),
        filled("a: ", "b", ""),
        filled("a: |\n", " b\n", ""),
        filled("#", "b", ""),
        filled("", "#\n", "a: 1"),
        filled("a: [", "*a,", "]"),
        filled("a: [", "&a a,", "]"),
        filled("a: [", "!a a,", "]"),
        filled("", "--- a\n", ""),
        filled("", "\u{1f600}", ""),
        filled("", "\0", ""),
        filled("", "\r", ""),
        filled("", "\t", ""),
        filled("", "\u{feff}", ""),
        filled("", " ", "a"),
        filled("blocks:\n", "- conv: [8]\n", ""),
        filled("model A { ", "{ ", ""),
        filled("model A { ", "a { } ", "}"),
        filled("model A { ", "block { conv 8; } ", "}"),
        filled("model A { block { ", "conv 8; ", "} }"),
        filled("model A { block { conv 8 ", "relu ", "; } }"),
        filled("model A { block { conv 8 ", "unknown ", "; } }"),
        filled("model A { ", "param a = 1; ", "}"),
        filled("model A { ", "a ", ""),
        filled("model A { ", "a;", ""),
        filled("model A { input ", "3x", "3; }"),
        filled("", "\"", ""),
        filled("\"", "\\", ""),
        filled("", "/", ""),
        filled("//", "a", ""),
        filled("", "//\n", "model A { }"),
        filled("model A { input ", "9", "; }"),
        filled("", ";", ""),
        "a".repeat(MAX_BYTES + 1),
    ];
    for text in texts {
        for syntax in [Syntax::Yaml, Syntax::Dsl] {
            let start: String = text.chars().take(30).collect();
            let begun = std::time::Instant::now();
            let findings = on_small_stack(text.clone(), syntax);
            println!("{:>6} ms {syntax:?} {start:?}", begun.elapsed().as_millis());
            assert!(!findings.is_empty(), "{start:?}");
            assert!(findings.len() <= 1000, "{start:?}");
        }
    }
}

/// As many different pieces, or without optimisation a fraction of them.
fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..if cfg!(debug_assertions) { count / 16 } else { count }).map(piece).collect()
}

/// Each is about as long as a text may be, and holds thousands of names or numbers of which none is like another, or
/// more layers, levels or values than there may be: what is looked up, compared or suggested must not take the square of it.
#[test]
fn long_lists_of_different_things_get_their_codes() {
    let whole = "input: {shape: [3, 8, 8]}\nhead: [gap, {dense: 10}]\nblocks:\n";
    let texts = [
        ("E0201", Syntax::Yaml, format!("params: {{{}}}\n", numbered(70_000, |i| format!("p{i}: 1, ")))),
        ("E0201", Syntax::Dsl, format!("model A {{ {}}}", numbered(50_000, |i| format!("param p{i} = 1; ")))),
        ("E0106", Syntax::Yaml, numbered(90_000, |i| format!("k{i}: 1\n"))),
        ("E0106", Syntax::Dsl, format!("model A {{ {}}}", numbered(60_000, |i| format!("word{i} 1; ")))),
        (
            "E0202",
            Syntax::Yaml,
            format!("model: A\n{whole}- conv: [{}]\n", numbered(70_000, |i| format!("$p{i}, "))),
        ),
        (
            "E0109",
            Syntax::Yaml,
            format!("model: A\n{whole}- conv: [{}]\n", numbered(90_000, |i| format!("kern{i}, "))),
        ),
        (
            "E0206",
            Syntax::Yaml,
            format!("model: A\n{whole}- conv: [{}]\n", numbered(40_000, |i| format!("{i}000000000000000, "))),
        ),
        ("E0213", Syntax::Yaml, format!("model: A\n{whole}- conv: [{}8]\n", "8, ".repeat(10_000))),
        (
            "E0213",
            Syntax::Dsl,
            format!(
                "model A {{ input 3 x 8 x 8; block {{ {}}} head {{ gap; dense 2; }} }}",
                "conv 8 kernel 1; ".repeat(10_000)
            ),
        ),
        (
            "E0214",
            Syntax::Yaml,
            format!(
                "model: A\n{whole}- conv: [8]\noverride: {{{}}}\n",
                numbered(40_000, |i| format!("n{i}: {{filters: 8}}, "))
            ),
        ),
        (
            "E0103",
            Syntax::Yaml,
            "model: &a0 [x, x]\n".to_owned()
                + &numbered(30_000, |i| format!("k{i}: &a{} [*a{i}, *a{i}]\n", i + 1)),
        ),
    ];
    for (code, syntax, text) in texts {
        assert!(text.len() <= MAX_BYTES, "{code}");
        let findings = on_small_stack(text, syntax);
        assert!(findings.iter().any(|finding| finding.code.0 == code), "{code}: {:?}", findings.first());
        assert!(findings.len() <= 1000, "{code}");
    }
}

/// All specs of the repository, those that are wrong included.
fn corpus() -> &'static [(String, Syntax)] {
    static CORPUS: OnceLock<Vec<(String, Syntax)>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let folders = ["specs", "tests/specs", "tests/diagnostics"];
        let sources = folders.into_iter().flat_map(specs).map(|path| read(&path));
        sources.map(|source| (source.text().to_owned(), source.syntax())).collect()
    })
}

/// Pieces that mean something in one of the spellings.
const PIECES: [&str; 44] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    ";",
    "-",
    "- ",
    "\n",
    "\n  ",
    "\r\n",
    "\t",
    " ",
    "#",
    "//",
    "\"",
    "'",
    "*",
    "&a ",
    "!t ",
    "<<: ",
    "---",
    "$",
    "x",
    "=",
    "0",
    "1",
    "-1",
    "1e9",
    "18446744073709551616",
    "\u{1f600}",
    "ä",
    "\0",
    "conv",
    "pool",
    "name",
    "relu",
    "softmax",
    "dense",
    "kernel 7",
    "block { }",
    "null",
];

#[derive(Debug, Clone)]
struct Change {
    at: prop::sample::Index,
    length: usize,
    piece: String,
}

fn change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => Just(String::new()),
    ];
    (any::<prop::sample::Index>(), 0..6_usize, piece).prop_map(|(at, length, piece)| Change {
        at,
        length,
        piece,
    })
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut text = text.to_owned();
    for change in changes {
        let start = text.floor_char_boundary(change.at.index(text.len() + 1));
        let end = text.floor_char_boundary((start + change.length).min(text.len())).max(start);
        text.replace_range(start..end, &change.piece);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_text_gets_an_answer(text in any::<String>(), dsl in any::<bool>()) {
        answer(&text, if dsl { Syntax::Dsl } else { Syntax::Yaml });
    }

    #[test]
    fn any_pieces_get_an_answer(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40), dsl in any::<bool>(),
    ) {
        answer(&pieces.join(" "), if dsl { Syntax::Dsl } else { Syntax::Yaml });
        answer(&pieces.concat(), if dsl { Syntax::Dsl } else { Syntax::Yaml });
    }

    #[test]
    fn changed_specs_get_an_answer(
        spec in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..5),
    ) {
        let (text, syntax) = spec.get(corpus());
        answer(&changed(text, &changes), *syntax);
    }
}
