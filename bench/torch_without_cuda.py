"""Lets the PyTorch wheel of PyPI load without CUDA's libraries.

For Linux on x86-64, PyPI has only the build with CUDA, which will not load unless some four gigabytes of
CUDA libraries are there, though a program that stays on the CPU calls none of them. This script puts a
stand-in beside PyTorch's own libraries for each of those: a shared library that has the names PyTorch
looks for, all of which abort. PyTorch finds no GPU, and runs on the CPU as ever.

    python torch_without_cuda.py SITE_PACKAGES
"""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

STAND_IN = re.compile(r"lib(cu|nccl|nvrtc|nvshmem_host|nvJitLink)\w*\.so\.\d+")


def read_elf(option, library):
    """What `readelf` says of a library."""
    command = ["readelf", "--wide", option, str(library)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def needed(libraries):
    """The names of the CUDA libraries that are needed, and for each the symbols, with their versions."""
    names, symbols = set(), defaultdict(set)
    for library in libraries:
        own = set(re.findall(r"Shared library: \[([^\]]+)\]", read_elf("--dynamic", library)))
        own = {name for name in own if STAND_IN.fullmatch(name)}
        names |= own
        # The file a version is expected in, which `--version-info` lists, is where its symbols go.
        homes, home = {}, None
        for line in read_elf("--version-info", library).splitlines():
            if file := re.search(r"File: (\S+)", line):
                home = file[1]
            elif (name := re.search(r"Name: (\S+)", line)) and home:
                homes[name[1]] = home
        for line in read_elf("--dyn-syms", library).splitlines():
            if symbol := re.search(r"(\w+) +\w+ +\w+ +UND (\w+)(?:@+(\S+))?", line):
                kind, name, version = symbol.groups()
                if version and homes.get(version) in own:
                    symbols[homes[version]].add((name, version))
                elif version is None and (file := guess(name, own)):
                    symbols[file].add((name, None))
    return names, symbols


def guess(name, names):
    """The library of a symbol without a version, by its prefix: `ncclSend` is at home in `libnccl.so.2`."""
    for file in sorted(names, key=len, reverse=True):
        stem = re.match(r"lib([A-Za-z]+)", file)[1].removesuffix("_host")
        prefixes = {"cudart": ["cuda", "__cuda"], "cupti": ["cupti"]}.get(stem, [stem.lower()])
        if any(name.lower().startswith(prefix) for prefix in prefixes):
            return file
    return None


def build(file, symbols, folder):
    """Compiles the stand-in of one library."""
    source, script = folder / "stand_in.c", folder / "versions"
    lines = ["#include <stdlib.h>"] + [f"void {name}(void) {{ abort(); }}" for name, _ in sorted(symbols, key=str)]
    # A query for the number of devices must answer, not abort: 100 is `cudaErrorNoDevice`.
    answers = {"cudaGetDeviceCount": "*(int *)first = 0; return 100;", "cudaGetLastError": "return 0;"}
    for index, line in enumerate(lines):
        name = re.match(r"void (\w+)", line)
        if name and name[1] in answers:
            lines[index] = f"int {name[1]}(void *first) {{ {answers[name[1]]} }}"
        elif name and name[1].startswith(("__cuda", "cupti")):
            # Called when a library with kernels is loaded.
            lines[index] = f"void *{name[1]}(void) {{ static void *handle; return &handle; }}"
    source.write_text("\n".join(lines) + "\n")
    versions = sorted({version for _, version in symbols if version})
    script.write_text("".join(f"{version} {{ {'global: *;' if i == 0 else ''} }};\n" for i, version in enumerate(versions)))
    options = [f"-Wl,--version-script={script}"] if versions else []
    target = folder / file
    command = ["cc", "-shared", "-fPIC", "-w", "-fno-builtin", f"-Wl,-soname,{file}", *options, str(source), "-o", str(target)]
    subprocess.run(command, check=True)
    return target


def main():
    libraries = Path(sys.argv[1]) / "torch" / "lib"
    names, symbols = needed(sorted(libraries.glob("lib*.so*")))
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(names):
            (libraries / file).write_bytes(build(file, symbols[file], Path(folder)).read_bytes())
    print(f"{len(names)} CUDA libraries replaced by stand-ins in {libraries}")


if __name__ == "__main__":
    main()
