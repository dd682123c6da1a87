//! Any text as YAML: it is checked, and what is found can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_spec::source::Syntax;

fuzz_target!(|text: &str| {
    vgg_fuzz::answer(text, Syntax::Yaml);
});
