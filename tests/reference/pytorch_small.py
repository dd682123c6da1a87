"""Record how six small networks compute and train in PyTorch.

Each network becomes one safetensors file. Convolution kernels are [out, in,
height, width], dense kernels [out, in], images [batch, channels, height, width].
Tensors are float32 unless noted, and LAYER stands for a layer's name:

    input, labels (int64)            one batch
    weights.LAYER.*                  initial parameters and running statistics
    logits                           inference: normalization by running statistics
    training_logits                  training: normalization by batch statistics
    loss [1]                         mean softmax cross-entropy of training_logits
    gradients.LAYER.*                of the loss, with gradients.input
    after_forward.LAYER.*            running statistics after one training forward pass
    losses_sgd, losses_adam [20]     loss before each of 20 updates on the same batch
    sgd.LAYER.*, adam.LAYER.*        the weights after those updates
    f64.*                            logits, training_logits, loss and gradients again,
                                     computed in float64 from the same float32 values
"""

import argparse
import copy
import os
from collections import OrderedDict
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch  # noqa: E402  (the environment hides any accelerator)
from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "fixtures" / "pytorch"
SEED = 20
BATCH = 4
STEPS = 20
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(
        parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8
    ),
}


def plain():
    """3x12x12 images, 5 classes: max pooling, flatten, relu."""
    return (3, 12, 12), 5, OrderedDict(
        block1_conv1=nn.Conv2d(3, 8, 3, padding=1),
        block1_relu1=nn.ReLU(),
        block1_conv2=nn.Conv2d(8, 8, 3, padding=1),
        block1_relu2=nn.ReLU(),
        block1_pool=nn.MaxPool2d(2),
        block2_conv1=nn.Conv2d(8, 12, 3, padding=1),
        block2_relu1=nn.ReLU(),
        block2_pool=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        dense1=nn.Linear(12 * 3 * 3, 16),
        dense1_relu=nn.ReLU(),
        dense2=nn.Linear(16, 5),
    )


def batch_norm():
    """2x10x10 images, 4 classes: normalized convolutions, global average pooling."""
    return (2, 10, 10), 4, OrderedDict(
        block1_conv1=nn.Conv2d(2, 6, 3, padding=1, bias=False),
        block1_bn1=nn.BatchNorm2d(6, eps=1e-5, momentum=0.1),
        block1_relu1=nn.ReLU(),
        block1_conv2=nn.Conv2d(6, 10, 3, padding=1, bias=False),
        block1_bn2=nn.BatchNorm2d(10, eps=1e-5, momentum=0.1),
        block1_relu2=nn.ReLU(),
        block1_pool=nn.MaxPool2d(2),
        block2_conv1=nn.Conv2d(10, 8, 3, padding=1, bias=False),
        block2_bn1=nn.BatchNorm2d(8, eps=1e-5, momentum=0.1),
        block2_relu1=nn.ReLU(),
        gap=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        dense1=nn.Linear(8, 4),
    )


def average_flatten():
    """1x11x11 images, 3 classes: no padding, average pooling that drops the last row."""
    return (1, 11, 11), 3, OrderedDict(
        block1_conv1=nn.Conv2d(1, 6, 5),
        block1_tanh1=nn.Tanh(),
        block1_pool=nn.AvgPool2d(2),
        block2_conv1=nn.Conv2d(6, 8, 3, padding=1),
        block2_leaky_relu1=nn.LeakyReLU(0.01),
        flatten=nn.Flatten(),
        dense1=nn.Linear(8 * 3 * 3, 10),
        dense1_sigmoid=nn.Sigmoid(),
        dense2=nn.Linear(10, 3),
    )


def gap():
    """3x16x16 images, 6 classes: strides, uneven kernels, overlapping padded pooling."""
    return (3, 16, 16), 6, OrderedDict(
        block1_conv1=nn.Conv2d(3, 8, 3, padding=1),
        block1_relu1=nn.ReLU(),
        block1_conv2=nn.Conv2d(8, 8, 3, stride=2, padding=1),
        block1_elu2=nn.ELU(alpha=1.0),
        block2_conv1=nn.Conv2d(8, 16, 1),
        block2_gelu1=nn.GELU(approximate="none"),
        block2_conv2=nn.Conv2d(16, 16, (1, 3), padding=(0, 1)),
        block2_silu2=nn.SiLU(),
        block2_pool=nn.MaxPool2d(3, stride=2, padding=1),
        gap=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        dense1=nn.Linear(16, 6),
    )


def grouped():
    """3x12x12 images, 4 classes: convolutions in groups, local response normalization."""
    return (3, 12, 12), 4, OrderedDict(
        block1_conv1=nn.Conv2d(3, 6, 3, padding=1, groups=3),
        block1_relu1=nn.ReLU(),
        block1_conv2=nn.Conv2d(6, 20, 3, padding=1),
        block1_relu2=nn.ReLU(),
        block1_lrn2=nn.LocalResponseNorm(3, alpha=0.5, k=2),
        block1_pool=nn.MaxPool2d(2),
        block2_conv1=nn.Conv2d(20, 20, 3, padding=1, groups=20),
        block2_relu1=nn.ReLU(),
        block2_conv2=nn.Conv2d(20, 24, (1, 3), stride=(2, 1), padding=(0, 1), groups=4, bias=False),
        block2_relu2=nn.ReLU(),
        lrn1=nn.LocalResponseNorm(5, alpha=0.2, beta=0.5),
        flatten=nn.Flatten(),
        dense1=nn.Linear(24 * 3 * 6, 4),
    )


