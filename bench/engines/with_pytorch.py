"""PyTorch, with its convolutions in oneDNN and its products in MKL."""

from collections import OrderedDict

import torch
from torch import nn

VERSION = f"PyTorch {torch.__version__}"


def build(network):
    """The network, its modules named as our tensors are."""
    layers = OrderedDict()
    for b, block in enumerate(network.convolutions(), 1):
        for i, (name, channels, filters) in enumerate(block, 1):
            layers[name] = nn.Conv2d(channels, filters, 3, padding=1, bias=not network.norm)
            if network.norm:
                layers[f"block{b}_bn{i}"] = nn.BatchNorm2d(filters)
            layers[f"block{b}_relu{i}"] = nn.ReLU(inplace=True)
        layers[f"block{b}_pool"] = nn.MaxPool2d(2)
    features = network.features()
    for number, layer in enumerate(network.head):
        if layer[0] == "gap":
            layers["gap"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        elif layer[0] == "flatten":
            layers["flatten"] = nn.Flatten()
        elif layer[0] == "dropout":
            layers[f"dropout{number}"] = nn.Dropout(layer[1])
        else:
            _, name, units, relu = layer
            layers[name] = nn.Linear(features, units)
            features = units
            if relu:
                layers[f"{name}_relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


class Engine:
    def __init__(
        self, network, weights, images, labels, training, threads, channels_last=False, compiled=False, double=False
    ):
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision("highest")
        kind = torch.float64 if double else torch.float32
        self.model = build(network).to(kind)
        state = {name: torch.from_numpy(values).to(kind) for name, values in weights.items()}
        missing, unexpected = self.model.load_state_dict(state, strict=False)
        assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
        self.images, self.labels = torch.from_numpy(images).to(kind), torch.from_numpy(labels)
        if channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
            self.images = self.images.to(memory_format=torch.channels_last)
        self.model.eval()
        self.call = torch.compile(self.model) if compiled else self.model
        if training:
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-4, fused=True)

    def logits(self):
        self.model.eval()
        with torch.inference_mode():
            return self.call(self.images).numpy()

    def step(self):
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(self.call(self.images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()
