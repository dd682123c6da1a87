"""Train specs/fashion.yaml for one epoch, end to end, with `vggc` and with Keras, in turns.

Both read the same IDX files, train on them with the optimiser and the batch of the spec, and validate on the test
images. Ours varies the training images as the spec says and smooths labels; the program that `vggc emit keras` writes
does neither, which saves Keras some work. A time is that of the whole process; of Keras, what Python takes to import it is
measured in a process of its own, and taken off.

    cargo build --release -p vggc
    python3 bench/epoch.py --data /usr/share/datasets/fashion-mnist --images 6000 --rounds 3
"""

import argparse
import gzip
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "specs" / "fashion.yaml"


def read(folder, name):
    """Return the bytes of an IDX file, plain or gzipped."""
    plain = Path(folder, name)
    return plain.read_bytes() if plain.exists() else gzip.open(Path(folder, f"{name}.gz")).read()


def first(content, count):
    """Return the first so many items of an IDX file as one."""
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    count = min(count, shape[0])
    size = 1
    for extent in shape[1:]:
        size *= extent
    begin = 4 + 4 * dimensions
    return content[:4] + struct.pack(f">{dimensions}I", count, *shape[1:]) + content[begin : begin + count * size]


def subset(data, images, folder):
    """Write the first so many training images, and a sixth of that of the test images."""
    for part, count in (("train", images), ("t10k", images // 6)):
        for kind in ("images-idx3", "labels-idx1"):
            name = f"{part}-{kind}-ubyte"
            Path(folder, name).write_bytes(first(read(data, name), count))


def seconds(*command):
    """Return how long a command takes."""
    begin = time.perf_counter()
    ran = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{ran.stdout}{ran.stderr}")
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of the IDX files of Fashion-MNIST")
    parser.add_argument("--images", type=int, default=60000, help="training images of the epoch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="a Python that has Keras, TensorFlow and safetensors")
    parser.add_argument("--vggc", default=ROOT / "target" / "release" / "vggc")
    arguments = parser.parse_args()
    ours, keras = [], []
    with tempfile.TemporaryDirectory() as folder:
        data, program = Path(folder, "data"), Path(folder, "fashion.py")
        data.mkdir()
        subset(arguments.data, arguments.images, data)
        written = subprocess.run([arguments.vggc, "emit", "keras", SPEC], capture_output=True, check=True)
        program.write_bytes(written.stdout)
        for _ in range(arguments.rounds):
            out = ("--out", Path(folder, "run"), "--overwrite", "--epochs", 1)
            ours.append(seconds(arguments.vggc, "train", SPEC, "--data", data, *out))
            imports = seconds(arguments.python, "-c", "import keras, tensorflow; keras.ops.zeros(1)")
            out = ("--out", Path(folder, "keras.safetensors"), "--epochs", 1)
            keras.append(seconds(arguments.python, program, "--data", data, *out) - imports)
            print(f"ours {ours[-1]:.1f} s, Keras {keras[-1]:.1f} s, {keras[-1] / ours[-1]:.2f} times as long", flush=True)
    ratio = statistics.median(theirs / own for theirs, own in zip(keras, ours))
    print(f"{arguments.images} images: Keras takes {ratio:.2f} times as long (median of {arguments.rounds} rounds)")


if __name__ == "__main__":
    main()
