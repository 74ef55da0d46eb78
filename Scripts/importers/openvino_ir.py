"""Reads an OpenVINO intermediate representation (version 10): an XML graph and one file of raw constants."""

import xml.etree.ElementTree as ElementTree

import numpy as np

DTYPES = {"f32": "<f4", "i32": "<i4", "i64": "<i8"}


class Layer:
    """One operation: identifier, type, name, and the identifiers of the layers that feed it, in port order."""

    def __init__(self, element):
        self.id, self.type, self.name = element.get("id"), element.get("type"), element.get("name")
        data = element.find("data")
        self.attributes = dict(data.attrib) if data is not None else {}
        self.inputs = []


class Graph:
    """The layers of an IR in file order, which is a topological order, and its constants by layer identifier."""

    def __init__(self, xml, weights):
        root = ElementTree.fromstring(xml)
        if root.get("version") != "10":
            raise ValueError(f"OpenVINO IR version {root.get('version')} found, 10 expected")
        self.layers = {}
        for element in root.find("layers"):
            layer = Layer(element)
            self.layers[layer.id] = layer
        edges = {}
        for edge in root.find("edges"):
            edges.setdefault(edge.get("to-layer"), []).append((int(edge.get("to-port")), edge.get("from-layer")))
        for identifier, sources in edges.items():
            self.layers[identifier].inputs = [source for _, source in sorted(sources)]
        self.constants = {}
        for layer in self.layers.values():
            if layer.type == "Const":
                self.constants[layer.id] = self._constant(layer, weights)

    @staticmethod
    def _constant(layer, weights):
        kind = layer.attributes["element_type"]
        shape = [int(n) for n in layer.attributes["shape"].split(",") if n.strip()]
        offset, size = int(layer.attributes["offset"]), int(layer.attributes["size"])
        if kind not in DTYPES:
            raise ValueError(f"constant {layer.name} has element type {kind}, which is not supported")
        if offset + size > len(weights):
            raise ValueError(f"constant {layer.name} runs past the end of the weight file")
        dtype = np.dtype(DTYPES[kind])
        return np.frombuffer(weights, dtype, size // dtype.itemsize, offset).reshape(shape)

    def of_type(self, *types):
        """The layers of these types, in order."""
        return [layer for layer in self.layers.values() if layer.type in types]

    def constant_into(self, layer):
        """The one constant among the layer's inputs."""
        found = [self.constants[source] for source in layer.inputs if source in self.constants]
        if len(found) != 1:
            raise ValueError(f"layer {layer.name} has {len(found)} constant inputs, 1 expected")
        return found[0]

    def consumer(self, layer, kind):
        """The one layer of type `kind` that reads `layer`."""
        found = [other for other in self.layers.values() if layer.id in other.inputs and other.type == kind]
        if len(found) != 1:
            raise ValueError(f"layer {layer.name} has {len(found)} readers of type {kind}, 1 expected")
        return found[0]
