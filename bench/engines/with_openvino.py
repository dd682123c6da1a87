"""OpenVINO, held to f32: its default on machines with bf16 units is bf16."""

import openvino

from engines import onnx_model

VERSION = f"OpenVINO {openvino.__version__}"


class Engine:
    def __init__(self, network, weights, images, labels, training, threads):
        core = openvino.Core()
        model = core.read_model(onnx_model.build(network, weights, len(images)).SerializeToString())
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "EXECUTION_MODE_HINT": "ACCURACY",
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
        }
        compiled = core.compile_model(model, "CPU", settings)
        precision = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        assert precision == "f32", precision
        self.request = compiled.create_infer_request()
        self.images = images

    def logits(self):
        return next(iter(self.request.infer({0: self.images}, share_inputs=True).values()))
