def read_idx(folder, name):
    """Return the shape and the bytes of a file in a folder of IDX files, plain or gzipped."""
    for path in (Path(folder, name), Path(folder, f"{name}.gz")):
        if path.exists():
            content = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            shape = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
            return shape, bytearray(content[4 + 4 * len(shape) :])
    raise FileNotFoundError(f"{folder} has neither {name} nor {name}.gz")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of IDX files to train on")
    parser.add_argument("--out", default="last.safetensors", help="where trained weights go")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--weights", help="weights to start from")
    parser.add_argument("--record", help="write a reference for `vggc parity` to this file")
    parser.add_argument("--batch", type=int, default=4, help="images of the reference")
    parser.add_argument("--seed", type=int, default=0, help="seed of the images of the reference")
    arguments = parser.parse_args()
    if arguments.record and arguments.weights:
        record(arguments)
    elif arguments.data:
        train(arguments)
    else:
        parser.error("give --data to train, or --weights and --record to write a reference")


if __name__ == "__main__":
    main()
