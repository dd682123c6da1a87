//! The macro as a function of tokens: what comes out of it, whatever goes in.

use proc_macro2::TokenStream;
use std::fs;
use std::path::Path;
use vgg_spec::codegen::{door, format};

const TINY: &str = "model: Tiny\nparams: {classes: 10}\ninput: {shape: [1, 8, 8]}\nblocks: [{conv: [4]}]\n\
                    head: [flatten, {dense: $classes}, softmax]\n";

/// What a call becomes. It must be items, whatever the call is.
fn expand(folder: &Path, call: &str) -> String {
    let tokens: TokenStream = format!("[::vgg] {call}").parse().expect("tokens");
    let expansion = door::expand(tokens, folder);
    syn::parse2::<syn::File>(expansion.clone()).expect("items");
    format(expansion)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("tiny.yaml"), TINY).expect("written");
    folder
}

#[test]
fn a_file_becomes_a_module_and_is_tracked() {
    let folder = folder();
    let code = expand(folder.path(), "\"tiny.yaml\"");
    assert!(code.contains("mod __vgg_tiny {") && code.contains("pub use __vgg_tiny::Tiny;"), "{code}");
    assert!(code.contains("include_bytes!") && code.contains("\"/tiny.yaml\""), "{code}");
    let code = expand(folder.path(), "\"tiny.yaml\" as Birds, classes = 200");
    assert!(code.contains("pub use __vgg_birds::Birds;") && code.contains("Logits<200>"), "{code}");
}

#[test]
fn a_spec_in_the_code_becomes_a_module() {
    let spec = "model Tiny { input 1 x 8 x 8; block { conv 4; } head { gap; dense 2 softmax; } }";
    let code = expand(Path::new("/nowhere"), spec);
    assert!(code.contains("pub use __vgg_tiny::Tiny;") && !code.contains("compile_error"), "{code}");
    assert!(!code.contains("include_bytes!"), "{code}");
}

#[test]
fn errors_come_with_a_stub() {
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("wrong.yaml", &TINY.replace("[4]", "[0]"));
    write("broken.yaml", "model: Broken\n  head: [\n");
    for (call, name) in [
        ("\"wrong.yaml\"", "Tiny"),
        ("\"broken.yaml\"", "Broken"),
        ("\"broken.yaml\" as Birds", "Birds"),
        ("\"none.yaml\" as Birds", "Birds"),
        ("\"tiny.yaml\" as Birds, clases = 3", "Birds"),
        ("model Tiny { input 0 x 8 x 8; }", "Tiny"),
    ] {
        let code = expand(folder.path(), call);
        assert!(code.contains("compile_error!"), "{call}: {code}");
        assert!(code.contains(&format!("pub struct {name};")), "{call}: {code}");
    }
}

/// The compiler reads with `include_bytes!` what we have read, and nothing else.
#[test]
fn what_cannot_be_read_is_not_included() {
    let folder = folder();
    for call in ["\"none.yaml\" as Birds", "\"../tiny.yaml\" as Birds", "\"/dev/zero\" as Birds"] {
        assert!(!expand(folder.path(), call).contains("include_bytes"), "{call}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_at_once() {
    let folder = folder();
    let pipe = folder.path().join("pipe.yaml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let code = expand(folder.path(), "\"pipe.yaml\" as Birds");
    assert!(code.contains("`pipe.yaml` is no regular file"), "{code}");
}
