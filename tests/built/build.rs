//! Generates two networks of one spec.

use vgg_spec::build::{Build, BuildError, compile};

fn main() -> Result<(), BuildError> {
    compile("tiny.vgg")?;
    Build::new("tiny.vgg").name("Five").set("classes", 5).compile()?;
    Ok(())
}
