"""Small networks in the formats that `vggc import` reads, with the logits that their own engines compute.

Writes `tests/fixtures/import/`. Every network takes images of 3x8x8 and has 3 classes. `torch.*` are one
network with random weights and statistics, as `torch.yaml` describes it; `keras*` are another one, in every
format that Keras has, and with its weights deflated in chunks and as new versions of HDF5 lay them out.
"""

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
import tensorflow as tf
import tf2onnx
import torch
from keras import layers
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[1] / "fixtures" / "import"


def torch_network():
    torch.manual_seed(1)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 6, 3, padding=1),
        torch.nn.BatchNorm2d(6),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.AdaptiveAvgPool2d((2, 2)),
        torch.nn.Flatten(),
        torch.nn.Linear(24, 5),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(5, 3),
    )
    for layer in net:
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.normal_(layer.bias)
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 1.5)
    return net.eval()


def write_torch(images):
    net = torch_network()
    torch.onnx.export(
        net, images[:1], OUT / "torch_script.onnx", dynamo=False, opset_version=17,
        input_names=["images"], dynamic_axes={"images": {0: "n"}},
    )
    torch.onnx.export(
        net, images[:2], OUT / "torch_dynamo.onnx", dynamo=True, external_data=False,
        dynamic_shapes=({0: torch.export.Dim("n")},),
    )
    torch.save(net.state_dict(), OUT / "torch.pth")
    torch.save(net.state_dict(), OUT / "torch_legacy.pth", _use_new_zipfile_serialization=False)
    save_file(net.state_dict(), OUT / "torch.safetensors")
    with torch.no_grad():
        return net(images)


def write_shared(images):
    """Write a network with equal biases, of which the exporter keeps one."""
    torch.manual_seed(4)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(16, 3),
    ).eval()
    for layer in net[0], net[3]:
        torch.nn.init.zeros_(layer.bias)
    torch.onnx.export(
        net, images[:1], OUT / "torch_shared.onnx", dynamo=False, opset_version=17,
        input_names=["images"], dynamic_axes={"images": {0: "n"}},
    )
    with torch.no_grad():
        return net(images)


def write_keras(images):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 3))
    data = layers.Conv2D(4, 3, padding="same", activation="relu", name="block1_conv1")(inputs)
    data = layers.Conv2D(4, 3, padding="same", use_bias=False)(data)
    data = layers.BatchNormalization()(data)
    data = layers.ReLU()(data)
    data = layers.MaxPooling2D(2)(data)
    data = layers.Conv2D(6, 3, padding="same", activation="relu")(data)
    data = layers.AveragePooling2D(2)(data)
    data = layers.Flatten()(data)
    data = layers.Dense(5, activation="relu", name="fc1")(data)
    data = layers.Dropout(0.5)(data)
    net = keras.Model(inputs, layers.Dense(3, name="predictions")(data), name="small")
    random = np.random.default_rng(3)
    # Not as initialised: exporters leave out biases of zero and norms that change nothing.
    net.set_weights([random.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in net.get_weights()])
    net.save(OUT / "keras.keras")
    net.save(OUT / "keras.h5")
    net.save_weights(OUT / "keras.weights.h5")
    write_rearranged(net)
    function = tf.function(lambda x: net(x, training=False), input_signature=[tf.TensorSpec((None, 8, 8, 3))])
    tf2onnx.convert.from_function(
        function, input_signature=function.input_signature, opset=17, output_path=str(OUT / "keras_tf2onnx.onnx")
    )
    return torch.from_numpy(net(images.permute(0, 2, 3, 1).numpy(), training=False).numpy())


def write_rearranged(net):
    """Write weights under legacy names: once deflated in chunks, once in the newest version of the format."""
    chunks = {"chunks": True, "compression": "gzip", "shuffle": True}
    for name, libver, options in (("keras_chunked.h5", None, chunks), ("keras_latest.h5", "latest", {})):
        with h5py.File(OUT / name, "w", libver=libver) as file:
            for variable in net.variables:
                if variable.dtype == "float32":
                    file.create_dataset(variable.path, data=variable.numpy(), **options)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    images = torch.randn(20, 3, 8, 8)
    logits = {"torch": write_torch(images), "keras": write_keras(images), "shared": write_shared(images)}
    save_file({"images": images} | logits, OUT / "logits.safetensors")


if __name__ == "__main__":
    main()
