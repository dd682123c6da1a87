//! The networks of the benchmark in other engines of Rust. A network comes from its spec; each program
//! walks over its layers and knows of them what the benchmark uses, and says so where that ends.

#[path = "../../protocol.rs"]
pub mod protocol;

use protocol::{Data, Failure};
use safetensors::SafeTensors;
use std::path::Path;
use vgg_spec::ir::{Layer, Model};
use vgg_spec::{check, source::Source};

/// What a program is asked to run: `work SPEC NETWORK BATCH infer|train THREADS FOLDER`.
pub struct Task {
    /// The network.
    pub model: Model,
    /// The bytes of a safetensors file with its weights.
    pub weights: Vec<u8>,
    /// Its images.
    pub data: Data,
    /// Whether it is trained.
    pub training: bool,
}

impl Task {
    /// What the arguments of the process say.
    ///
    /// # Errors
    ///
    /// When there are too few, or a file cannot be read.
    pub fn from_arguments() -> Result<Task, Failure> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [_, spec, name, batch, mode, _, folder] = &arguments[..] else {
            return Err("usage: work SPEC NETWORK BATCH infer|train THREADS FOLDER".into());
        };
        let checked = check(&Source::read(Path::new(spec))?, &[]);
        Ok(Task {
            model: checked.model.ok_or_else(|| format!("{spec}: {:?}", checked.findings))?,
            weights: std::fs::read(Path::new(folder).join(format!("{name}.safetensors")))?,
            data: Data::read(&Path::new(folder).join(format!("{name}.images.safetensors")), batch.parse()?)?,
            training: mode == "train",
        })
    }
}

/// The values and the shape of a tensor of a layer.
///
/// # Errors
///
/// When there is none of that name.
pub fn tensor(file: &SafeTensors, layer: &Layer, part: &str) -> Result<(Vec<f32>, Vec<usize>), Failure> {
    let tensor = file.tensor(&format!("{}.{part}", layer.name))?;
    Ok((bytemuck::pod_collect_to_vec(tensor.data()), tensor.shape().to_vec()))
}

/// That a layer is none that the benchmark uses.
pub fn unknown(layer: &Layer) -> Failure {
    format!("`{}` is a layer that this program does not know", layer.name).into()
}
