"""ONNX Runtime, with all of its graph optimisations."""

import onnxruntime

from engines import onnx_model

VERSION = f"ONNX Runtime {onnxruntime.__version__}"


class Engine:
    def __init__(self, network, weights, images, labels, training, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        model = onnx_model.build(network, weights, len(images)).SerializeToString()
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.images = {"images": images}

    def logits(self):
        return self.session.run(None, self.images)[0]
