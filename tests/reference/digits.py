"""Write the handwritten digits that vgg-runtime embeds, out of scikit-learn.

Two gzipped IDX files, as MNIST has them: unsigned bytes, 1797 images of 8 x 8
pixels from 0 (paper) to 16 (ink), and 1797 labels from 0 to 9, in the order in
which scikit-learn gives them. No time stamp goes in, so the same digits give the
same bytes.
"""

import argparse
import gzip
import struct
from pathlib import Path

import numpy
from sklearn.datasets import load_digits

DEFAULT_OUTPUT = Path(__file__).resolve().parents[2] / "vgg-runtime" / "data"
UNSIGNED_BYTE = 0x08


def idx(array):
    """Return an array of whole numbers below 256 as the bytes of an IDX file."""
    values = array.astype(numpy.uint8)
    if not numpy.array_equal(values, array):
        raise ValueError("a value is no unsigned byte")
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + values.tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    output = parser.parse_args().output

    digits = load_digits()
    output.mkdir(parents=True, exist_ok=True)
    for name, array in [
        ("digits-images-idx3-ubyte.gz", digits.images),
        ("digits-labels-idx1-ubyte.gz", digits.target),
    ]:
        (output / name).write_bytes(gzip.compress(idx(array), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
