"""The networks that are measured, once more in Python, for the engines that cannot read a spec."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """A VGG: 3x3 convolutions with ReLU in blocks, a 2x2 max-pool behind each, and a head."""

    name: str
    spec: str
    input: tuple
    blocks: tuple
    head: tuple
    norm: bool = False

    def convolutions(self):
        """For each block the name, the input channels and the filters of its convolutions."""
        channels = self.input[0]
        for b, filters in enumerate(self.blocks, 1):
            block = []
            for i, count in enumerate(filters, 1):
                block.append((f"block{b}_conv{i}", channels, count))
                channels = count
            yield block

    def features(self):
        """The number of values that the head gets: of channels, or of all that is flattened."""
        channels, side = self.blocks[-1][-1], self.input[1] >> len(self.blocks)
        return channels if self.head[0] == ("gap",) else channels * side * side

    def macs(self):
        """Multiplications with additions that one image takes."""
        total, (_, height, width) = 0, self.input
        for block in self.convolutions():
            total += sum(9 * channels * filters * height * width for _, channels, filters in block)
            height, width = height // 2, width // 2
        features = self.features()
        for layer in self.head:
            if layer[0] == "dense":
                total, features = total + features * layer[2], layer[2]
        return total


VGG16 = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
GAP_HEAD = (
    ("gap",),
    ("dropout", 0.5),
    ("dense", "dense1", 120, True),
    ("dropout", 0.5),
    ("dense", "dense2", 10, False),
)

NETWORKS = {
    network.name: network
    for network in [
        Network("vgg16-gap", "specs/vgg16-gap.yaml", (3, 224, 224), VGG16, GAP_HEAD),
        Network("vgg16-gap-32", "bench/specs/vgg16-gap-32.yaml", (3, 32, 32), VGG16, GAP_HEAD),
        Network(
            "vgg16",
            "specs/vgg16.yaml",
            (3, 224, 224),
            VGG16,
            (
                ("flatten",),
                ("dense", "fc1", 4096, True),
                ("dropout", 0.5),
                ("dense", "fc2", 4096, True),
                ("dropout", 0.5),
                ("dense", "predictions", 1000, False),
            ),
        ),
        Network(
            "fashion",
            "specs/fashion.yaml",
            (1, 28, 28),
            ((32, 32), (64, 64), (128, 128)),
            (("flatten",), ("dense", "dense1", 128, True), ("dropout", 0.3), ("dense", "dense2", 10, False)),
            norm=True,
        ),
    ]
}