def adaptive():
    """3x11x10 images, 4 classes: adaptive pools to fewer and to more means."""
    return (3, 11, 10), 4, OrderedDict(
        block1_conv1=nn.Conv2d(3, 8, 3, padding=1),
        block1_relu1=nn.ReLU(),
        block1_pool=nn.MaxPool2d(2),
        block2_conv1=nn.Conv2d(8, 20, 3, padding=1),
        block2_relu1=nn.ReLU(),
        adaptive1=nn.AdaptiveAvgPool2d((3, 2)),
        adaptive2=nn.AdaptiveAvgPool2d((4, 5)),
        flatten=nn.Flatten(),
        dense1=nn.Linear(20 * 4 * 5, 4),
    )


def randomize_normalization(model):
    """Replace the ones and zeros that normalization layers start from."""
    for layer in model:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, std=0.3)
            nn.init.normal_(layer.running_mean, std=0.3)
            nn.init.uniform_(layer.running_var, 0.5, 1.5)


def state(model, prefix):
    """Return copies of a model's parameters and running statistics as PREFIX.LAYER.*."""
    return {
        f"{prefix}.{name}": tensor.clone()
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def training_loss(model, images, labels):
    """Return the training-mode logits and their mean softmax cross-entropy."""
    logits = model.train()(images)
    return logits, nn.functional.cross_entropy(logits, labels)


def evaluate(model, images, labels):
    """Return logits, loss and gradients; `model` itself stays as it is."""
    model = copy.deepcopy(model)
    images = images.clone().requires_grad_()
    with torch.no_grad():
        tensors = {"logits": model.eval()(images)}
    logits, loss = training_loss(model, images, labels)
    loss.backward()
    tensors["training_logits"] = logits.detach()
    tensors["loss"] = loss.detach().reshape(1)
    tensors["gradients.input"] = images.grad
    for name, parameter in model.named_parameters():
        tensors[f"gradients.{name}"] = parameter.grad
    return tensors


def after_forward(model, images):
    """Return the running statistics that one training forward pass leaves behind."""
    model = copy.deepcopy(model).train()
    with torch.no_grad():
        model(images)
    return {
        name: tensor
        for name, tensor in state(model, "after_forward").items()
        if name.endswith(("running_mean", "running_var"))
    }


def train(model, images, labels, optimizer_name):
    """Return the losses of a training run and the weights that it ends with."""
    model = copy.deepcopy(model)
    optimizer = OPTIMIZERS[optimizer_name](model.parameters())
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, loss = training_loss(model, images, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return {f"losses_{optimizer_name}": torch.stack(losses), **state(model, optimizer_name)}


def record(build):
    """Return a network's fixture tensors, and its training runs in float64."""
    torch.manual_seed(SEED)
    shape, classes, layers = build()
    model = nn.Sequential(layers)
    randomize_normalization(model)
    images = torch.randn(BATCH, *shape)
    labels = torch.randint(0, classes, (BATCH,))

    tensors = {"input": images, "labels": labels, **state(model, "weights")}
    tensors |= evaluate(model, images, labels)
    tensors |= after_forward(model, images)

    exact_model, exact_images = copy.deepcopy(model).double(), images.double()
    exact = evaluate(exact_model, exact_images, labels)
    tensors |= {f"f64.{name}": tensor for name, tensor in exact.items()}

    exact_training = {}
    for optimizer_name in OPTIMIZERS:
        tensors |= train(model, images, labels, optimizer_name)
        exact_training |= train(exact_model, exact_images, labels, optimizer_name)
    return {name: tensor.contiguous() for name, tensor in tensors.items()}, exact_training


def largest_error(tensors, exact, *prefixes):
    """Return the worst error of the matching tensors, each relative to its largest element."""
    return max(
        ((tensors[name].double() - value).abs().max() / value.abs().max()).item()
        for name, value in exact.items()
        if name.startswith(prefixes)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    print("largest float32 error against float64, relative to each tensor's largest element")
    print(f"{'':16}{'logits':>10}{'gradients':>10}{'sgd':>10}{'adam':>10}")
    for build in (plain, batch_norm, average_flatten, gap, grouped, adaptive):
        tensors, exact_training = record(build)
        save_file(tensors, output / f"{build.__name__}.safetensors")
        exact = {
            name.removeprefix("f64."): tensor
            for name, tensor in tensors.items()
            if name.startswith("f64.")
        }
        errors = (
            largest_error(tensors, exact, "logits", "training_logits", "loss"),
            largest_error(tensors, exact, "gradients."),
            largest_error(tensors, exact_training, "sgd.", "losses_sgd"),
            largest_error(tensors, exact_training, "adam.", "losses_adam"),
        )
        print(f"{build.__name__:16}" + "".join(f"{error:10.1e}" for error in errors))


if __name__ == "__main__":
    main()
