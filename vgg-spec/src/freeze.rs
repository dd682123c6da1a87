//! Layers that training leaves as they are, chosen for a run: what `trainable: false` says in a spec.

use crate::ir::{Layer, Model, Op};
use crate::names;
use std::ops::Range;

/// What the layers behind the last block are called.
const HEAD: &str = "head";

/// A name that stands for no layers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// Neither a block nor a layer with weights.
    #[error("`{model}` has no block or layer with weights `{name}`{}", suggestion(closest.as_deref()))]
    Unknown {
        /// The network.
        model: String,
        /// The name.
        name: String,
        /// The one that was probably meant.
        closest: Option<String>,
    },
    /// A range whose end comes first.
    #[error("in `{range}`, `{last}` comes before `{first}`")]
    Backwards {
        /// The range.
        range: String,
        /// Where it starts.
        first: String,
        /// Where it ends.
        last: String,
    },
}

fn suggestion(closest: Option<&str>) -> String {
    closest.map_or_else(String::new, |closest| format!("; did you mean `{closest}`?"))
}

impl Model {
    /// Makes layers keep their weights in training. A name is that of a layer with weights, of a block, or `head`;
    /// the norm behind a convolution goes with it. Two of them with `..` between them are the first, the last, and all
    /// that lies between. Plans are to be made afterwards.
    ///
    /// ```
    /// use vgg_spec::check;
    /// use vgg_spec::source::{Source, Syntax};
    /// let text = "model Tiny { input 3 x 8 x 8; block { conv 4; } block { conv 4; } head { gap; dense 10; } }";
    /// let mut model = check(&Source::new("tiny.vgg", text, Syntax::Dsl), &[]).model.expect("is fine");
    /// model.freeze(&["block1..block2"]).expect("there are such");
    /// assert!(!model.layers()[0].trainable && model.layers().last().expect("a layer").trainable);
    /// let error = model.freeze(&["blokc1"]).unwrap_err();
    /// assert_eq!(error.to_string(), "`Tiny` has no block or layer with weights `blokc1`; did you mean `block1`?");
    /// ```
    ///
    /// # Errors
    /// If a name stands for no layers. Then no layer is changed.
    pub fn freeze(&mut self, names: &[impl AsRef<str>]) -> Result<(), FreezeError> {
        let ranges: Result<Vec<_>, _> = names.iter().map(|name| self.range(name.as_ref().trim())).collect();
        for range in ranges? {
            self.layers[range].iter_mut().for_each(|layer| layer.trainable = false);
        }
        Ok(())
    }

    /// The layers that a name or a range of names stands for.
    fn range(&self, name: &str) -> Result<Range<usize>, FreezeError> {
        let Some((first, last)) = name.split_once("..") else { return self.named(name) };
        let (first, last) = (first.trim(), last.trim().trim_start_matches('='));
        let (from, to) = (self.named(first)?, self.named(last)?);
        if to.end <= from.start {
            let [range, first, last] = [name, first, last].map(str::to_owned);
            return Err(FreezeError::Backwards { range, first, last });
        }
        Ok(from.start..to.end)
    }

    fn named(&self, name: &str) -> Result<Range<usize>, FreezeError> {
        if let Some(block) = self.blocks.iter().find(|block| block.name == name) {
            return Ok(block.layers.clone());
        }
        let has_weights = |layer: &Layer| layer.name == name && !layer.tensors().is_empty();
        if let Some(place) = self.layers.iter().position(has_weights) {
            // The norm behind a convolution goes with it.
            let behind = self.layers.get(place + 1).map(|layer| &layer.op);
            let is_conv = matches!(self.layers[place].op, Op::Conv(_));
            let norm = is_conv && matches!(behind, Some(Op::BatchNorm(_)));
            return Ok(place..place + 1 + usize::from(norm));
        }
        if name == HEAD {
            return Ok(self.head());
        }
        let blocks = self.blocks.iter().map(|block| block.name.as_str());
        let layers = self.layers.iter().filter(|layer| !layer.tensors().is_empty());
        let layers = layers.map(|layer| layer.name.as_str());
        let closest = names::closest(name, blocks.chain(layers).chain([HEAD])).map(str::to_owned);
        Err(FreezeError::Unknown { model: self.name.clone(), name: name.to_owned(), closest })
    }
}

#[cfg(test)]
mod tests {
    use crate::source::{Source, Syntax};

    fn frozen(names: &[&str]) -> Result<Vec<String>, String> {
        let text = "model Tiny { input 3 x 16 x 16; defaults { norm batch; }
            block { conv 4 x 2; } block late { conv 4; } block { conv 4; }
            head { gap; dense 8 relu; dense 10 softmax; } }";
        let checked = crate::check(&Source::new("tiny.vgg", text, Syntax::Dsl), &[]);
        let mut model = checked.model.expect("a network");
        model.freeze(names).map_err(|error| error.to_string())?;
        let layers = model.layers().iter().filter(|layer| !layer.trainable && layer.parameters() > 0);
        Ok(layers.map(|layer| layer.name.clone()).collect())
    }

    #[test]
    fn layers_blocks_and_ranges_are_frozen() {
        let of = |names: &[&str]| frozen(names).expect("names of layers").join(" ");
        assert_eq!(of(&["dense1"]), "dense1");
        assert_eq!(of(&["late"]), "late_conv1 late_bn1");
        assert_eq!(of(&["block1_conv2 .. late"]), "block1_conv2 block1_bn2 late_conv1 late_bn1");
        assert_eq!(
            of(&["block1..=block1", "head"]),
            "block1_conv1 block1_bn1 block1_conv2 block1_bn2 dense1 dense2"
        );
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn names_of_nothing_are_refused() {
        assert_eq!(
            frozen(&["late", "lat"]).unwrap_err(),
            "`Tiny` has no block or layer with weights `lat`; did you mean `late`?"
        );
        assert_eq!(frozen(&["late..block1"]).unwrap_err(), "in `late..block1`, `block1` comes before `late`");
        assert!(frozen(&["block1.."]).is_err() && frozen(&[""]).is_err());
    }
}
