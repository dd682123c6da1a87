//! Builds a [`Chain`] layer by layer, and checks that each fits the one before it.
//!
//! What the formats share is brought into one form here: shapes are followed, pools that do nothing are
//! left out, a pool over the whole map is a global one, biases and folded norms join the layer they belong
//! to, and the weights behind a flatten of pixels are put into the order of planes.

mod window;

pub(crate) use window::same_padding;

use crate::chain::{Chain, Layer, Norm, Op};
use crate::error::Problem;
use crate::tensor::Tensor;
use vgg_spec::ir::{Activation, Lrn, Padding, PoolMode, Window};
use window::{laid, sum};

/// What data a layer receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Channels, height, width.
    Maps([usize; 3]),
    /// So many features.
    Vector(usize),
}

/// In which order a flatten lists the values of maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Plane by plane, as PyTorch does.
    Planes,
    /// Pixel by pixel, as TensorFlow does.
    Pixels,
}

/// A chain that grows.
#[derive(Debug)]
pub(crate) struct Builder {
    chain: Chain,
    flow: Flow,
    /// The maps that were flattened pixel by pixel, until a layer with weights has put them right.
    pixels: Option<[usize; 3]>,
    /// Zeros that a layer of their own has put around maps, and those maps: part of the next convolution.
    padded: Option<(Padding, [usize; 3])>,
}

/// Who asks for a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'s> {
    /// The node or layer, for messages.
    pub(crate) shown: &'s str,
    /// The name its author gave it.
    pub(crate) name: Option<&'s str>,
}

impl Source<'_> {
    pub(crate) fn refuse(self, reason: impl std::fmt::Display) -> Problem {
        Problem::layer(self.shown, reason)
    }
}

impl Builder {
    pub(crate) fn new(name: &str, origin: String, input: [usize; 3]) -> Builder {
        let chain = Chain { name: name.into(), origin, input, layers: Vec::new() };
        Builder { chain, flow: Flow::Maps(input), pixels: None, padded: None }
    }

    /// What the next layer receives.
    pub(crate) fn flow(&self) -> Flow {
        self.flow
    }

    /// The finished chain.
    pub(crate) fn finish(mut self) -> Result<Chain, Problem> {
        self.pool_as_global();
        match self.flow {
            Flow::Vector(_) => Ok(self.chain),
            Flow::Maps(_) => Err(Problem::unsupported(
                "the network ends in feature maps, but a classifier ends in a vector of logits",
            )),
        }
    }

    /// Zeros around maps.
    pub(crate) fn pad(&mut self, source: Source<'_>, padding: Padding) -> Result<(), Problem> {
        let maps @ [channels, height, width] = self.maps(source)?;
        let Padding { top, bottom, left, right } = padding;
        let sum = |size: usize, before: usize, after: usize| size.checked_add(before)?.checked_add(after);
        let (Some(height), Some(width)) = (sum(height, top, bottom), sum(width, left, right)) else {
            return Err(source.refuse("its padding is too large"));
        };
        if padding != Padding::default() {
            self.padded = Some((padding, maps));
            self.flow = Flow::Maps([channels, height, width]);
        }
        Ok(())
    }

    /// A convolution with weights `[filter, channel of the group, row, column]`.
    pub(crate) fn conv(
        &mut self,
        source: Source<'_>,
        weight: Tensor,
        bias: Option<Tensor>,
        groups: usize,
        mut window: Window,
    ) -> Result<(), Problem> {
        if let Some((padding, maps)) = self.padded.take() {
            self.flow = Flow::Maps(maps);
            window.padding =
                sum(window.padding, padding).ok_or_else(|| source.refuse("it is padded too far"))?;
        }
        let [channels, height, width] = self.maps(source)?;
        let &[filters, from, rows, columns] = weight.shape() else {
            return Err(source.refuse(format_args!("its kernel has {} axes, not 4", weight.shape().len())));
        };
        if from.checked_mul(groups) != Some(channels) || [rows, columns] != window.kernel {
            let kernel = window.kernel;
            let groups = if groups == 1 { String::new() } else { format!(" in {groups} groups") };
            return Err(source.refuse(format_args!(
                "its kernel is {:?}, but {channels} channels come in{groups} and the window is {}x{}",
                weight.shape(),
                kernel[0],
                kernel[1]
            )));
        }
        if !filters.is_multiple_of(groups) {
            return Err(source.refuse(format_args!("{groups} groups cannot share {filters} filters")));
        }
        self.check_bias(source, bias.as_ref(), filters)?;
        let size = laid(source, window, [height, width], false)?;
        self.push(source, Op::Conv { window, groups, weight, bias }, Flow::Maps([filters, size[0], size[1]]));
        Ok(())
    }

