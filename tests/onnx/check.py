"""Checks ONNX files by the onnx package, which shares no code with ours or ONNX Runtime: sound, and shapes as declared.

Usage: python3 check.py FILE... (Debian: apt-get install python3-onnx)
"""

import sys

import onnx
from onnx import shape_inference


def dimensions(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    produced = {output for node in model.graph.node for output in node.output}
    used = {name for node in model.graph.node for name in node.input}
    unread = [i.name for i in model.graph.input if i.name not in used]
    assert not unread, f"{path}: nobody reads {unread}"
    declared = {o.name: dimensions(o) for o in model.graph.output}
    assert declared.keys() <= produced, f"{path}: outputs {declared.keys() - produced} are made by no node"
    for output in model.graph.output:  # then only what inference finds is left
        output.type.tensor_type.ClearField("shape")
    inferred = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    for output in inferred.graph.output:
        if not output.type.tensor_type.HasField("shape"):  # what sizes known only later leave open
            continue
        for said, found in zip(declared[output.name], dimensions(output), strict=True):
            # A name that inference made up, or nothing, is a dimension that it cannot tell.
            assert not isinstance(found, int) or found == 0 or said == found, f"{path}: {output.name} is {found}, not {said}"
    return len(model.graph.node)


if __name__ == "__main__":
    for file in sys.argv[1:]:
        print(f"{file}: {check(file)} nodes")
