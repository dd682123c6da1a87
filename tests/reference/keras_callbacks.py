"""Record what Keras's callbacks do over sequences of validation losses and accuracies.

Writes a list of cases. Each has a callback with its settings, the sequence that it was shown, and what
it did: the learning rate behind each epoch, the epoch (from 0) in which it stopped training, the epoch
whose weights it restored, the epochs in which it saved.
"""

import argparse
import itertools
import json
import os
import random
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy  # noqa: E402

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "fixtures" / "keras" / "callbacks.json"
EPOCHS = 24


def sequences():
    """Losses that fall, stall, rise, and repeat themselves; accuracies are one less a quarter of them."""
    draw = random.Random(5)
    falling = [2.0 / (1 + epoch) for epoch in range(EPOCHS)]
    stalling = [max(1.0, 2.0 - 0.25 * epoch) for epoch in range(EPOCHS)]
    noisy = [2.0 / (1 + epoch) + draw.uniform(0, 0.6) for epoch in range(EPOCHS)]
    creeping = [1.0 - 5e-5 * epoch for epoch in range(EPOCHS)]
    waves = [1.0 + 0.5 * ((-1) ** (epoch // 3)) / (1 + epoch // 6) for epoch in range(EPOCHS)]
    return [falling, stalling, noisy, creeping, waves]


def model():
    """One weight, so that what was restored can be told."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    return model


def show(callback, losses):
    """Show a callback every epoch, and return what it did. The weight is the number of the epoch."""
    network = model()
    callback.set_model(network)
    callback.on_train_begin()
    network.stop_training = False
    rates, stopped = [], None
    for epoch, loss in enumerate(losses):
        network.set_weights([numpy.full((1, 1), epoch, "float32")])
        logs = {"val_loss": loss, "val_accuracy": 1 - loss / 4}
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        rates.append(float(network.optimizer.learning_rate))
        if network.stop_training:
            stopped = epoch
            break
    callback.on_train_end()
    return {"rates": rates, "stopped": stopped, "weights_of": int(network.get_weights()[0][0, 0])}


def plateaus():
    for factor, patience, min_delta, cooldown, min_rate in [
        (0.1, 10, 1e-4, 0, 0.0),
        (0.5, 2, 1e-4, 0, 0.0),
        (0.5, 1, 0.0, 2, 0.01),
        (0.25, 3, 0.05, 1, 0.1),
        (0.5, 0, 1e-4, 0, 0.0),
    ]:
        settings = {
            "factor": factor, "patience": patience, "min_delta": min_delta,
            "cooldown": cooldown, "min_rate": min_rate,
        }
        yield "plateau", settings, lambda monitor, s=settings: keras.callbacks.ReduceLROnPlateau(
            monitor=monitor, factor=s["factor"], patience=s["patience"], min_delta=s["min_delta"],
            cooldown=s["cooldown"], min_lr=s["min_rate"], mode=mode(monitor),
        )


def stops():
    for patience, min_delta, restore, start in [
        (0, 0.0, False, 0), (2, 0.0, True, 0), (3, 0.05, True, 0), (5, 1e-4, True, 4), (1, 0.0, False, 6),
    ]:
        settings = {"patience": patience, "min_delta": min_delta, "restore_best": restore, "start": start}
        yield "stop", settings, lambda monitor, s=settings: keras.callbacks.EarlyStopping(
            monitor=monitor, patience=s["patience"], min_delta=s["min_delta"],
            restore_best_weights=s["restore_best"], start_from_epoch=s["start"], mode=mode(monitor),
        )


class Saves(keras.callbacks.ModelCheckpoint):
    """A checkpoint that notes the epochs in which it saves instead of writing files."""

    def __init__(self, monitor):
        super().__init__("unused.weights.h5", monitor=monitor, save_best_only=True, save_weights_only=True,
                         mode=mode(monitor))
        self.epochs = []

    def _save_model(self, epoch, batch, logs):
        if self._should_save_model(epoch, batch, logs, None):
            self.epochs.append(epoch)


def mode(monitor):
    return "min" if monitor == "val_loss" else "max"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="file to write")
    output = parser.parse_args().output
    cases = []
    for losses, monitor in itertools.product(sequences(), ["val_loss", "val_accuracy"]):
        for kind, settings, build in itertools.chain(plateaus(), stops()):
            done = show(build(monitor), losses)
            cases.append({"kind": kind, "monitor": monitor, "settings": settings, "losses": losses, **done})
        saves = Saves(monitor)
        done = show(saves, losses)
        cases.append({"kind": "best", "monitor": monitor, "losses": losses, "saved": saves.epochs})
    output.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
