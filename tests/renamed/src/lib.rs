//! A crate that knows `vgg` as `networks`, and nothing as `vgg`.

networks::vgg!("tiny.vgg" as Five, classes = 5);

#[cfg(test)]
mod tests {
    use super::Five;
    use networks::prelude::*;

    #[test]
    fn a_renamed_crate_is_found() {
        let logits: Logits<5> = Five::init(1).forward(&FeatureMaps::zeros(2));
        assert_eq!(logits.batch(), 2);
    }
}
