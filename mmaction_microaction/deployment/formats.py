# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Model files: ONNX, TorchScript and torch.export, by suffix."""
import json
import os.path as osp
from typing import Callable, Dict, NamedTuple, Optional

import numpy as np
import torch
from torch import Tensor

from mmaction_microaction.inference.model_facts import FACTS_KEY, parse_facts
from mmaction_microaction.inference.onnx_predictor import OnnxPredictor
from mmaction_microaction.utils.errors import UserError, import_extra
from .graph import ScoringGraph

#: Oldest version of the ONNX operators that PyTorch writes.
MIN_OPSET = 18
#: Raw pixels (N, ...) to probabilities (N, K).
Scorer = Callable[[np.ndarray], np.ndarray]

_FACTS_FILE = f'{FACTS_KEY}.json'
_ANY_BATCH = ({0: torch.export.Dim('batch')}, )


def write_onnx(graph: ScoringGraph, pixels: Tensor, path: str, facts: dict,
               opset: Optional[int]) -> None:
    """Write an ONNX file of any batch size."""
    onnx, *_ = (
        import_extra(name, 'ONNX files', 'onnx')
        for name in ('onnx', 'onnxscript', 'onnxruntime'))
    newest = onnx.defs.onnx_opset_version()
    if opset is not None and not MIN_OPSET <= opset <= newest:
        raise UserError(f'opset must be {MIN_OPSET} to {newest}, but got '
                        f'{opset}')
    program = torch.onnx.export(
        graph, (pixels, ),
        dynamo=True,
        verbose=False,
        input_names=[facts['input']['name']],
        output_names=[facts['output']['name']],
        dynamic_shapes=_ANY_BATCH,
        opset_version=opset)
    written = program.model.opset_imports['']
    if opset is not None and written != opset:
        raise UserError(f'the model cannot be written with opset {opset}, '
                        f'only with {written}')
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # paths of this machine, line by line
    program.model.metadata_props[FACTS_KEY] = json.dumps(facts)
    program.save(path, external_data=False)


def write_torchscript(graph: ScoringGraph, pixels: Tensor, path: str,
                      facts: dict, **_: object) -> None:
    """Write a TorchScript file, for C++ and PyTorch without our code."""
    script = torch.jit.trace(graph, pixels, check_trace=False)
    torch.jit.save(script, path, _extra_files={_FACTS_FILE: json.dumps(facts)})


def write_exported(graph: ScoringGraph, pixels: Tensor, path: str, facts: dict,
                   **_: object) -> None:
    """Write a ``torch.export`` file, for PyTorch and AOTInductor."""
    program = torch.export.export(graph, (pixels, ), dynamic_shapes=_ANY_BATCH)
    program.example_inputs = None  # or they are stored in the file
    for node in program.graph.nodes:
        node.meta.pop('stack_trace', None)  # paths of this machine
    torch.export.save(
        program, path, extra_files={_FACTS_FILE: json.dumps(facts)})


def load_torch(path: str) -> Scorer:
    """Open a TorchScript or a ``torch.export`` file."""
    extra = {_FACTS_FILE: ''}
    if path.lower().endswith('.pt2'):
        module = torch.export.load(path, extra_files=extra).module()
    else:
        module = torch.jit.load(path, map_location='cpu', _extra_files=extra)
    parse_facts(extra[_FACTS_FILE], path)

    @torch.no_grad()
    def score(pixels: np.ndarray) -> np.ndarray:
        return module(torch.from_numpy(pixels)).numpy()

    return score


class Format(NamedTuple):
    """A file format with its writer and loader."""
    name: str
    write: Callable[..., None]
    load: Callable[[str], Scorer]


FORMATS: Dict[str, Format] = {
    '.onnx': Format('ONNX', write_onnx, lambda p: OnnxPredictor(p).score),
    '.pt': Format('TorchScript', write_torchscript, load_torch),
    '.pt2': Format('torch.export', write_exported, load_torch),
}


def format_of(path: str) -> Format:
    """Format of a file by its suffix; UserError if unknown."""
    suffix = osp.splitext(path)[1].lower()
    if suffix not in FORMATS:
        known = ', '.join(f'{key} ({x.name})' for key, x in FORMATS.items())
        raise UserError(f'cannot tell the format of {path} by its suffix '
                        f'{suffix!r}; known are {known}')
    return FORMATS[suffix]
