//! Arrays with their shape in their type: what goes into a generated network, and what comes out.

use crate::arena::Memory;
use crate::geometry::MapShape;
use crate::kernels::softmax;
use crate::loss;
use crate::network::Network;
use crate::pass::Mode;
use crate::predict::place;
use ndarray::{Array2, Array4, ArrayView2, ArrayView4};

/// A batch of feature maps or images, `[image, C, H, W]`.
///
/// ```
/// use ndarray::Array4;
/// use vgg_runtime::tensor::FeatureMaps;
///
/// let images = FeatureMaps::<3, 32, 32>::new(Array4::zeros((8, 3, 32, 32)))?;
/// assert_eq!(images.batch(), 8);
/// let error = FeatureMaps::<3, 32, 32>::new(Array4::zeros((8, 32, 32, 3))).unwrap_err();
/// assert_eq!(error.to_string(), "an array of 8x32x32x3 does not hold images of 3x32x32");
/// # Ok::<(), vgg_runtime::tensor::ShapeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMaps<const C: usize, const H: usize, const W: usize>(Array4<f32>);

impl<const C: usize, const H: usize, const W: usize> FeatureMaps<C, H, W> {
    /// Takes an array `[image, C, H, W]`, in any memory layout.
    ///
    /// # Errors
    /// If its last three extents are others.
    pub fn new(array: Array4<f32>) -> Result<Self, ShapeError> {
        match array.dim() {
            (_, channels, height, width) if (channels, height, width) == (C, H, W) => Ok(FeatureMaps(array)),
            _ => Err(ShapeError { expected: MapShape::new(C, H, W), found: array.shape().to_vec() }),
        }
    }

    /// So many images of zeros.
    pub fn zeros(batch: usize) -> Self {
        FeatureMaps(Array4::zeros((batch, C, H, W)))
    }

    /// The number of images.
    pub fn batch(&self) -> usize {
        self.0.dim().0
    }

    /// The array.
    pub fn view(&self) -> ArrayView4<'_, f32> {
        self.0.view()
    }

    /// Gives the array back.
    pub fn into_inner(self) -> Array4<f32> {
        self.0
    }
}

impl<const C: usize, const H: usize, const W: usize> TryFrom<Array4<f32>> for FeatureMaps<C, H, W> {
    type Error = ShapeError;

    fn try_from(array: Array4<f32>) -> Result<Self, ShapeError> {
        FeatureMaps::new(array)
    }
}

/// What a network says of a batch, `[image, N]`: the larger a logit, the likelier its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits<const N: usize>(Array2<f32>);

impl<const N: usize> Logits<N> {
    /// The number of images.
    pub fn batch(&self) -> usize {
        self.0.nrows()
    }

    /// The array.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        self.0.view()
    }

    /// Gives the array back.
    pub fn into_inner(self) -> Array2<f32> {
        self.0
    }

    /// The softmax of each row, `[image, N]`.
    pub fn probabilities(&self) -> Array2<f32> {
        let mut probabilities = self.0.as_standard_layout().into_owned();
        softmax::forward(N, probabilities.as_slice_mut().unwrap_or_default());
        probabilities
    }

    /// The class of the largest logit of each image, the first among equals.
    pub fn argmax(&self) -> Vec<usize> {
        self.0.rows().into_iter().map(|row| loss::argmax(row.as_slice().unwrap_or_default())).collect()
    }
}

/// Runs a network on images in memory of its own. A [`Predictor`](crate::predict::Predictor) keeps its
/// memory, and is the better choice for many calls.
///
/// # Panics
/// If the network reads other images, or tells another number of classes apart: the types of generated
/// code see to that.
pub fn forward<N, const C: usize, const H: usize, const W: usize, const K: usize>(
    network: &N,
    images: &FeatureMaps<C, H, W>,
) -> Logits<K>
where
    N: Network,
{
    assert_eq!(network.input(), MapShape::new(C, H, W), "images of a network");
    assert_eq!(network.classes(), K, "classes of a network");
    let batch = images.batch();
    let mut memory = Memory::inference(network.arena(), batch);
    let mut pass = memory.pass(batch, Mode::Inference);
    place(images.view(), pass.values_mut(network.input_slot(), network.input().elements()));
    network.forward(&mut pass);
    let mut logits = Array2::zeros((batch, K));
    let values = pass.into_values(network.logits_slot(), K);
    logits.iter_mut().zip(values).for_each(|(to, &from)| *to = from);
    Logits(logits)
}

/// An array has another shape than its type says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an array of {} does not hold images of {expected}", times(found))]
pub struct ShapeError {
    /// The shape of one image.
    pub expected: MapShape,
    /// The shape of the array.
    pub found: Vec<usize>,
}

fn times(extents: &[usize]) -> String {
    let extents: Vec<String> = extents.iter().map(usize::to_string).collect();
    extents.join("x")
}
