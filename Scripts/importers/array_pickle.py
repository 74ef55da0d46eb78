"""Loads a pickle of nested dictionaries of NumPy arrays, and refuses one that asks for anything else."""

import io
import pickle

import numpy as np

try:
    from numpy._core.multiarray import _reconstruct
except ImportError:  # NumPy 1
    from numpy.core.multiarray import _reconstruct

ALLOWED = {
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}; only NumPy arrays are allowed")
        return ALLOWED[(module, name)]

    def persistent_load(self, identifier):
        raise pickle.UnpicklingError("the pickle refers to an outside object")


def load(data):
    """{"a/b/c": array} for every array of the nested dictionaries in `data`."""
    arrays = {}

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{path}/{key}" if path else str(key))
        elif isinstance(value, np.ndarray) and value.dtype == np.float32:
            arrays[path] = value
        else:
            raise pickle.UnpicklingError(f"{path} is neither a dictionary nor a float32 array")

    walk(_ArrayUnpickler(io.BytesIO(data)).load(), "")
    return arrays
