"""Weights and images that all engines get, made from fixed seeds."""

import numpy
from safetensors.numpy import load_file, save_file

from harness.networks import NETWORKS
from harness.works import WORKS


def weights(network, random):
    """Weights as `[filter, channel, row, column]` and `[unit, feature]`, of He's variance; biases and norms
    that would show if they were left out."""
    tensors = {}

    def normal(name, shape, deviation, mean=0.0):
        values = random.standard_normal(shape, dtype=numpy.float32)
        tensors[name] = (mean + deviation * values).astype(numpy.float32)

    for b, block in enumerate(network.convolutions(), 1):
        for i, (name, channels, filters) in enumerate(block, 1):
            normal(f"{name}.weight", (filters, channels, 3, 3), (2 / (9 * channels)) ** 0.5)
            if not network.norm:
                normal(f"{name}.bias", filters, 0.05)
                continue
            name = f"block{b}_bn{i}"
            normal(f"{name}.weight", filters, 0.1, 1.0)
            normal(f"{name}.bias", filters, 0.1)
            normal(f"{name}.running_mean", filters, 0.1)
            normal(f"{name}.running_var", filters, 0.1)
            tensors[f"{name}.running_var"] = 1 + numpy.abs(tensors[f"{name}.running_var"])
    features = network.features()
    for layer in network.head:
        if layer[0] == "dense":
            _, name, units, _ = layer
            normal(f"{name}.weight", (units, features), (2 / features) ** 0.5)
            normal(f"{name}.bias", units, 0.05)
            features = units
    return tensors


def prepare(name, folder):
    """Writes weights and images of a network, unless they are there. Says whether it did."""
    network, random = NETWORKS[name], numpy.random.default_rng(7)
    files = folder / f"{name}.safetensors", folder / f"{name}.images.safetensors"
    if all(file.is_file() for file in files):
        return False
    save_file(weights(network, random), files[0])
    count = max(work.batch for work in WORKS.values() if work.network == name)
    images = random.standard_normal((count, *network.input), dtype=numpy.float32)
    labels = random.integers(0, network.head[-1][2], count, dtype=numpy.uint32)
    save_file({"images": images, "labels": labels}, files[1])
    return True


def count(name, folder):
    """How many images there are."""
    return len(load_file(folder / f"{name}.images.safetensors")["labels"])
