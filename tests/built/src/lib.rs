//! A crate whose networks a build script has generated.

mod tiny {
    include!(concat!(env!("OUT_DIR"), "/tiny.rs"));
}

mod five {
    include!(concat!(env!("OUT_DIR"), "/five.rs"));
}

pub use five::Five;
pub use tiny::Tiny;

#[cfg(test)]
mod tests {
    use super::{Five, Tiny};
    use vgg::prelude::*;

    vgg!("tiny.vgg" as ByMacro, classes = 5);

    #[test]
    fn a_build_script_and_the_macro_give_the_same_network() {
        let images = FeatureMaps::zeros(2);
        let logits: Logits<5> = Five::init(1).forward(&images);
        assert_eq!(logits.view(), ByMacro::init(1).forward(&images).view());
        assert_eq!(Five::SUMMARY.replace("Five", ""), ByMacro::SUMMARY.replace("ByMacro", ""));
        assert_ne!(Five::PARAMETERS, Tiny::PARAMETERS);
    }
}
