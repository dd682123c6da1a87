//! What an editor asks about any place of any text: completions, meanings and definitions have places in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_spec::check;
use vgg_spec::language::{complete, define};
use vgg_spec::source::{Source, Syntax};

fuzz_target!(|asked: (u16, &str)| {
    let (offset, text) = asked;
    for syntax in [Syntax::Yaml, Syntax::Dsl] {
        let source = Source::new("fuzzed", text, syntax);
        let offset = source.text().floor_char_boundary(usize::from(offset));
        let holds = |span: vgg_spec::span::Span| {
            assert!(source.text().get(span.range()).is_some(), "{span:?}");
        };
        holds(complete::complete(&source, offset).span);
        if let Some((span, _)) = complete::meaning(&source, offset) {
            holds(span);
        }
        if let Some(span) = define::definition(&check(&source, &[]), offset) {
            holds(span);
        }
    }
});