    /// A fully connected layer with weights `[unit, feature]`.
    pub(crate) fn dense(
        &mut self,
        source: Source<'_>,
        weight: Tensor,
        bias: Option<Tensor>,
    ) -> Result<(), Problem> {
        let features = self.features(source)?;
        let &[units, from] = weight.shape() else {
            return Err(source.refuse(format_args!("its matrix has {} axes, not 2", weight.shape().len())));
        };
        if from != features {
            return Err(
                source.refuse(format_args!("its matrix takes {from} features, but {features} come in"))
            );
        }
        self.check_bias(source, bias.as_ref(), units)?;
        let weight = match self.pixels.take() {
            Some(maps) => planes_first(&weight, maps)
                .ok_or_else(|| source.refuse("its matrix does not fit the flatten before it"))?,
            None => weight,
        };
        self.push(source, Op::Dense { weight, bias }, Flow::Vector(units));
        Ok(())
    }

    /// A batch norm.
    pub(crate) fn norm(&mut self, source: Source<'_>, norm: Norm) -> Result<(), Problem> {
        self.unpadded(source)?;
        if self.pixels.is_some() {
            return Err(source.refuse("a norm between a flatten and a dense layer is not taken over"));
        }
        let channels = self.channels();
        for tensor in [&norm.scale, &norm.shift, &norm.mean, &norm.variance] {
            if tensor.shape() != [channels] {
                let shape = tensor.shape();
                return Err(source.refuse(format_args!("it has {shape:?} values for {channels} channels")));
            }
        }
        self.push(source, Op::Norm(norm), self.flow);
        Ok(())
    }

    /// A local response norm.
    pub(crate) fn lrn(&mut self, source: Source<'_>, lrn: Lrn) -> Result<(), Problem> {
        self.maps(source)?;
        if lrn.size.is_multiple_of(2) {
            return Err(source.refuse(format_args!(
                "it looks at {} channels: of an even number, engines disagree about which",
                lrn.size
            )));
        }
        self.push(source, Op::Lrn(lrn), self.flow);
        Ok(())
    }

    /// A factor for each channel, and a value that is added to each: a bias, or what is left of a batch norm
    /// that was folded. Joins the convolution or dense layer directly before it.
    pub(crate) fn affine(
        &mut self,
        source: Source<'_>,
        scale: Option<&[f32]>,
        shift: Option<&[f32]>,
    ) -> Result<(), Problem> {
        let Some(Layer { op: Op::Conv { weight, bias, .. } | Op::Dense { weight, bias }, .. }) =
            self.chain.layers.last_mut()
        else {
            return Err(source.refuse(
                "it multiplies or adds constants elsewhere than directly behind a convolution or dense layer",
            ));
        };
        let outputs = weight.shape().first().copied().unwrap_or(0);
        if let Some(values) = [scale, shift].into_iter().flatten().find(|values| values.len() != outputs) {
            return Err(source.refuse(format_args!("it has {} values for {outputs} channels", values.len())));
        }
        if let Some(scale) = scale {
            let row = weight.values().len().checked_div(outputs).unwrap_or(0).max(1);
            for (weights, factor) in weight.values_mut().chunks_mut(row).zip(scale) {
                weights.iter_mut().for_each(|weight| *weight *= factor);
            }
            if let Some(bias) = bias {
                bias.values_mut().iter_mut().zip(scale).for_each(|(bias, factor)| *bias *= factor);
            }
        }
        if let Some(shift) = shift {
            match bias {
                Some(bias) => {
                    bias.values_mut().iter_mut().zip(shift).for_each(|(bias, shift)| *bias += shift)
                }
                None => *bias = Some(Tensor::vector(shift.to_vec())),
            }
        }
        Ok(())
    }

    /// An activation.
    pub(crate) fn activation(&mut self, source: Source<'_>, activation: Activation) -> Result<(), Problem> {
        if activation != Activation::None {
            self.unpadded(source)?;
            self.push(source, Op::Activation(activation), self.flow);
        }
        Ok(())
    }

    /// A dropout; one of rate 0 does nothing.
    pub(crate) fn dropout(&mut self, source: Source<'_>, rate: f64) -> Result<(), Problem> {
        if rate > 0.0 {
            self.unpadded(source)?;
            self.push(source, Op::Dropout(rate), self.flow);
        }
        Ok(())
    }

    /// A pool over windows.
    pub(crate) fn pool(
        &mut self,
        source: Source<'_>,
        mode: PoolMode,
        window: Window,
        ceil: bool,
    ) -> Result<(), Problem> {
        let [channels, height, width] = self.maps(source)?;
        let size = laid(source, window, [height, width], ceil)?;
        if window.kernel == [1, 1] && size == [height, width] {
            return Ok(());
        }
        // Rounding up where nothing is left over is the same as rounding down.
        let ceil = ceil && size != laid(source, window, [height, width], false)?;
        self.push(source, Op::Pool { mode, window, ceil }, Flow::Maps([channels, size[0], size[1]]));
        Ok(())
    }

