//! Networks in build scripts, for those who like files better than macros: the same generator as `vgg!`.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), vgg_spec::build::BuildError> {
//!     vgg_spec::build::compile("specs/vgg16-gap.yaml")?; // Vgg16Gap, in OUT_DIR/vgg16_gap.rs
//!     vgg_spec::build::Build::new("specs/vgg16-gap.yaml").name("Birds").set("classes", 200).compile()?;
//!     Ok(())
//! }
//! ```
//!
//! And in the crate itself, which depends on `vgg`:
//!
//! ```ignore
//! mod birds {
//!     include!(concat!(env!("OUT_DIR"), "/birds.rs"));
//! }
//! use birds::Birds;
//! ```
//!
//! Cargo runs the script again when the spec changes, or one that it extends.

use crate::codegen::door::resolve;
use crate::codegen::{Settings, format, generate};
use crate::diagnostic::render::{RenderStyle, render};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::Amount;
use crate::lower::Override;
use crate::names::{Named, snake_case};
use crate::plan::Plan;
use crate::source::Source;
use crate::{Checked, check};
use proc_macro2::{Ident, Span};
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Columns of findings; Cargo shows them indented.
const WIDTH: usize = 100;

/// Generates the network of a spec, whose path starts at the folder of `Cargo.toml`, into the folder
/// `OUT_DIR`; gives the file.
///
/// # Errors
/// If the spec cannot be read or has errors, or the file cannot be written.
pub fn compile(spec: impl AsRef<Path>) -> Result<PathBuf, BuildError> {
    Build::new(spec).compile()
}

/// A network to be generated.
#[derive(Debug, Clone)]
pub struct Build {
    spec: PathBuf,
    name: Option<String>,
    overrides: Vec<Override>,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The file.
    pub file: PathBuf,
    /// The specs that it was made of.
    pub specs: Vec<PathBuf>,
    /// What there is to say about them.
    pub warnings: Vec<String>,
}

impl Build {
    /// The network of a spec, whose path starts at the folder of `Cargo.toml`.
    pub fn new(spec: impl AsRef<Path>) -> Build {
        Build { spec: spec.as_ref().to_owned(), name: None, overrides: Vec::new() }
    }

    /// Gives the type another name than that of the spec.
    pub fn name(mut self, name: &str) -> Build {
        self.name = Some(name.to_owned());
        self
    }

    /// Sets a param of the spec to a whole number.
    pub fn set(mut self, param: &str, value: u64) -> Build {
        self.overrides.push(Override { name: param.to_owned(), value: Amount::Whole(value) });
        self
    }

    /// Sets a param of the spec to a fraction.
    pub fn set_fraction(mut self, param: &str, value: f64) -> Build {
        self.overrides.push(Override { name: param.to_owned(), value: Amount::Fraction(value) });
        self
    }

    /// Generates the network in a build script, and tells Cargo of what it was made; gives the file.
    ///
    /// # Errors
    /// If this is no build script, if the spec cannot be read or has errors, or the file cannot be written.
    pub fn compile(&self) -> Result<PathBuf, BuildError> {
        let folder = |name: &str| {
            let folder = env::var_os(name).map(PathBuf::from);
            folder.ok_or_else(|| BuildError(format!("there is no {name}: this is for build scripts")))
        };
        let built = self.compile_into(&folder("CARGO_MANIFEST_DIR")?, &folder("OUT_DIR")?)?;
        for spec in &built.specs {
            println!("cargo::rerun-if-changed={}", spec.display());
        }
        for line in built.warnings.iter().flat_map(|warning| warning.lines()) {
            println!("cargo::warning={line}");
        }
        Ok(built.file)
    }

