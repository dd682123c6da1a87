"""ncnn, held to f32: no storage nor arithmetic in fp16, bf16 or int8. It runs one image at a time."""

import tempfile
from pathlib import Path

import ncnn
import numpy

VERSION = f"ncnn {ncnn.__version__}"


def build(network, weights):
    """The layers as ncnn's text, and the bytes of the weights in the order of the layers."""
    channels, height, width = network.input
    layers, data = [f"Input images 0 1 x0 0={width} 1={height} 2={channels}"], []

    def add(kind, name, settings):
        number = len(layers)
        layers.append(f"{kind} {name} 1 1 x{number - 1} x{number} {settings}")

    def store(weight, bias):
        # A tag of 0 says that plain f32 follows.
        data.extend([b"\0\0\0\0", weight.astype("<f4").tobytes(), bias.astype("<f4").tobytes()])

    for b, block in enumerate(network.convolutions(), 1):
        for i, (name, channels, filters) in enumerate(block, 1):
            weight, bias = weights[f"{name}.weight"], numpy.zeros(filters, "f4")
            if network.norm:
                # As ncnn's own optimiser does, a norm goes into the convolution before it.
                scale, shift, mean, variance = (
                    weights[f"block{b}_bn{i}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
                )
                factor = scale / numpy.sqrt(variance + 1e-5)
                weight, bias = weight * factor[:, None, None, None], shift - mean * factor
            else:
                bias = weights[f"{name}.bias"]
            add("Convolution", name, f"0={filters} 1=3 4=1 5=1 6={weight.size} 9=1")
            store(weight, bias)
        add("Pooling", f"block{b}_pool", "0=0 1=2 2=2 5=1")
    for layer in network.head:
        if layer[0] == "gap":
            add("Pooling", "gap", "0=1 4=1")
        elif layer[0] == "dense":
            _, name, units, relu = layer
            weight = weights[f"{name}.weight"]
            add("InnerProduct", name, f"0={units} 1=1 2={weight.size} 9={int(relu)}")
            store(weight, weights[f"{name}.bias"])
    text = "\n".join(["7767517", f"{len(layers)} {len(layers)}", *layers]) + "\n"
    return text, data, f"x{len(layers) - 1}"


class Engine:
    def __init__(self, network, weights, images, labels, training, threads):
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_vulkan_compute = False
        for name in dir(options):
            if name.startswith("use_") and any(kind in name for kind in ("fp16", "bf16", "int8")):
                setattr(options, name, False)
        text, data, self.output = build(network, weights)
        with tempfile.TemporaryDirectory() as folder:
            param, binary = Path(folder) / "net.param", Path(folder) / "net.bin"
            param.write_text(text)
            with binary.open("wb") as file:
                file.writelines(data)
            assert self.net.load_param(str(param)) == 0 and self.net.load_model(str(binary)) == 0
        self.images = [ncnn.Mat(image).clone() for image in images]

    def logits(self):
        return numpy.stack([self.infer(image) for image in self.images])

    def infer(self, image):
        extractor = self.net.create_extractor()
        extractor.input("x0", image)
        status, logits = extractor.extract(self.output)
        assert status == 0, status
        return numpy.array(logits)
