"""Record what torchvision's VGG and AlexNet put out, layer by layer.

Writes one JSON file: for each model its number of trainable parameters, and for
each layer in the order of the forward pass its kind and the shape of its output
for one image of 3x224x224, without the batch. Layers that leave the shape as it
is and have no weights (ReLU, Dropout) are left out. No weights are downloaded.
"""

import argparse
import json
from pathlib import Path

import torch
import torchvision

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "fixtures" / "torchvision" / "zoo.json"
MODELS = [
    "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "alexnet",
]
KINDS = {
    torch.nn.Conv2d: "conv",
    torch.nn.BatchNorm2d: "norm",
    torch.nn.MaxPool2d: "max_pool",
    torch.nn.AdaptiveAvgPool2d: "adaptive",
    torch.nn.Linear: "dense",
}


def record(name: str) -> dict:
    # Shapes need no numbers: nothing is allocated on this device.
    with torch.device("meta"):
        model = torchvision.models.get_model(name, weights=None).eval()
    layers = []

    def note(module, _inputs, output):
        layers.append({"kind": KINDS[type(module)], "output": list(output.shape[1:])})

    for module in model.modules():
        if type(module) in KINDS:
            module.register_forward_hook(note)
    with torch.no_grad():
        model(torch.zeros(1, 3, 224, 224, device="meta"))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"parameters": parameters, "layers": layers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    output = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    zoo = {"torchvision": torchvision.__version__.split("+")[0]}
    zoo |= {name: record(name) for name in MODELS}
    output.write_text(json.dumps(zoo, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
