"""An engine in a process of its own, as seen from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

from harness.networks import NETWORKS

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
# The engines that are programs of `peers/`.
PEERS = ("burn", "candle")


class Failed(Exception):
    """An engine that ended, or could not load."""


def program(target):
    """The path of our program, which speaks as engines/worker.py does."""
    return target / "release" / "examples" / "bench-ours"


def peer(target, engine):
    """The path of a program of `peers/`, which speaks likewise."""
    return target / "bench-peers" / "release" / engine


class Worker:
    def __init__(self, engine, work, threads, folder, target):
        self.engine = engine
        threads = 1 if engine == "ours-1" else threads
        mode = "train" if work.training else "infer"
        tail = [work.network, str(work.batch), mode, str(threads), str(folder)]
        if engine in ("ours", "ours-1", *PEERS):
            path = peer(target, engine) if engine in PEERS else program(target)
            command = [path, "work", ROOT / NETWORKS[work.network].spec, *tail]
        else:
            command = [sys.executable, BENCH / "engines" / "worker.py", engine, *tail]
        count = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
        environment = {**os.environ, **count, **work.environment}
        self.log = open(folder / f"{engine}.log", "w")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True
        )
        loaded = self.read()
        self.version, self.imported = loaded["version"], loaded["imported"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.flush()
            last = Path(self.log.name).read_text().strip().splitlines()[-1:]
            raise Failed(f"{self.engine} ended: {' '.join(last) or 'it said nothing'} (all in {self.log.name})")
        return json.loads(line)

    def ask(self, command):
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # then reading says why
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()
