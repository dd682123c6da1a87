"""Read with TensorBoard what `vggc train --tensorboard` writes, and compare it with the run's metrics.jsonl.

    pip install tensorboard
    cargo build --release -p vggc
    python tests/reference/events.py --vggc target/release/vggc

Trains for two epochs, goes on for a third in another process, and asserts that TensorBoard finds every metric of all three.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ROOT = Path(__file__).resolve().parents[2]
TAGS = {
    "loss/training": "train_loss",
    "loss/validation": "val_loss",
    "accuracy/training": "train_accuracy",
    "accuracy/validation": "val_accuracy",
    "learning_rate": "lr",
    "images_per_second": "images_per_second",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vggc", default=ROOT / "target" / "release" / "vggc")
    vggc = parser.parse_args().vggc
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        begin = [ROOT / "specs" / "digits.yaml", "--data", "digits", "--out", run, "--epochs", "2"]
        for arguments in (begin, ["--resume", run, "--epochs", "3"]):
            subprocess.run([vggc, "train", *arguments, "--tensorboard"], check=True, capture_output=True)
        epochs = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        events = EventAccumulator(str(run / "tensorboard")).Reload()
    assert set(events.Tags()["scalars"]) == set(TAGS), events.Tags()
    for tag, key in TAGS.items():
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        assert [step for step, _ in found] == [epoch["epoch"] for epoch in epochs] == [1, 2, 3], found
        for (_, value), epoch in zip(found, epochs):
            assert abs(value - epoch[key]) <= 1e-6 * abs(epoch[key]), (tag, value, epoch)
    print(f"TensorBoard reads {len(TAGS)} metrics of {len(epochs)} epochs as they are in metrics.jsonl")


if __name__ == "__main__":
    main()
