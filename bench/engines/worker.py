"""Runs one engine in a process of its own.

    python worker.py ENGINE NETWORK BATCH {infer,train} THREADS FOLDER

Commands come a line each on standard input, answers go as a line of JSON each to standard output:
`logits` gives the logits of the images, without dropout; `run K` runs K times and gives the seconds of
each; `memory` gives the peak of the resident memory in KiB; `quit` ends. The first line comes unasked when
the engine has loaded; it tells the version and the memory that importing the engine alone had taken.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

ENGINES = {
    "reference": ("with_pytorch", {"double": True}),
    "pytorch": ("with_pytorch", {}),
    "pytorch-nhwc": ("with_pytorch", {"channels_last": True}),
    "pytorch-compiled": ("with_pytorch", {"channels_last": True, "compiled": True}),
    "keras": ("with_keras", {}),
    "keras-xla": ("with_keras", {"xla": True}),
    "onnxruntime": ("with_onnxruntime", {}),
    "openvino": ("with_openvino", {}),
    "ncnn": ("with_ncnn", {}),
}


def memory(field="VmHWM"):
    """A line of this process's status, in KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise RuntimeError(f"no {field} in /proc/self/status")


def main():
    name, network, batch, mode, threads, folder = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what an engine prints must not get among the answers

    def answer(**fields):
        answers.write(json.dumps(fields) + "\n")

    module, options = ENGINES[name]
    module = importlib.import_module(f"engines.{module}")
    imported = memory()

    import numpy
    from harness.networks import NETWORKS
    from safetensors.numpy import load_file

    folder, batch, training = Path(folder), int(batch), mode == "train"
    weights = load_file(folder / f"{network}.safetensors")
    data = load_file(folder / f"{network}.images.safetensors")
    images, labels = data["images"][:batch].copy(), data["labels"][:batch].astype(numpy.int64)
    del data
    engine = module.Engine(NETWORKS[network], weights, images, labels, training, int(threads), **options)
    del weights
    answer(ready=True, version=module.VERSION, imported=imported)
    for line in sys.stdin:
        command = line.split()
        if command[0] == "logits":
            answer(logits=numpy.asarray(engine.logits(), dtype=numpy.float64).reshape(batch, -1).tolist())
        elif command[0] == "run":
            run, seconds = engine.step if training else engine.logits, []
            for _ in range(int(command[1])):
                start = time.perf_counter()
                result = run()
                seconds.append(time.perf_counter() - start)
            answer(seconds=seconds, loss=float(result) if training else None)
        elif command[0] == "memory":
            answer(peak=memory())
        elif command[0] == "quit":
            return


if __name__ == "__main__":
    main()
