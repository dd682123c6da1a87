"""Show that where gradients depart from those of another engine, the two have decided otherwise at a kink.

    cargo build --release -p vggc
    python tests/reference/kinks.py [mission] [smooth] [norms]

A rectifier passes a gradient on where its input is above zero, a max-pool to the largest of its values. Where that is a matter
of the last digits, two engines that compute the same decide otherwise, and gradients depart by much more than rounding. So
the decisions of `vggc`, which `vggc parity --record` writes, are put into the same network in double precision: with them, its
gradients must be ours, and so must be the weights after a step of Adam. All numbers are relative to the largest value of a
layer, but those of weights.

mission: the VGG-16 with a global pool on images of 224x224, and a step of Adam by `vggc train`
smooth:  the same with GELU and average pools, which have no kinks
norms:   the VGG-16 with batch norms for images of 32x32, several batches
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402  (the environment hides any accelerator)
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torch.nn import functional  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
IMAGES = 4
# PyTorch's gradients in single precision lie as far from those in double precision, where norms go by the batch.
GRADIENTS, BEHIND_NORMS = 1e-5, 1e-4
ADAM = 1e-5
TRAIN = "train: {epochs: 1, batch: 4, optimizer: {adam: {rate: 1e-4, epsilon: 1e-7, convention: keras}}}\n"


class Mask(torch.nn.Module):
    """A rectifier that passes on what was decided elsewhere."""

    def __init__(self, decided):
        super().__init__()
        self.decided = decided

    def forward(self, x):
        return x * self.decided


class Pick(torch.nn.Module):
    """A max-pool that takes the values that were decided elsewhere."""

    def __init__(self, decided):
        super().__init__()
        self.decided = decided

    def forward(self, x):
        return x.flatten(2).gather(2, self.decided.flatten(2)).view_as(self.decided)


def decide(layer, before, after):
    """Return what a layer decided: which values it passed on, or which it took; nothing if it decides nothing."""
    if isinstance(layer, torch.nn.ReLU):
        return after > 0
    if isinstance(layer, torch.nn.MaxPool2d):
        options = {"kernel_size": layer.kernel_size, "stride": layer.stride, "padding": layer.padding}
        return functional.max_pool2d(before, **options, return_indices=True)[1]
    return None


def others(ours, theirs):
    """Return how many of how many decisions differ."""
    differ = sum((ours[name] != theirs[name]).sum().item() for name in ours)
    return f"{differ} of {sum(decided.numel() for decided in ours.values()):,} decisions differ"


def worst(ours, theirs):
    """Return the largest difference of gradients, relative to the largest gradient of the layer."""
    layers = {}
    for name in theirs:
        layer = name.rsplit(".", 1)[0]
        apart = (ours[name].double() - theirs[name].double()).abs().max().item()
        largest = theirs[name].abs().max().item()
        layers[layer] = tuple(map(max, layers.get(layer, (0, 0)), (apart, largest)))
    return max(apart / largest for apart, largest in layers.values())


def adam(gradients, weights, rate=1e-4, epsilon=1e-7):
    """Return the weights after the first step of Adam as Keras has it, in double precision."""
    step = {name: gradient.double() for name, gradient in gradients.items()}
    return {name: weights[name].double() - rate * g / (g.abs() + epsilon / (1 - 0.999) ** 0.5) for name, g in step.items()}


def further(ours, theirs):
    """Return how far weights lie apart, and how many of them by more than `ADAM`."""
    apart = [(ours[name].double() - theirs[name]).abs() for name in theirs]
    count = sum((distance > ADAM).sum().item() for distance in apart)
    return max(distance.max().item() for distance in apart), f"{count} of {sum(a.numel() for a in apart):,} further than {ADAM}"


class Network:
    """A network, its weights and a batch, for both engines."""

    def __init__(self, tools, spec, images, labels):
        self.tools, self.spec, self.images, self.labels = tools, spec, images, labels
        self.weights, program = tools.work / "weights.safetensors", tools.work / "program.py"
        tools.vggc("emit", "safetensors", spec, "--out", self.weights)
        tools.vggc("emit", "pytorch", spec, "--out", program)
        description = importlib.util.spec_from_file_location("program", program)
        self.program = importlib.util.module_from_spec(description)
        description.loader.exec_module(self.program)

    def gradients(self, kind, decided=None):
        """Return loss, gradients, decisions and activations of a training step in PyTorch."""
        network = self.program.load(self.weights)
        seen, found = {"images": self.images.to(kind)}, {}
        for name, layer in list(network.named_children()):
            layer.name = name.removesuffix("_")
            if isinstance(layer, torch.nn.Dropout):
                layer.p = 0.0
            elif decided is not None and layer.name in decided:
                choice = Mask if isinstance(layer, torch.nn.ReLU) else Pick
                setattr(network, name, choice(decided[layer.name]))
            elif decided is None:
                layer.register_forward_hook(self.hook(seen, found))
        network = network.to(kind).train()
        loss = functional.cross_entropy(network(self.images.to(kind)), self.labels)
        loss.backward()
        gradients = {name: parameter.grad for name, parameter in self.program.named_parameters(network)}
        return loss.detach(), gradients, found, seen

    @staticmethod
    def hook(seen, found):
        def keep(layer, inputs, output):
            choice = decide(layer, inputs[0].detach(), output.detach())
            if choice is not None:
                found[layer.name] = choice
            seen[layer.name] = output.detach().clone()

        return keep

    def ours(self, loss, gradients, seen):
        """Return the gradients and decisions of `vggc`, and what `vggc parity` says of those of PyTorch."""
        reference, record = self.tools.work / "reference.safetensors", self.tools.work / "ours.safetensors"
        tensors = {"images": self.images, "labels": self.labels.float(), "loss": loss.reshape(1)}
        tensors |= {f"gradients.{name}": gradient for name, gradient in gradients.items()}
        tensors |= {f"training.{name}": value for name, value in seen.items() if name != "images"}
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, reference)
        options = ["--weights", self.weights, "--reference", reference, "--record", record, "--format", "json"]
        said = json.loads(self.tools.vggc("parity", self.spec, *options, allowed=(0, 1)))
        recorded = load_file(record)
        mine = {name.removeprefix("gradients."): value for name, value in recorded.items() if name.startswith("gradients.")}
        found, before = {}, self.images
        for name, layer in self.program.NETWORK().named_children():
            name = name.removesuffix("_")
            after = recorded[f"training.{name}"]
            choice = decide(layer, before, after)
            if choice is not None:
                found[name] = choice
            before = after
        return mine, found, said


class Tools:
    def __init__(self, arguments):
        self.vggc_path, self.work = arguments.vggc.resolve(), arguments.work
        self.work.mkdir(parents=True, exist_ok=True)

    def vggc(self, *arguments, allowed=(0,)):
        done = subprocess.run([self.vggc_path, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode in allowed, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def compared(self, what, network, most=GRADIENTS):
        """Compare the gradients of a batch with all decisions free, and with ours taken over."""
        loss, single, single_found, seen = network.gradients(torch.float32)
        mine, found, said = network.ours(loss, single, seen)
        del seen
        _, double, double_found, _ = network.gradients(torch.float64)
        layers = max(row["relative"] for row in said["training"])
        counted = sum(other["decisions"] for other in said["branches"]["other"])
        assert counted == sum((found[name] != single_found[name]).sum().item() for name in found)
        print(f"{what}: layers agree with PyTorch's within {layers:.1e}")
        print(f"    PyTorch in single and in double precision: {others(single_found, double_found)},"
              f" gradients {worst(single, double):.1e} apart")
        print(f"    vggc and PyTorch in double precision: {others(found, double_found)},"
              f" gradients {worst(mine, double):.1e} apart", flush=True)
        if not found:
            assert worst(mine, double) < most
            return mine, single, double, double
        _, imposed, _, _ = network.gradients(torch.float64, found)
        distance = worst(mine, imposed)
        print(f"    the same with the decisions of vggc: gradients {distance:.1e} apart", flush=True)
        assert distance < most
        return mine, single, double, imposed

    def batch(self, size):
        """Return random images as PNG files hold them, and a class for each."""
        pixels = np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, 3), "uint8")
        images = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous().float() / 255
        return pixels, images, torch.arange(IMAGES)

    def spec(self, changes=()):
        text = (ROOT / "specs" / "vgg16-gap.yaml").read_text().replace("classes: 10", f"classes: {IMAGES}")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = self.work / "spec.yaml"
        path.write_text(text.replace("dropout: 0.5", "dropout: 0") + TRAIN)
        return path

    def mission(self):
        """Gradients on images of 224x224, and a step of Adam."""
        pixels, images, labels = self.batch(224)
        network = Network(self, self.spec(), images, labels)
        _, single, double, imposed = self.compared("VGG-16 with a global pool, 224x224", network)
        data, run, weights = self.work / "classes", self.work / "run", load_file(network.weights)
        shutil.rmtree(data, ignore_errors=True)
        for label, image in enumerate(pixels):
            for part in ("train", "val"):
                folder = data / part / str(label)
                folder.mkdir(parents=True)
                Image.fromarray(image).save(folder / "image.png")
        self.vggc("train", network.spec, "--data", data, "--init", network.weights, "--out", run, "--overwrite")
        trained = load_file(run / "last.safetensors")
        steps = {"PyTorch's gradients in single precision": adam(single, weights), "vggc train": trained}
        for what, after in steps.items():
            distance, count = further(after, adam(double, weights))
            print(f"    a step of Adam, {what}: {distance:.1e} from double precision at most, {count}")
        distance, count = further(trained, adam(imposed, weights))
        print(f"    vggc train and double precision with its decisions: {distance:.1e} at most, {count}", flush=True)
        assert distance < ADAM

    def smooth(self):
        """The same network without kinks."""
        # All of one class: nearly equal images of all classes have gradients that cancel out, and leave their rounding.
        _, images, labels = self.batch(224)
        labels = torch.zeros_like(labels)
        changes = [("blocks:", "defaults: {activation: gelu, pool: average}\nblocks:"), ("activation: relu", "activation: gelu")]
        self.compared("the same with GELU and average pools", Network(self, self.spec(changes), images, labels))

    def norms(self):
        """Batch norms in training, and the batches that the emitted file records."""
        for seed in range(6):
            generator = torch.Generator().manual_seed(seed)
            images = torch.rand(IMAGES, 3, 32, 32, generator=generator)
            labels = torch.randint(0, 10, (IMAGES,), generator=generator)
            network = Network(self, ROOT / "specs" / "vgg16-cifar.yaml", images, labels)
            self.compared(f"vgg16-cifar, batch {seed}", network, BEHIND_NORMS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], "mission", "smooth", "norms"], metavar="PART")
    parser.add_argument("--vggc", type=Path, default=ROOT / "target" / "release" / "vggc")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "kinks")
    arguments = parser.parse_args()
    for part in arguments.parts or ["norms", "smooth", "mission"]:
        getattr(Tools(arguments), part)()


if __name__ == "__main__":
    main()
