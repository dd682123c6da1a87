# What follows is the same for every network.


def windows_without_padding(kind, shape, sides, **window):
    """Return how many pixels of the image lie in each window of a padded pool."""
    ones = np.pad(np.ones((1, *shape, 1), "float32"), ((0, 0), *sides, (0, 0)))
    return np.asarray(kind(**window)(ones)) * np.prod(window["pool_size"])


def tensors_of(layer):
    """Return the variables of a layer by the names that `vggc` gives them."""
    if isinstance(layer, layers.BatchNormalization):
        variables = (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
        names = ("weight", "bias", "running_mean", "running_var")
    elif isinstance(layer, (layers.Conv2D, layers.Dense)):
        variables = [layer.kernel, layer.bias] if layer.use_bias else [layer.kernel]
        names = ("weight", "bias")
    else:
        return {}
    # A name that Python already has is written with an underscore behind it.
    return {f"{layer.name.rstrip('_')}.{name}": variable for name, variable in zip(names, variables)}


def to_keras(array):
    """Turn [out, in, height, width] into [height, width, in, out], and [out, in] into [in, out]."""
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T


def from_keras(array):
    """Turn the axes back."""
    array = np.asarray(array)
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T)


def variables(model):
    """Return all variables of a model by the names that `vggc` gives them."""
    return {name: variable for layer in model.layers for name, variable in tensors_of(layer).items()}


def load(path, **options):
    """Return the network with the weights of a safetensors file, as `vggc train` writes them."""
    model = build(**options)
    tensors, own = load_file(path), variables(model)
    if set(tensors) != set(own):
        raise ValueError(f"{path} does not hold this network: {sorted(set(tensors) ^ set(own))[:5]}")
    for name, variable in own.items():
        variable.assign(to_keras(tensors[name]))
    return model


def save(model, path):
    """Write the weights as a safetensors file that `vggc` reads."""
    tensors = {name: from_keras(variable) for name, variable in variables(model).items()}
    save_file(tensors, path, metadata={"model": NAME})


def read_idx(folder, name):
    """Return an array of a folder of IDX files, plain or gzipped."""
    for path in (Path(folder, name), Path(folder, f"{name}.gz")):
        if path.exists():
            content = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            shape = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
            return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
    raise FileNotFoundError(f"{folder} has neither {name} nor {name}.gz")


def read_images(folder, part):
    """Return images with pixels in [0, 1] and their labels; `part` is "train" or "t10k"."""
    images = read_idx(folder, f"{part}-images-idx3-ubyte").astype("float32") / 255
    labels = read_idx(folder, f"{part}-labels-idx1-ubyte").astype("int64")
    return images.reshape(len(labels), *INPUT_SHAPE).transpose(0, 2, 3, 1), labels


def train(arguments):
    """Train on a folder of IDX files."""
    keras.utils.set_random_seed(SEED)
    options = {"probabilities": False}
    model = load(arguments.weights, **options) if arguments.weights else build(**options)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(make_optimizer(), loss, metrics=["accuracy"])
    test = read_images(arguments.data, "t10k")
    model.fit(*read_images(arguments.data, "train"), BATCH, arguments.epochs, validation_data=test)
    save(model, arguments.out)


def record(arguments):
    """Write what every layer computes of a batch, and the gradients, for `vggc parity`."""
    generator = np.random.default_rng(arguments.seed)
    images = generator.random((arguments.batch, *INPUT_SHAPE), "float32")
    labels = generator.integers(0, CLASSES, arguments.batch)
    tensors = {"images": images, "labels": labels.astype("float32")}
    pixels = images.transpose(0, 2, 3, 1)

    model = load(arguments.weights, probabilities=False)
    names = [layer.name for layer in model.layers if layer.name.rstrip("_") in LAYERS]
    inner = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    for name, value in zip(names, inner(pixels, training=False)):
        value = np.asarray(value)
        value = value.transpose(0, 3, 1, 2) if value.ndim == 4 else value
        tensors[f"activations.{name.rstrip('_')}"] = value

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        model = load(arguments.weights, probabilities=False, dropout=False)
        # All gradients are compared, also those of layers that are frozen otherwise.
        for layer in model.layers:
            layer.trainable = True
        with tensorflow.GradientTape() as tape:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, model(pixels, training=True))
        tensors["loss"] = np.asarray(loss).reshape(1)
        trained = {name: variable for name, variable in variables(model).items() if variable.trainable}
        gradients = tape.gradient(loss, [variable.value for variable in trained.values()])
        tensors |= {f"gradients.{name}": from_keras(value) for name, value in zip(trained, gradients)}
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, arguments.record)


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
