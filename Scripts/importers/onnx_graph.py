"""Reads the part of ONNX that a feed-forward convolutional net needs, straight from its protobuf bytes.

Field numbers are those of onnx.proto3. Weights that are stored as int8 with one scale per block
(DequantizeLinear with `block_size`) come out as float64 arrays.
"""

import struct

import numpy as np

DTYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 11: "<f8"}


def _varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a protobuf number is longer than 64 bits")


def _fields(data):
    """(field number, value) of every field of one message; a value is an int or a bytes view."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        kind = key & 7
        if kind == 0:
            value, position = _varint(data, position)
        elif kind == 1:
            value, position = data[position : position + 8], position + 8
        elif kind == 2:
            length, position = _varint(data, position)
            value, position = data[position : position + length], position + length
        elif kind == 5:
            value, position = data[position : position + 4], position + 4
        else:
            raise ValueError(f"protobuf wire type {kind} does not occur in ONNX files")
        if position > len(data):
            raise ValueError("a protobuf field runs past the end of its message")
        yield key >> 3, value


def _signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def _integers(value):
    """A repeated int64 field: one number, or a packed run of them."""
    if isinstance(value, int):
        return [_signed(value)]
    numbers, position = [], 0
    while position < len(value):
        number, position = _varint(value, position)
        numbers.append(_signed(number))
    return numbers


def _tensor(data):
    dims, dtype, name, raw = [], None, "", None
    floats, integers = [], []
    for field, value in _fields(data):
        if field == 1:
            dims += _integers(value)
        elif field == 2:
            dtype = value
        elif field == 4:
            floats.append(bytes(value))
        elif field in (5, 7):
            integers += _integers(value)
        elif field == 8:
            name = bytes(value).decode()
        elif field == 9:
            raw = bytes(value)
    if dtype not in DTYPES:
        raise ValueError(f"tensor {name} has ONNX data type {dtype}, which is not supported")
    if raw is not None:
        array = np.frombuffer(raw, DTYPES[dtype])
    elif floats:
        array = np.frombuffer(b"".join(floats), "<f4")
    else:
        array = np.array(integers, DTYPES[dtype])
    return name, array.reshape(dims)


class Node:
    """One operation: its type, its input and output names, its attributes."""

    def __init__(self, data):
        self.inputs, self.outputs, self.attributes, self.op = [], [], {}, ""
        for field, value in _fields(data):
            if field == 1:
                self.inputs.append(bytes(value).decode())
            elif field == 2:
                self.outputs.append(bytes(value).decode())
            elif field == 4:
                self.op = bytes(value).decode()
            elif field == 5:
                self._read_attribute(value)

    def _read_attribute(self, data):
        name, result = "", None
        integers = []
        for field, value in _fields(data):
            if field == 1:
                name = bytes(value).decode()
            elif field == 2:
                (result,) = struct.unpack("<f", value)
            elif field == 3:
                result = _signed(value)
            elif field == 4:
                result = bytes(value)
            elif field == 8:
                integers += _integers(value)
        self.attributes[name] = integers if integers else result


class Graph:
    """Nodes in execution order, and every constant, de-quantised and reshaped, by the name its reader uses."""

    def __init__(self, data):
        self.nodes, self.constants = [], {}
        graph = next((value for field, value in _fields(memoryview(data)) if field == 7), None)
        if graph is None:
            raise ValueError("the file holds no ONNX graph")
        nodes = []
        for field, value in _fields(graph):
            if field == 1:
                nodes.append(Node(value))
            elif field == 5:
                name, array = _tensor(value)
                self.constants[name] = array
        for node in nodes:
            if not self._fold(node):
                self.nodes.append(node)

    def _fold(self, node):
        """Evaluates a node that only prepares a constant; False where it has to run."""
        operands = [self.constants.get(name) for name in node.inputs]
        if not operands or any(operand is None for operand in operands):
            return False
        if node.op == "DequantizeLinear":
            self.constants[node.outputs[0]] = _dequantised(node, *operands)
            return True
        if node.op == "Reshape":
            self.constants[node.outputs[0]] = operands[0].reshape([int(n) for n in operands[1]])
            return True
        return False


def _dequantised(node, quantised, scales, zero_points):
    axis, block = node.attributes.get("axis", 1), node.attributes.get("block_size", 0)
    length = quantised.shape[axis]
    if block < 1 or scales.shape[axis] != -(-length // block):
        raise ValueError("a DequantizeLinear node is not block-wise as expected")

    def spread(array):
        return np.repeat(array.astype(np.float64), block, axis=axis).take(range(length), axis=axis)

    return (quantised.astype(np.float64) - spread(zero_points)) * spread(scales)