    /// Generates the network of a spec in `folder` into a file of `out`, named after its type.
    ///
    /// # Errors
    /// If the spec cannot be read or has errors, or the file cannot be written.
    pub fn compile_into(&self, folder: &Path, out: &Path) -> Result<Built, BuildError> {
        let written = self.spec.to_string_lossy();
        let path = resolve(folder, &written).map_err(BuildError)?;
        let source = Source::read(&path).map_err(|error| BuildError(error.to_string()))?;
        let source = source.named(&*written).within(folder);
        let Checked { model, findings, sources, .. } = check(&source, &self.overrides);
        let Some(model) = model else {
            return Err(BuildError(rendered(&sources, &findings, Severity::Error).join("\n")));
        };
        let name = self.name.as_deref().unwrap_or(model.name());
        if Named::Model.check(name).is_err() || syn::parse_str::<Ident>(name).is_err() {
            return Err(BuildError(format!(
                "`{name}` is no name of a network: that is {}",
                Named::Model.rule()
            )));
        }
        let settings = Settings { name: Some(Ident::new(name, Span::call_site())), ..Settings::default() };
        let code = format(generate(&model, &Plan::new(&model), &settings));
        let file = out.join(format!("{}.rs", snake_case(name)));
        // A file that stays as it is needs not be compiled again.
        if !fs::read_to_string(&file).is_ok_and(|there| there == code) {
            fs::write(&file, code).map_err(|error| BuildError(format!("{}: {error}", file.display())))?;
        }
        Ok(Built {
            file,
            specs: watched(folder, &sources),
            warnings: rendered(&sources, &findings, Severity::Warning),
        })
    }
}

fn watched(folder: &Path, sources: &[Source]) -> Vec<PathBuf> {
    sources.iter().map(|source| folder.join(source.name())).collect()
}

/// The findings of a severity as they are to be read.
fn rendered(sources: &[Source], findings: &[Diagnostic], severity: Severity) -> Vec<String> {
    let found = findings.iter().filter(|finding| finding.severity == severity);
    let style = RenderStyle { color: false, width: WIDTH };
    found
        .map(|finding| render(&sources, std::slice::from_ref(finding), style).trim_end().to_owned())
        .collect()
}

/// Why there is no network. A build script that returns it shows the findings as they are meant to be read.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError(String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

/// As it is displayed: what `main` returns is shown so.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "model: Small\nparams: {classes: 2}\ninput: {shape: [1, 8, 8]}\nblocks:\n  - conv: [4]\n\
                        head:\n  - gap\n  - dense: $classes\n";

    fn folder(spec: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("small.yaml"), spec).expect("a file");
        folder
    }

    #[test]
    fn a_file_is_generated_and_left_alone_if_nothing_changed() {
        let folder = folder(SPEC);
        let build = Build::new("small.yaml").name("Birds").set("classes", 7);
        let built = build.compile_into(folder.path(), folder.path()).expect("a network");
        assert_eq!(built.file, folder.path().join("birds.rs"));
        assert_eq!(built.specs, [folder.path().join("small.yaml")]);
        let code = fs::read_to_string(&built.file).expect("a file");
        assert!(code.contains("pub struct Birds") && code.contains("Logits<7>"), "{code}");
        let before = fs::metadata(&built.file).and_then(|file| file.modified()).expect("a time");
        build.compile_into(folder.path(), folder.path()).expect("a network");
        let after = fs::metadata(&built.file).and_then(|file| file.modified()).expect("a time");
        assert_eq!(before, after);
    }

    #[test]
    fn findings_are_the_error() {
        let refused = |spec: &str, build: Build| {
            let folder = folder(spec);
            let error = build.compile_into(folder.path(), folder.path()).expect_err("no network");
            assert_eq!(format!("{error}"), format!("{error:?}"));
            error.to_string()
        };
        let typo = refused(&SPEC.replace("model:", "modle:"), Build::new("small.yaml"));
        assert!(typo.contains("small.yaml:1:1") && typo.contains("did you mean `model`?"), "{typo}");
        assert!(refused(SPEC, Build::new("small.yaml").name("no name")).contains("is no name of a network"));
        assert!(refused(SPEC, Build::new("small.yaml").set("clases", 3)).contains("clases"));
        assert!(refused(SPEC, Build::new("../small.yaml")).contains("leaves the crate"));
        assert!(refused(SPEC, Build::new("none.yaml")).contains("cannot read"));
    }
}
