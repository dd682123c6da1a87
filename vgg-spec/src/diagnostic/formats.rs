//! Findings for the programs that show them beside the text: GitHub, and everything that reads SARIF.

use super::{Finding, Related, Severity};
use crate::explain;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Findings as commands of a GitHub workflow, one a line: each becomes an annotation of its line.
///
/// ```
/// use vgg_spec::check;
/// use vgg_spec::diagnostic::{Finding, formats::github};
/// use vgg_spec::source::{Source, Syntax};
///
/// let source = Source::new("tiny.yaml", "model: Tiny\nhaed: [gap]\n", Syntax::Yaml);
/// let findings: Vec<Finding> =
///     check(&source, &[]).findings.iter().map(|finding| Finding::new(&source, finding)).collect();
/// assert!(github(&findings).contains("::error file=tiny.yaml,line=2,endLine=2,col=1,endColumn=5,title=E0106::"));
/// ```
pub fn github(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let Finding { code, severity, line, column, end_line, end_column, .. } = finding;
        let file = escaped(&finding.file, true);
        let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
        let message = escaped(&format!("{}{help}", finding.message), false);
        let place = format!("line={line},endLine={end_line},col={column},endColumn={end_column}");
        let _ = writeln!(text, "::{severity} file={file},{place},title={code}::{message}");
    }
    text
}

/// What would end a command, or in a property the property, is written as a number.
fn escaped(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

/// Findings as one SARIF 2.1.0 document.
pub fn sarif(findings: &[Finding]) -> String {
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    let rules: Vec<Value> = codes.into_iter().map(rule).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "vggc", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: &str) -> Value {
    let page = explain::page(code).unwrap_or("");
    let title = page.lines().next().unwrap_or("").trim_start_matches("# ");
    json!({"id": code, "shortDescription": {"text": title}, "help": {"text": page, "markdown": page}})
}

fn result(finding: &Finding) -> Value {
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
    json!({
        "ruleId": finding.code,
        "level": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": {"text": format!("{}{help}", finding.message)},
        "locations": [location(&finding.file, [finding.line, finding.column, finding.end_line, finding.end_column])],
        "relatedLocations": finding.related.iter().map(related).collect::<Vec<Value>>(),
    })
}

fn related(related: &Related) -> Value {
    let [start, end] = related.place;
    let mut location = location(&related.file, [start.line, start.column, end.line, end.column]);
    location["message"] = json!({"text": related.text});
    location
}

fn location(file: &str, [line, column, end_line, end_column]: [usize; 4]) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(file)},
        "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
    }})
}

/// A path as a relative reference: what a URI cannot hold is written as a number.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for letter in path.replace('\\', "/").chars() {
        if letter.is_ascii_alphanumeric() || "/-_.~".contains(letter) {
            uri.push(letter);
        } else {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::LineColumn;

    fn finding() -> Finding {
        Finding {
            code: "E0302",
            severity: Severity::Error,
            message: "100% wrong\n::error::".to_owned(),
            file: "a,b:c.yaml".to_owned(),
            line: 3,
            column: 5,
            end_line: 3,
            end_column: 9,
            help: Some("mend it".to_owned()),
            related: vec![Related {
                file: "other file.yaml".to_owned(),
                place: [LineColumn { line: 1, column: 2 }, LineColumn { line: 1, column: 4 }],
                text: "extended here".to_owned(),
            }],
        }
    }

    #[test]
    fn a_message_cannot_start_another_command() {
        let text = github(&[finding()]);
        assert_eq!(text.lines().count(), 1);
        assert!(text.ends_with("title=E0302::100%25 wrong%0A::error::%0Amend it\n"), "{text}");
        assert!(text.starts_with("::error file=a%2Cb%3Ac.yaml,line=3,"), "{text}");
    }

    #[test]
    fn sarif_names_the_rule_and_the_region() {
        let document: Value = serde_json::from_str(&sarif(&[finding(), finding()])).expect("is JSON");
        let run = &document["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            run["tool"]["driver"]["rules"][0]["shortDescription"]["text"],
            "A pool larger than its input"
        );
        let result = &run["results"][1];
        assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startColumn"], 5);
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place, "a%2Cb%3Ac.yaml");
        let related = &result["relatedLocations"][0];
        assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "other%20file.yaml");
        assert_eq!(related["message"]["text"], "extended here");
    }
}
