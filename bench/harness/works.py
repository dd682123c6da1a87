"""What is measured."""

from dataclasses import dataclass, field

INFERENCE = ("ours", "onnxruntime", "openvino", "ncnn", "pytorch", "pytorch-nhwc", "pytorch-compiled", "keras", "burn", "candle")
TRAINING = ("ours", "pytorch", "pytorch-nhwc", "pytorch-compiled", "keras", "keras-xla", "burn", "candle")


@dataclass(frozen=True)
class Work:
    """A network, a batch, and whether it is run or trained."""

    name: str
    title: str
    network: str
    batch: int
    training: bool = False
    engines: tuple = INFERENCE
    # Environment variables of all engines.
    environment: dict = field(default_factory=dict)


# What holds every engine to AVX2, each by the switch of its own.
AVX2 = {"VGG_CPU": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}

WORKS = {
    work.name: work
    for work in [
        Work("infer-1", "VGG-16 (gap) inference, batch 1, 224", "vgg16-gap", 1),
        Work("infer-8", "VGG-16 (gap) inference, batch 8, 224", "vgg16-gap", 8),
        Work("dense-1", "VGG-16 (paper's head) inference, batch 1, 224", "vgg16", 1, engines=INFERENCE),
        Work("train-224", "VGG-16 (gap) training step, batch 8, 224", "vgg16-gap", 8, True, TRAINING),
        Work("train-32", "VGG-16 (gap) training step, batch 64, 32", "vgg16-gap-32", 64, True, TRAINING),
        Work("train-fashion", "fashion.yaml training step, batch 128", "fashion", 128, True, TRAINING),
        Work("threads-infer", "two threads against one, inference, batch 1, 224", "vgg16-gap", 1, engines=("ours", "ours-1")),
        Work("threads-train", "two threads against one, training, batch 8, 224", "vgg16-gap", 8, True, ("ours", "ours-1")),
        Work("avx2-infer", "AVX2 forced: inference, batch 1, 224", "vgg16-gap", 1, False, ("ours", "pytorch", "pytorch-nhwc"), AVX2),
        Work("avx2-train", "AVX2 forced: training step, batch 8, 224", "vgg16-gap", 8, True, ("ours", "pytorch", "pytorch-nhwc"), AVX2),
    ]
}
