"""Write a model of Keras as ONNX, in a process that has nothing else in memory.

    python tests/reference/keras_onnx.py MODEL.keras MODEL.onnx tf2onnx|tensorflow|torch

`tf2onnx` calls that converter; the others are Keras's own export, with either backend. Behind Keras's export with
TensorFlow is tf2onnx as well, which copies all weights into its messages again with each of its dozen optimisations.
The usual implementation of protocol buffers frees none of that before the end, and VGG-16 takes more than 18 GB. The one in
Python frees it at once.
"""

import os
import resource
import sys

FILE, OUT, KIND = sys.argv[1:]
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch" if KIND == "torch" else "tensorflow"
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402  (the environment chooses what is imported)
import numpy as np  # noqa: E402


def through_tf2onnx(network):
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec(network.input_shape)]
    function = tf.function(lambda images: network(images, training=False), input_signature=signature)
    tf2onnx.convert.from_function(function, signature, opset=17, output_path=OUT)


def main():
    network = keras.saving.load_model(FILE, compile=False)
    if KIND == "tf2onnx":
        through_tf2onnx(network)
    else:
        network(np.zeros((1, *network.input_shape[1:]), "float32"))
        network.export(OUT, format="onnx", verbose=False)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB of memory")


if __name__ == "__main__":
    main()
