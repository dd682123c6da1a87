//! The confusion matrix, and how each class did.

use super::Judged;
use super::html::{escape, table};
use std::fmt::Write;

/// With more classes the cells have no numbers.
const MOST_NUMBERED: usize = 20;

/// With more classes there is no matrix, but the pairs that were confused most.
const MOST_CLASSES: usize = 120;

const MOST_PAIRS: usize = 20;

/// Pixels of a cell, and characters of the longest name that is shown whole.
const CELL: usize = 34;
const MOST_CHARACTERS: usize = 16;

/// What was taken for what.
pub(super) fn confusion(judged: &Judged) -> String {
    let count = judged.classes.len();
    let mut html = String::new();
    if count <= MOST_CLASSES {
        html += &matrix(judged);
    }
    html + &pairs(judged)
}

/// A square for each class (row) and what it was taken for (column).
fn matrix(judged: &Judged) -> String {
    let (count, confusion) = (judged.classes.len(), judged.evaluation.confusion());
    let cell = if count <= MOST_NUMBERED { CELL } else { (CELL * MOST_NUMBERED / count).max(6) };
    let names: Vec<String> = judged.classes.iter().map(|name| short(name)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let is_named = cell >= 12;
    let margin = if is_named { 12 + longest * 8 } else { 4 };
    let side = margin + count * cell;
    let mut svg = format!(
        "<div class=\"scroll\"><svg class=\"matrix\" viewBox=\"0 0 {0} {0}\" style=\"min-width:{1}px;max-width:{0}px\" \
         role=\"img\" aria-label=\"Confusion matrix: rows are classes, columns what they were taken for\">\n",
        side + 2,
        side.min(if longest <= 2 { 280 } else { 440 })
    );
    for (row, counts) in confusion.rows().into_iter().enumerate() {
        let images = counts.sum().max(1) as f64;
        let y = margin + row * cell;
        for (column, &images_here) in counts.iter().enumerate() {
            let share = images_here as f64 / images;
            let (x, kind) = (margin + column * cell, if row == column { "right" } else { "wrong" });
            // The root lifts rare mistakes above the ground.
            let _ = write!(
                svg,
                "<rect class=\"{kind}\" x=\"{x}\" y=\"{y}\" width=\"{0}\" height=\"{0}\" rx=\"2\" fill-opacity=\"{1:.3}\">\
                 <title>{2} taken for {3}: {images_here} of {4}</title></rect>",
                cell - 1,
                share.sqrt(),
                escape(&judged.classes[row]),
                escape(&judged.classes[column]),
                counts.sum(),
            );
            if count <= MOST_NUMBERED && images_here > 0 {
                let strong = if share > 0.3 { " class=\"on\"" } else { "" };
                let _ = write!(
                    svg,
                    "<text{strong} x=\"{}\" y=\"{}\" text-anchor=\"middle\">{images_here}</text>",
                    x + cell / 2,
                    y + cell / 2 + 4
                );
            }
        }
        svg.push('\n');
    }
    for (index, name) in names.iter().enumerate().filter(|_| is_named) {
        let (at, name) = (margin + index * cell + cell / 2, escape(name));
        let _ =
            writeln!(svg, "<text x=\"{0}\" y=\"{1}\" text-anchor=\"end\">{name}</text>", margin - 6, at + 4);
        // What is short needs no turning.
        let _ = match longest {
            0..=2 => {
                writeln!(svg, "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{name}</text>", margin - 8)
            }
            _ => writeln!(
                svg,
                "<text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"start\">{name}</text>",
                at + 4,
                margin - 6
            ),
        };
    }
    svg + "</svg></div>\n<p class=\"note\">A row is a class, a column what its images were taken for.</p>\n"
}

/// The mistakes that were made most often.
fn pairs(judged: &Judged) -> String {
    let mut pairs: Vec<(usize, usize, u64)> = judged
        .evaluation
        .confusion()
        .indexed_iter()
        .filter(|&((class, taken), &images)| class != taken && images > 0)
        .map(|((class, taken), &images)| (class, taken, images))
        .collect();
    pairs.sort_by_key(|&(class, taken, images)| (std::cmp::Reverse(images), class, taken));
    pairs.truncate(if judged.classes.len() <= MOST_NUMBERED { 5 } else { MOST_PAIRS });
    if pairs.is_empty() {
        return "<p>Not one image was taken for another class.</p>\n".into();
    }
    let name = |class: usize| format!("<b>{}</b>", escape(&judged.classes[class]));
    let item = |&(class, taken, images): &(usize, usize, u64)| {
        format!("<li>{} taken for {}: {images}×</li>\n", name(class), name(taken))
    };
    format!("<p>Most often confused:</p>\n<ol>\n{}</ol>\n", pairs.iter().map(item).collect::<String>())
}

/// Precision and recall of each class, as bars.
pub(super) fn by_class(judged: &Judged) -> String {
    let bar = |share: Option<f64>| match share {
        Some(share) => format!(
            "<span class=\"bar\"><span style=\"width:{:.1}%\"></span></span><span class=\"share\">{:.2}%</span>",
            100.0 * share,
            100.0 * share
        ),
        None => "–".into(),
    };
    let rows = judged.classes.iter().enumerate().map(|(class, name)| {
        let evaluation = &judged.evaluation;
        vec![
            escape(name),
            evaluation.confusion().row(class).sum().to_string(),
            bar(evaluation.precision(class)),
            bar(evaluation.recall(class)),
        ]
    });
    table("classes", &["class", "images", "precision", "recall"], rows)
}

/// A name, or its beginning.
fn short(name: &str) -> String {
    match name.chars().count() {
        0..=MOST_CHARACTERS => name.into(),
        _ => name.chars().take(MOST_CHARACTERS - 1).chain(['…']).collect(),
    }
}
