//! `vggc check`: what is wrong with specs.

use crate::console;
use crate::failure::Failure;
use crate::replace::replace;
use crate::spec::{self, SetArgs};
use clap::{Parser, ValueEnum};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use vgg_spec::Checked;
use vgg_spec::diagnostic::fix::fix;
use vgg_spec::diagnostic::render::render;
use vgg_spec::diagnostic::{Diagnostic, Finding, Severity, formats};
use vgg_spec::source::Source;

/// Checks specs, and shows what is wrong where
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Specs: YAML files, or `.vgg` files
    #[arg(required = true)]
    specs: Vec<PathBuf>,

    #[command(flatten)]
    set: SetArgs,

    /// How findings are shown; `json` is one object a line for each
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,

    /// Mends in the files what can be mended without doubt, such as misspelled keys, and shows what is left
    #[arg(long)]
    fix: bool,

    /// Which findings count as errors do
    #[arg(long, value_enum)]
    deny: Option<Deny>,
}

const EXAMPLES: &str = "\
Examples:
  vggc check specs/digits.yaml
  vggc check specs/* --deny warnings
  vggc check specs/vgg16.yaml --set classes=200
  vggc check specs/digits.yaml --format json | jq -r .message
  vggc check my.yaml --fix
  vggc check specs/*.yaml --format sarif > findings.sarif

Exit code 1 if a spec has errors, or warnings that are denied; 2 if a file cannot be read.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
    /// One document for all specs
    Sarif,
    /// Annotations in a GitHub workflow
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

/// Checks every spec. A file that cannot be read keeps none of the others from being checked.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut counts = Counts::default();
    let mut unreadable = false;
    // A SARIF document holds the findings of all specs.
    let mut all: Vec<Finding> = Vec::new();
    for path in &args.specs {
        let source = match read(path, args) {
            Ok(source) => source,
            Err(failure) => {
                failure.report();
                unreadable = true;
                continue;
            }
        };
        let Checked { findings, sources, .. } = vgg_spec::check(&source, &args.set.overrides);
        counts.add(&findings);
        let records = || findings.iter().map(|finding| Finding::new(&sources, finding)).collect::<Vec<_>>();
        match args.format {
            Format::Human => console::print(&human(&sources, &findings))?,
            Format::Json => console::print(&json(&records())?)?,
            Format::Github => console::print(&formats::github(&records()))?,
            Format::Sarif => all.extend(records()),
        }
    }
    if args.format == Format::Sarif {
        console::print(&formats::sarif(&all))?;
    }
    if args.format == Format::Human && counts.specs > 0 {
        console::note(counts.sentence());
    }
    let is_wrong = counts.errors > 0 || (counts.warnings > 0 && args.deny.is_some());
    match (unreadable, is_wrong) {
        (true, _) => Err(Failure::Reported),
        (false, true) => Err(Failure::Findings),
        (false, false) => Ok(()),
    }
}

/// The text of a file, mended if that is asked for.
fn read(path: &Path, args: &Args) -> Result<Source, Failure> {
    let source = spec::read(path)?;
    if !args.fix {
        return Ok(source);
    }
    let fixed = fix(&source, &args.set.overrides);
    if fixed.edits == 0 {
        return Ok(source);
    }
    replace(path, &fixed.text)?;
    let places = if fixed.edits == 1 { "place" } else { "places" };
    console::note(format_args!("{}: mended in {} {places}", path.display(), fixed.edits));
    spec::read(path)
}

#[derive(Debug, Default)]
struct Counts {
    specs: usize,
    errors: usize,
    warnings: usize,
}

impl Counts {
    fn add(&mut self, findings: &[Diagnostic]) {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        self.specs += 1;
        self.errors += errors;
        self.warnings += findings.len() - errors;
    }

    fn sentence(&self) -> String {
        let count = |count, noun| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let findings = match [self.errors, self.warnings] {
            [0, 0] => "all is well".to_owned(),
            [errors, 0] => count(errors, "error"),
            [0, warnings] => count(warnings, "warning"),
            [errors, warnings] => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
        };
        format!("checked {}: {findings}", count(self.specs, "spec"))
    }
}

fn human(sources: &[Source], findings: &[Diagnostic]) -> String {
    match findings {
        [] => String::new(),
        findings => format!("{}\n\n", render(&sources, findings, console::style_of_results()).trim_end()),
    }
}

fn json(findings: &[Finding]) -> Result<String, Failure> {
    let mut text = String::new();
    for finding in findings {
        let line = serde_json::to_string(finding).map_err(Failure::unusable)?;
        let _ = writeln!(text, "{line}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn findings_are_counted_in_words() {
        let sentence = |specs, errors, warnings| Counts { specs, errors, warnings }.sentence();
        assert_eq!(sentence(1, 0, 0), "checked 1 spec: all is well");
        assert_eq!(sentence(2, 1, 0), "checked 2 specs: 1 error");
        assert_eq!(sentence(1, 0, 2), "checked 1 spec: 2 warnings");
        assert_eq!(sentence(3, 5, 1), "checked 3 specs: 5 errors, 1 warning");
    }
}
