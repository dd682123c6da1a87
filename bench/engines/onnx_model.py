"""A network as an ONNX model, in operators that every engine knows."""

import numpy
from onnx import TensorProto, helper, numpy_helper


def build(network, weights, batch):
    """The model for inference: no dropout, norms by their running statistics."""
    nodes, initializers, current = [], [], "images"

    def add(kind, inputs, **attributes):
        nonlocal current
        output = f"x{len(nodes)}"
        nodes.append(helper.make_node(kind, [current, *inputs], [output], **attributes))
        for name in inputs:
            initializers.append(numpy_helper.from_array(weights[name], name))
        current = output

    for b, block in enumerate(network.convolutions(), 1):
        for i, (name, _, _) in enumerate(block, 1):
            bias = [] if network.norm else [f"{name}.bias"]
            add("Conv", [f"{name}.weight", *bias], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
            if network.norm:
                parts = ("weight", "bias", "running_mean", "running_var")
                add("BatchNormalization", [f"block{b}_bn{i}.{part}" for part in parts], epsilon=1e-5)
            add("Relu", [])
        add("MaxPool", [], kernel_shape=[2, 2], strides=[2, 2])
    for layer in network.head:
        if layer[0] == "gap":
            add("GlobalAveragePool", [])
            add("Flatten", [], axis=1)
        elif layer[0] == "flatten":
            add("Flatten", [], axis=1)
        elif layer[0] == "dense":
            _, name, _, relu = layer
            add("Gemm", [f"{name}.weight", f"{name}.bias"], transB=1)
            if relu:
                add("Relu", [])
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [batch, *network.input])
    logits = helper.make_tensor_value_info(current, TensorProto.FLOAT, [batch, network.head[-1][2]])
    graph = helper.make_graph(nodes, network.name, [images], [logits], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
