//! Lays out columns of text in a given width.

/// How wide a table may be, and of what its rules are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableStyle {
    /// Columns of the terminal.
    pub width: usize,
    /// Only ASCII characters.
    pub ascii: bool,
}

impl Default for TableStyle {
    /// 100 columns with box-drawing characters.
    fn default() -> Self {
        TableStyle { width: 100, ascii: false }
    }
}

/// The space between two columns.
const GAP: usize = 2;
/// The least that the first column is shortened to before others are left out, and after.
const SHORTEST: [usize; 2] = [24, 12];

/// Rows in groups: the first column to the left and shortened where it must be, the others as wide as
/// they need. If the width does not do, columns are left out from the right, but never the first `KEPT`.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    pub(super) header: [&'static str; N],
    pub(super) left_aligned: [bool; N],
    /// Columns that are never left out.
    pub(super) kept: usize,
    pub(super) groups: Vec<Vec<[String; N]>>,
}

impl<const N: usize> Table<N> {
    /// The table with a rule above, below, under the header and between groups.
    pub(super) fn render(&self, style: TableStyle) -> String {
        let (widths, shown) = self.fit(style.width);
        let total = widths[..shown].iter().sum::<usize>() + GAP * (shown - 1);
        let rule = |line: &str| line.repeat(total) + "\n";
        let (thin, thick) = if style.ascii { (rule("-"), rule("=")) } else { (rule("─"), rule("━")) };
        let ellipsis = if style.ascii { "..." } else { "…" };

        let line = |cells: [&str; N]| {
            let mut text = String::new();
            for column in 0..shown {
                let cell = shorten(cells[column], widths[column], ellipsis);
                let gap = if column == 0 { 0 } else { GAP };
                let width = widths[column];
                text += &" ".repeat(gap);
                text += &if self.left_aligned[column] {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                };
            }
            text.truncate(text.trim_end().len());
            text + "\n"
        };

        let mut text = line(self.header) + &thick;
        for (index, group) in self.groups.iter().filter(|group| !group.is_empty()).enumerate() {
            if index > 0 {
                text += &thin;
            }
            for row in group {
                text += &line(row.each_ref().map(String::as_str));
            }
        }
        text + &thick
    }

    /// The width of each column, and how many of them are shown.
    fn fit(&self, width: usize) -> ([usize; N], usize) {
        let mut widths = self.header.map(|header| header.chars().count());
        for row in self.groups.iter().flatten() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut shown = N;
        let rest = |shown: usize| widths[1..shown].iter().sum::<usize>() + GAP * (shown - 1);
        while shown > self.kept && rest(shown) + SHORTEST[0].min(widths[0]) > width {
            shown -= 1;
        }
        let left = width.saturating_sub(rest(shown)).max(SHORTEST[1]);
        widths[0] = widths[0].min(left);
        (widths, shown)
    }
}

fn shorten(text: &str, width: usize, ellipsis: &str) -> String {
    if text.chars().count() <= width {
        text.to_owned()
    } else {
        text.chars().take(width - ellipsis.chars().count()).chain(ellipsis.chars()).collect()
    }
}
