"""Keras on TensorFlow, with oneDNN; or compiled by XLA."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402
import numpy  # noqa: E402
import tensorflow as tf  # noqa: E402

VERSION = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"


def build(network, weights):
    """The network with its weights; images are [image, row, column, channel]."""
    channels, height, width = network.input
    x = inputs = keras.Input((height, width, channels))
    loads = []
    for b, block in enumerate(network.convolutions(), 1):
        for i, (name, _, filters) in enumerate(block, 1):
            activation = None if network.norm else "relu"
            layer = keras.layers.Conv2D(filters, 3, padding="same", activation=activation, use_bias=not network.norm)
            x = layer(x)
            kernel = weights[f"{name}.weight"].transpose(2, 3, 1, 0)
            loads.append((layer, [kernel] if network.norm else [kernel, weights[f"{name}.bias"]]))
            if network.norm:
                name = f"block{b}_bn{i}"
                layer = keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9)
                x = keras.layers.ReLU()(layer(x))
                parts = ("weight", "bias", "running_mean", "running_var")
                loads.append((layer, [weights[f"{name}.{part}"] for part in parts]))
        x = keras.layers.MaxPooling2D(2)(x)
        height, width, channels = height // 2, width // 2, block[-1][2]
    order = None
    for layer in network.head:
        if layer[0] == "gap":
            x = keras.layers.GlobalAveragePooling2D()(x)
        elif layer[0] == "flatten":
            x = keras.layers.Flatten()(x)
            order = numpy.arange(channels * height * width).reshape(channels, height, width).transpose(1, 2, 0).ravel()
        elif layer[0] == "dropout":
            x = keras.layers.Dropout(layer[1])(x)
        else:
            _, name, units, relu = layer
            dense = keras.layers.Dense(units, activation="relu" if relu else None)
            x = dense(x)
            kernel = weights[f"{name}.weight"].T
            loads.append((dense, [kernel if order is None else kernel[order], weights[f"{name}.bias"]]))
            order = None
    model = keras.Model(inputs, x)
    for layer, values in loads:
        layer.set_weights(values)
    return model


class Engine:
    def __init__(self, network, weights, images, labels, training, threads, xla=False):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.model = build(network, weights)
        self.images = tf.constant(images.transpose(0, 2, 3, 1))
        self.labels = tf.constant(labels)
        self.infer = tf.function(lambda x: self.model(x, training=False), jit_compile=xla)
        if training:
            optimizer = keras.optimizers.Adam(1e-4)
            optimizer.build(self.model.trainable_variables)
            loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

            def step(images, labels):
                with tf.GradientTape() as tape:
                    loss = loss_of(labels, self.model(images, training=True))
                variables = self.model.trainable_variables
                optimizer.apply(tape.gradient(loss, variables), variables)
                return loss

            self.train = tf.function(step, jit_compile=xla)

    def logits(self):
        return self.infer(self.images).numpy()

    def step(self):
        return float(self.train(self.images, self.labels))
