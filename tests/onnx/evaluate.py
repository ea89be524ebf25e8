"""Runs ONNX graphs by NumPy, apart from any runtime, and compares with given answers.

Usage: python3 evaluate.py GRAPH.onnx CASE.npz [GRAPH.onnx CASE.npz ...]
A case holds in/NAME for every input and out/NAME for every output, all as float32 (a bool is 0 or 1). The answers must agree
within 1e-5 of the largest. Operators follow the ONNX specification, opset 17; those that our graphs do not use are not here.
"""

import math
import sys

import numpy as np
import onnx
from onnx import numpy_helper

erf = np.vectorize(math.erf, otypes=[np.float64])


def rounded(x):
    """To float32: the time's angles are hundreds of radians, so that this rounding, the network's own, shows in the fifth digit."""
    return x.astype(np.float32).astype(np.float64)


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def normalise(x, axis, epsilon):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + epsilon)


def convolve(x, w, bias, pads, strides, kernel_shape):
    x = np.pad(x, [(0, 0), (0, 0), tuple(pads)])
    steps = range(0, x.shape[2] - kernel_shape[0] + 1, strides[0])
    y = np.stack([np.einsum("bik,oik->bo", x[:, :, s : s + kernel_shape[0]], w) for s in steps], axis=2)
    return y if bias is None else y + bias[:, None]


def spread(x, w, bias, pads, strides, kernel_shape):
    y = np.zeros((x.shape[0], w.shape[1], strides[0] * (x.shape[2] - 1) + kernel_shape[0]), x.dtype)
    for s in range(x.shape[2]):
        y[:, :, s * strides[0] : s * strides[0] + kernel_shape[0]] += np.einsum("bi,iok->bok", x[:, :, s], w)
    y = y[:, :, pads[0] : y.shape[2] - pads[1]]
    return y if bias is None else y + bias[:, None]


def cut(x, starts, ends, axes):
    index = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes, strict=True):
        index[axis] = slice(int(start), int(end))
    return x[tuple(index)]


OPERATORS = {
    "Abs": np.abs, "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "MatMul": np.matmul,
    "Max": np.maximum, "Sin": lambda x: np.sin(rounded(x)), "Cos": lambda x: np.cos(rounded(x)), "Erf": erf, "Equal": np.equal, "LessOrEqual": np.less_equal, "Not": np.logical_not, "Where": np.where,
    "Identity": lambda x: x,
    "Relu": lambda x: np.maximum(x, 0),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Cast": lambda x, to: x.astype(np.float64) if to == onnx.TensorProto.FLOAT else 1 / 0,
    "Softmax": lambda x, axis: softmax(x, axis),
    "LayerNormalization": lambda x, w, b, axis, epsilon: normalise(x, axis, epsilon) * w + b,
    "InstanceNormalization": lambda x, w, b, epsilon: normalise(x, -1, epsilon) * w[:, None] + b[:, None],
    "Transpose": lambda x, perm: x.transpose(perm),
    "Reshape": lambda x, shape: x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape)]),
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)),
    "Concat": lambda *parts, axis: np.concatenate(parts, axis),
    "Slice": cut,
    "Shape": lambda x, start, end: np.array(x.shape[start:end]),
    "ReduceMean": lambda x, axes, keepdims: x.mean(axis=tuple(axes), keepdims=bool(keepdims)),
    "ReduceMax": lambda x, axes, keepdims: x.max(axis=tuple(axes), keepdims=bool(keepdims)),
    "ReduceSum": lambda x, axes, keepdims: x.sum(axis=tuple(axes), keepdims=bool(keepdims)),
    "Conv": lambda x, w, b=None, **how: convolve(x, w, b, **how),
    "ConvTranspose": lambda x, w, b=None, **how: spread(x, w, b, **how),
}


def evaluate(graph, inputs):
    values = {w.name: exact(numpy_helper.to_array(w)) for w in graph.initializer} | inputs
    for node in graph.node:
        how = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](*[values[name] for name in node.input], **how)
    return {o.name: values[o.name] for o in graph.output}


def exact(array):
    return array.astype(np.float64) if array.dtype == np.float32 else array


def check(path, case):
    graph, case = onnx.load(path).graph, np.load(case)
    kinds = {i.name: i.type.tensor_type.elem_type for i in graph.input}
    inputs = {n: case[f"in/{n}"].astype(bool) if kind == onnx.TensorProto.BOOL else exact(case[f"in/{n}"]) for n, kind in kinds.items()}
    for name, answer in evaluate(graph, inputs).items():
        expected = case[f"out/{name}"]
        assert answer.shape == expected.shape, f"{path}: {name} has shape {answer.shape}, not {expected.shape}"
        off = np.abs(answer - expected).max() / np.abs(expected).max()
        assert off <= 1e-5, f"{path}: {name} is off by {off} of the largest"
    return off


if __name__ == "__main__":
    for path, case in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        print(f"{path}: agrees, off by {check(path, case):.1e}")