    /// An average pool to maps of this height and width, with the windows that PyTorch has.
    pub(crate) fn adaptive(&mut self, source: Source<'_>, size: [usize; 2]) -> Result<(), Problem> {
        let [channels, height, width] = self.maps(source)?;
        if size.contains(&0) {
            return Err(source.refuse("it pools to maps without pixels"));
        }
        match size {
            [1, 1] => self.global(source, PoolMode::Average),
            size if size == [height, width] => Ok(()),
            [rows, columns] => {
                self.push(source, Op::AdaptiveAverage(size), Flow::Maps([channels, rows, columns]));
                Ok(())
            }
        }
    }

    /// A pool over whole maps.
    pub(crate) fn global(&mut self, source: Source<'_>, mode: PoolMode) -> Result<(), Problem> {
        let [channels, ..] = self.maps(source)?;
        self.push(source, global(mode), Flow::Vector(channels));
        Ok(())
    }

    /// Maps to a vector; of a vector nothing.
    pub(crate) fn flatten(&mut self, source: Source<'_>, order: Order) -> Result<(), Problem> {
        self.pool_as_global();
        let Flow::Maps(_) = self.flow else { return Ok(()) };
        let maps = self.maps(source)?;
        let features = crate::tensor::elements(&maps).ok_or_else(|| source.refuse("it is too large"))?;
        // With one pixel, or one channel, both orders are the same.
        let differs = order == Order::Pixels && maps[0] > 1 && maps[1] * maps[2] > 1;
        self.pixels = differs.then_some(maps);
        self.push(source, Op::Flatten, Flow::Vector(features));
        Ok(())
    }

    /// Makes the pool that stands last a global one if its window is the whole map. One of 2x2 is that of a block.
    fn pool_as_global(&mut self) {
        let Some(Layer { op, input: [channels, height, width], .. }) = self.chain.layers.last_mut() else {
            return;
        };
        if let Op::Pool { mode, window, .. } = *op
            && self.padded.is_none()
            && window.kernel == [*height, *width]
            && window.kernel != [2, 2]
            && window.padding == Padding::default()
        {
            *op = global(mode);
            self.flow = Flow::Vector(*channels);
        }
    }

    /// Probabilities.
    pub(crate) fn softmax(&mut self, source: Source<'_>) -> Result<(), Problem> {
        self.features(source)?;
        self.push(source, Op::Softmax, self.flow);
        Ok(())
    }

    fn push(&mut self, source: Source<'_>, op: Op, output: Flow) {
        let input = match self.flow {
            Flow::Maps(maps) => maps,
            Flow::Vector(features) => [features, 1, 1],
        };
        let layer = Layer { source: source.shown.into(), name: source.name.map(str::to_owned), input, op };
        self.chain.layers.push(layer);
        self.flow = output;
    }

    fn channels(&self) -> usize {
        match self.flow {
            Flow::Maps([channels, ..]) => channels,
            Flow::Vector(features) => features,
        }
    }

    fn unpadded(&self, source: Source<'_>) -> Result<(), Problem> {
        match self.padded {
            None => Ok(()),
            Some(_) => {
                Err(source.refuse("the zeros put around its input are only taken over for a convolution"))
            }
        }
    }

    fn maps(&self, source: Source<'_>) -> Result<[usize; 3], Problem> {
        self.unpadded(source)?;
        match self.flow {
            Flow::Maps(maps) => Ok(maps),
            Flow::Vector(_) => Err(source.refuse("it needs feature maps, but a vector comes in")),
        }
    }

    fn features(&self, source: Source<'_>) -> Result<usize, Problem> {
        match self.flow {
            Flow::Vector(features) => Ok(features),
            Flow::Maps([c, h, w]) => {
                Err(source.refuse(format_args!("it needs a vector, but feature maps of {c}x{h}x{w} come in")))
            }
        }
    }

    fn check_bias(&self, source: Source<'_>, bias: Option<&Tensor>, outputs: usize) -> Result<(), Problem> {
        match bias {
            Some(bias) if bias.shape() != [outputs] => {
                let shape = bias.shape();
                Err(source.refuse(format_args!("its bias is {shape:?}, but {outputs} values come out")))
            }
            _ => Ok(()),
        }
    }
}

fn global(mode: PoolMode) -> Op {
    match mode {
        PoolMode::Max => Op::GlobalMax,
        PoolMode::Average => Op::GlobalAverage,
    }
}

/// The columns of a matrix that counts features pixel by pixel, in the order of planes.
pub(crate) fn planes_first(weight: &Tensor, [channels, height, width]: [usize; 3]) -> Option<Tensor> {
    let units = *weight.shape().first()?;
    let shape = weight.shape().to_vec();
    let pixels = weight.clone().reshaped(vec![units, height, width, channels])?;
    pixels.permuted(&[0, 3, 1, 2])?.reshaped(shape)
}
