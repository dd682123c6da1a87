"""Record what the files that `vggc emit` writes compute in PyTorch and Keras, for tests of `vggc parity`.

    cargo build -p vggc
    python tests/reference/parity.py

Writes `tests/fixtures/parity/`: random weights of `tests/specs/batch_norm.yaml`, and for each engine what every
layer computes of two images, and the gradients.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VGGC = ROOT / "target" / "debug" / "vggc"
SPEC = ROOT / "tests" / "specs" / "batch_norm.yaml"
OUT = ROOT / "tests" / "fixtures" / "parity"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    weights = OUT / "weights.safetensors"
    subprocess.run([VGGC, "emit", "safetensors", SPEC, "--seed", "6", "--out", weights], check=True)
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory() as folder:
        for engine in ("pytorch", "keras"):
            program = Path(folder) / f"{engine}_model.py"
            subprocess.run([VGGC, "emit", engine, SPEC, "--out", program], check=True)
            options = ["--weights", weights, "--record", OUT / f"{engine}.safetensors", "--batch", "2"]
            subprocess.run([sys.executable, program, *options], check=True, env=environment)


if __name__ == "__main__":
    main()
