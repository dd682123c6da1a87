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


def read_images(folder, part):
    """Return images with pixels in [0, 1] and their labels; `part` is "train" or "t10k"."""
    files = (read_idx(folder, f"{part}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
    images, labels = (np.frombuffer(values, np.uint8).reshape(shape) for shape, values in files)
    images = images.reshape(len(labels), *INPUT_SHAPE).transpose(0, 2, 3, 1)
    return images.astype("float32") / 255, labels.astype("int64")


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


def planes(value):
    """Return maps as planes, and a vector as it is."""
    value = np.asarray(value)
    return value.transpose(0, 3, 1, 2) if value.ndim == 4 else value


def watched(model, part, pixels, training):
    """Return what every layer computes of a batch."""
    names = [layer.name for layer in model.layers if layer.name.rstrip("_") in LAYERS]
    inner = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    values = zip(names, inner(pixels, training=training))
    return {f"{part}.{name.rstrip('_')}": planes(value) for name, value in values}


def record(arguments):
    """Write what every layer computes of a batch, and the gradients, for `vggc parity`."""
    generator = np.random.default_rng(arguments.seed)
    images = generator.random((arguments.batch, *INPUT_SHAPE), "float32")
    labels = generator.integers(0, CLASSES, arguments.batch)
    tensors = {"images": images, "labels": labels.astype("float32")}
    pixels = images.transpose(0, 2, 3, 1)

    model = load(arguments.weights, probabilities=False)
    tensors |= watched(model, "activations", pixels, training=False)

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        model = load(arguments.weights, probabilities=False, dropout=False)
        # All gradients are compared, also those of layers that are frozen otherwise.
        for layer in model.layers:
            layer.trainable = True
        # In training, norms go by the batch, and layers behind them compute something else.
        if any(isinstance(layer, layers.BatchNormalization) for layer in model.layers):
            tensors |= watched(model, "training", pixels, training=True)
        with tensorflow.GradientTape() as tape:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, model(pixels, training=True))
        tensors["loss"] = np.asarray(loss).reshape(1)
        trained = {name: variable for name, variable in variables(model).items() if variable.trainable}
        gradients = tape.gradient(loss, [variable.value for variable in trained.values()])
        tensors |= {f"gradients.{name}": from_keras(value) for name, value in zip(trained, gradients)}
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, arguments.record)
