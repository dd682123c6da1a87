//! Tensors as they come out of files.

use half::{bf16, f16};

/// Numbers with a shape, the last extent contiguous.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// A tensor of these values; `None` if they are not as many as the shape says.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Option<Tensor> {
        (elements(&shape)? == values.len()).then_some(Tensor { shape, values })
    }

    /// A vector.
    pub(crate) fn vector(values: Vec<f32>) -> Tensor {
        Tensor { shape: vec![values.len()], values }
    }

    /// The extents, the outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values, to be changed.
    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The values alone.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The same values under another shape; `None` if that has not as many.
    pub(crate) fn reshaped(self, shape: Vec<usize>) -> Option<Tensor> {
        Tensor::new(shape, self.values)
    }

    /// A tensor whose axis `i` is the axis `axes[i]` of this one; `None` if `axes` is no permutation.
    pub(crate) fn permuted(&self, axes: &[usize]) -> Option<Tensor> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.shape.len()) {
            return None;
        }
        let strides = strides(&self.shape);
        let shape: Vec<usize> = axes.iter().map(|&axis| self.shape[axis]).collect();
        let steps: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
        let values = strided(&self.values, 0, &shape, &steps)?;
        Some(Tensor { shape, values })
    }
}

/// The number of values of a shape; `None` if it overflows.
pub(crate) fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent))
}

/// How far apart neighbours along each axis lie if the values are contiguous.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// Collects the values of a tensor that lies in `source` with any strides; `None` if one lies outside.
pub(crate) fn strided<T: Copy>(
    source: &[T],
    offset: usize,
    shape: &[usize],
    strides: &[usize],
) -> Option<Vec<T>> {
    let count = elements(shape)?;
    let mut values = Vec::with_capacity(count.min(source.len()));
    if count == 0 {
        return Some(values);
    }
    let mut index = vec![0; shape.len()];
    let mut place = offset;
    loop {
        values.push(*source.get(place)?);
        let mut axis = shape.len();
        loop {
            if axis == 0 {
                return Some(values);
            }
            axis -= 1;
            index[axis] += 1;
            place = place.checked_add(strides[axis])?;
            if index[axis] < shape[axis] {
                break;
            }
            place = place.checked_sub(strides[axis].checked_mul(shape[axis])?)?;
            index[axis] = 0;
        }
    }
}

/// The types of numbers that weights come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    F16,
    Bf16,
    F32,
    F64,
}

impl Element {
    /// Bytes of one number.
    pub(crate) fn size(self) -> usize {
        match self {
            Element::F16 | Element::Bf16 => 2,
            Element::F32 => 4,
            Element::F64 => 8,
        }
    }

    /// Little-endian numbers as `f32`. Bytes behind the last whole number are left out.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Element::F16 => chunks(bytes).map(|bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
            Element::Bf16 => chunks(bytes).map(|bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
            Element::F32 => chunks(bytes).map(f32::from_le_bytes).collect(),
            Element::F64 => chunks(bytes).map(|bytes| f64::from_le_bytes(bytes) as f32).collect(),
        }
    }
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_permuted() {
        let tensor = Tensor::new(vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let turned = tensor.permuted(&[1, 0]).unwrap();
        assert_eq!(turned.shape(), [3, 2]);
        assert_eq!(turned.values(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(tensor.permuted(&[0, 0]), None);
        assert_eq!(tensor.permuted(&[0]), None);
    }

    #[test]
    fn values_outside_are_refused() {
        assert_eq!(strided(&[1, 2, 3], 1, &[2], &[1]), Some(vec![2, 3]));
        assert_eq!(strided(&[1, 2, 3], 2, &[2], &[1]), None);
        assert_eq!(strided(&[1, 2, 3], 0, &[usize::MAX, 2], &[1, 1]), None);
        assert_eq!(strided(&[1], usize::MAX, &[2], &[usize::MAX]), None);
        assert_eq!(strided::<u8>(&[], 0, &[0, 5], &[5, 1]), Some(vec![]));
        assert_eq!(strided(&[7], 0, &[], &[]), Some(vec![7]));
    }

    #[test]
    fn halves_become_floats() {
        assert_eq!(Element::F16.decode(&f16::from_f32(-1.5).to_le_bytes()), [-1.5]);
        assert_eq!(Element::Bf16.decode(&bf16::from_f32(2.0).to_le_bytes()), [2.0]);
        assert_eq!(Element::F64.decode(&0.25_f64.to_le_bytes()), [0.25]);
    }
}
