"""One run: prepare, check that all engines agree, measure, show."""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy
from safetensors.numpy import load_file, save_file

from harness import data, report
from harness.networks import NETWORKS
from harness.worker import PEERS, Failed, Worker, program
from harness.works import WORKS

ROOT = Path(__file__).resolve().parent.parent.parent
# The most that a logit may be off, as a share of the largest.
TOLERANCE = 1e-4


def run(options):
    if options.list:
        return report.catalogue()
    works = pick("work", options.works, WORKS)
    results = json.loads(options.json.read_text()) if options.json.is_file() else {"works": {}}
    if not options.show:
        engines = options.engines.split(",") if options.engines else None
        target = build(PEERS if engines is None else [name for name in engines if name in PEERS])
        folder = ROOT / "target" / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        if options.prepare:
            return None
        for name in works:
            work = WORKS[name]
            chosen = [engine for engine in work.engines if engines is None or engine in engines]
            prepare(work, folder, target)
            results["machine"] = machine()
            results["works"][name] = measure(work, chosen, options, folder, target)
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(report.tables(results, works))


def pick(kind, names, known):
    """The chosen names."""
    chosen = names.split(",") if names else list(known)
    for name in chosen:
        if name not in known:
            sys.exit(f"there is no {kind} `{name}`; there are: {', '.join(known)}")
    return chosen


def build(peers):
    """Builds our program, and those of `peers/` that are wanted; gives the target folder."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    cargo = ["cargo", "build", "--release", "--locked", "--quiet"]
    subprocess.run([*cargo, "-p", "vggc", "--example", "bench-ours"], check=True, cwd=ROOT)
    if peers:
        bins = [argument for peer in peers for argument in ("--bin", peer)]
        folder = ["--target-dir", target / "bench-peers"]
        subprocess.run([*cargo, *bins, *folder], check=True, cwd=ROOT / "bench" / "peers")
    return target


def machine():
    """The processor, as the system names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.split(':')[1].strip()}, {os.cpu_count()} cores"
    return f"{os.cpu_count()} cores"


def prepare(work, folder, target):
    """Weights, images, and what PyTorch makes of them in f64."""
    exact = folder / f"{work.network}.logits.safetensors"
    if data.prepare(work.network, folder) or not exact.is_file():
        reference = replace(work, batch=data.count(work.network, folder), training=False)
        worker = Worker("reference", reference, os.cpu_count(), folder, target)
        save_file({"logits": numpy.array(worker.ask("logits")["logits"])}, exact)
        worker.close()


def measure(work, engines, options, folder, target):
    """Runs a work in all engines, in turn."""
    print(f"{work.title}:", file=sys.stderr)
    exact = load_file(folder / f"{work.network}.logits.safetensors")["logits"][: work.batch]
    peaks, entries, workers = [], {}, {}
    for engine in engines:
        try:
            worker = Worker(engine, work, options.threads, folder, target)
            logits = numpy.array(worker.ask("logits")["logits"])
            error = float(numpy.abs(logits - exact).max() / numpy.abs(exact).max())
            assert error < TOLERANCE, f"the logits of {engine} are off by {error:.1e} of the largest"
            warm = worker.ask("run 2")["seconds"][-1]
        except Failed as failure:
            print(f"  {failure}", file=sys.stderr)
            continue
        workers[engine] = (worker, max(1, round(options.turn / warm)))
        entries[engine] = {"version": worker.version, "error": error, "rounds": [], "imported_kib": worker.imported}
        print(f"  {engine}: {worker.version}, error {error:.1e}, about {1e3 * warm:.1f} ms", file=sys.stderr)
    for _ in range(options.rounds):
        peaks.append(peak(target, options.threads))
        for engine, (worker, count) in workers.items():
            time.sleep(options.pause)
            entries[engine]["rounds"].append(worker.ask(f"run {count}")["seconds"])
    peaks.append(peak(target, options.threads))
    for engine, (worker, _) in workers.items():
        entries[engine]["peak_kib"] = worker.ask("memory")["peak"]
        entries[engine]["median"] = statistics.median(s for turn in entries[engine]["rounds"] for s in turn)
        worker.close()
    return {
        "title": work.title,
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "threads": options.threads,
        "batch": work.batch,
        "gmacs": NETWORKS[work.network].macs() * work.batch * (3 if work.training else 1) / 1e9,
        "peaks": peaks,
        "engines": entries,
    }


def peak(target, threads):
    """What the machine gives at most, in GFLOP/s: on one thread, and on all."""
    command = [program(target), "peak", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
