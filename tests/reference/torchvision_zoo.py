"""Record what torchvision's VGG and AlexNet put out, layer by layer.

Writes one JSON file: for each model its number of trainable parameters, and for
each layer in the order of the forward pass its kind and the shape of its output
for one image of 3x224x224, without the batch. Layers that leave the shape as it
is and have no weights (ReLU, Dropout) are left out. No weights are downloaded.

Layers with weights also have their multiply-accumulates, counted from the shapes of
the weights and of the output. Convolutions and max pools have their receptive field,
which is measured: the rows of the image that a value in the middle has a gradient by,
in a network of the same windows with one channel and positive weights, on an image that
is large enough.
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


IMAGE = 701


def window_of(module):
    """Return a layer of one channel with the same window, through which every value counts."""
    if isinstance(module, torch.nn.MaxPool2d):
        return torch.nn.AvgPool2d(module.kernel_size, module.stride, module.padding)
    conv = torch.nn.Conv2d(1, 1, module.kernel_size, module.stride, module.padding, bias=False)
    torch.nn.init.constant_(conv.weight, 1 / conv.weight.numel())
    return conv


def fields(model):
    """Return the receptive field behind each convolution and max pool, in rows."""
    windows = [
        window_of(module).double()
        for module in model.features
        if isinstance(module, (torch.nn.Conv2d, torch.nn.MaxPool2d))
    ]
    measured = []
    for end in range(1, len(windows) + 1):
        image = torch.zeros(1, 1, IMAGE, IMAGE, dtype=torch.float64, requires_grad=True)
        maps = torch.nn.Sequential(*windows[:end])(image)
        maps[0, 0, maps.shape[2] // 2, maps.shape[3] // 2].backward()
        measured.append(int((image.grad[0, 0].sum(dim=1) > 0).sum()))
    return measured


def macs(module, output):
    """Return the multiply-accumulates of a layer with weights: one a weight and place."""
    places = output[0, 0].numel() if isinstance(module, torch.nn.Conv2d) else 1
    return module.weight.numel() * places


def record(name: str) -> dict:
    # Shapes need no numbers: nothing is allocated on this device.
    with torch.device("meta"):
        model = torchvision.models.get_model(name, weights=None).eval()
    layers = []

    def note(module, _inputs, output):
        layer = {"kind": KINDS[type(module)], "output": list(output.shape[1:])}
        if layer["kind"] in ("conv", "dense"):
            layer["macs"] = macs(module, output)
        layers.append(layer)

    for module in model.modules():
        if type(module) in KINDS:
            module.register_forward_hook(note)
    with torch.no_grad():
        model(torch.zeros(1, 3, 224, 224, device="meta"))
    with_field = [layer for layer in layers if layer["kind"] in ("conv", "max_pool")]
    for layer, field in zip(with_field, fields(model), strict=True):
        layer["field"] = field
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
