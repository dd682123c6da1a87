//! A text that can be read, in either spelling: formatting it twice is formatting it once, and neither that nor the
//! way to the other spelling and back changes the network.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::{meaning, other};
use vgg_spec::check;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::write::{WriteError, convert, format};

fuzz_target!(|text: &str| {
    for syntax in [Syntax::Yaml, Syntax::Dsl] {
        round_trip(text, syntax);
    }
});

fn round_trip(text: &str, syntax: Syntax) {
    let source = |text: &str, syntax| Source::new("fuzzed", text, syntax);
    let written = match format(&source(text, syntax)) {
        Ok(written) => written,
        Err(WriteError::Findings(_)) => return,
        Err(error) => panic!("what {syntax:?} says, it can say: {error}"),
    };
    assert_eq!(format(&source(&written, syntax)).expect("can be read"), written, "formatted again");
    let model = |text: &str, syntax| check(&source(text, syntax), &[]).model.as_ref().map(meaning);
    let said = model(text, syntax);
    assert_eq!(model(&written, syntax), said, "formatted");

    // YAML has names that `.vgg` cannot spell.
    let Ok(there) = convert(&source(text, syntax), other(syntax)) else { return };
    assert_eq!(model(&there, other(syntax)), said, "converted");
    let back = convert(&source(&there, other(syntax)), syntax).expect("can be said as it was");
    assert_eq!(model(&back, syntax), said, "converted back");
}
