"""What `vggc check` costs as a spec grows: medians over runs of the whole process, in both spellings.

    cargo build --release -p vggc && python bench/check.py target/release/vggc

Each spec has convolutions with their activations, a pool, and three layers in the head.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 15
LAYERS = [100, 1000, 2000, 5000, 10_000]
# A pool at the end of the body, and in the head a gap, a dense layer and a softmax.
REST = 4


def specs(layers):
    """The same network as YAML and as .vgg."""
    convolutions = (layers - REST) // 2
    yaml = "model: Deep\nallow: [W0303, W0310]\ninput: {shape: [3, 32, 32]}\nblocks:\n"
    dsl = "model Deep {\n    allow W0303 W0310;\n    input 3 x 32 x 32;\n"
    for start in range(0, convolutions, 4):
        count = min(4, convolutions - start)
        pool = "max" if start + count == convolutions else "none"
        yaml += f"  - conv: [{', '.join(['{filters: 16, kernel: 3}'] * count)}]\n    pool: {pool}\n"
        dsl += f"    block {{ {'conv 16 kernel 3; ' * count}pool {pool}; }}\n"
    yaml += "head: [gap, {dense: 10}, softmax]\n"
    return {"yaml": yaml, "vgg": dsl + "    head { gap; dense 10 softmax; }\n}\n"}


def milliseconds(vggc, spec):
    """The median of how long a process takes that checks a spec."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([vggc, "check", "--deny", "warnings", spec], check=True, capture_output=True)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main():
    vggc = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        print("| layers | YAML | `.vgg` |\n| ---: | ---: | ---: |")
        for layers in LAYERS:
            cells = []
            for ending, text in specs(layers).items():
                path = Path(folder) / f"{layers}.{ending}"
                path.write_text(text)
                cells.append(f"{milliseconds(vggc, path):.1f} ms")
            print(f"| {layers:,} | {' | '.join(cells)} |")
    zoo = Path(__file__).parent.parent / "specs" / "vgg19-bn.yaml"
    print(f"\n`specs/vgg19-bn.yaml`: {milliseconds(vggc, zoo):.1f} ms")


if __name__ == "__main__":
    main()
