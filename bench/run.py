#!/usr/bin/env python3
"""Measures this project's networks beside those of other engines, all in one run.

    python3 bench/run.py                                  # everything; takes its time
    python3 bench/run.py --works infer-1,infer-8 --engines ours,onnxruntime,ncnn --rounds 5
    python3 bench/run.py --list

The first call makes a virtual environment with the engines (in `target/bench-venv`, or where --venv says) and
builds the Rust programs; `bench/README.md` says what is measured and how.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TORCH = "torch==2.15.0"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", help="comma-separated names of works; all if left out")
    parser.add_argument("--engines", help="comma-separated names of engines; all if left out")
    parser.add_argument("--rounds", type=int, default=5, help="turns that each engine gets (default 5)")
    parser.add_argument("--turn", type=float, default=1.0, help="seconds that a turn should take (default 1)")
    parser.add_argument("--threads", type=int, default=2, help="threads of every engine (default 2)")
    parser.add_argument("--venv", type=Path, default=ROOT / "target" / "bench-venv", help="the virtual environment")
    parser.add_argument("--json", type=Path, default=ROOT / "target" / "bench.json", help="where results are kept")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds of quiet between turns (default 0.3)")
    parser.add_argument("--list", action="store_true", help="list works and engines")
    parser.add_argument("--prepare", action="store_true", help="only install and build")
    parser.add_argument("--show", action="store_true", help="only print the results of earlier runs")
    return parser.parse_args()


def install(venv):
    """Makes the virtual environment, unless it is there."""
    wanted = (HERE / "requirements.txt").read_text() + TORCH
    mark = venv / "installed"
    if mark.is_file() and mark.read_text() == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "pip", "install", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
    subprocess.run([*pip, "--no-deps", TORCH], check=True)
    site = next((venv / "lib").glob("python3*/site-packages"))
    subprocess.run([venv / "bin" / "python", HERE / "torch_without_cuda.py", site], check=True)
    mark.write_text(wanted)


def main():
    options = arguments()
    if Path(sys.prefix) != options.venv.resolve():
        install(options.venv)
        python = options.venv.resolve() / "bin" / "python"
        os.execv(python, [python, __file__, *sys.argv[1:]])
    from harness import session

    session.run(options)


if __name__ == "__main__":
    main()
