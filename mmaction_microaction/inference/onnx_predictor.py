# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Exported models in ONNX Runtime."""
import os
import os.path as osp
from typing import Optional, Sequence, Union

import numpy as np
import torch
from mmengine.config import Config

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError, import_extra
from .model_facts import FACTS_KEY, check_config, parse_facts
from .predictor import check_scores, find_domain

_GPU, _CPU = 'CUDAExecutionProvider', 'CPUExecutionProvider'


class OnnxPredictor:
    """A recogniser in an ``.onnx`` file of ``tools/deployment/export.py``,
    with the interface of :class:`~.predictor.TorchPredictor`; ``threads``: per
    operator, by default PyTorch's."""
    detects, calibration, multi_label = False, None, False

    def __init__(self,
                 path: Union[str, os.PathLike],
                 config: Optional[Config] = None,
                 device: Optional[str] = None,
                 threads: Optional[int] = None) -> None:
        self.path = os.fspath(path)
        self._session = _open(self.path, device, threads
                              or torch.get_num_threads())
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.facts = parse_facts(metadata.get(FACTS_KEY, ''), self.path)
        self.taxonomy = Taxonomy.load(self.facts['taxonomy'])
        self.domain = self.facts.get('domain') or find_domain(config or {}, {})
        if config is not None:
            check_config(self.facts, config, self.path)
        gpu = self._session.get_provider_options().get(_GPU)
        self.device = 'cpu' if gpu is None else f'cuda:{gpu["device_id"]}'

    def predict(self, samples: Sequence[dict]) -> np.ndarray:
        """As :meth:`.TorchPredictor.predict`."""
        return self.score(np.stack([sample['inputs'] for sample in samples]))

    def score(self, pixels: np.ndarray) -> np.ndarray:
        """As :meth:`.ScoringGraph.forward`, in arrays."""
        given = self.facts['input']
        shape, dtype = tuple(given['shape'][1:]), given['dtype']
        if pixels.shape[1:] != shape or not len(pixels):
            raise UserError(f'{self.path} takes clips of shape {shape}, but '
                            f'got {pixels.shape[1:]}; the test pipeline must '
                            'give what the file was exported for')
        if pixels.dtype != dtype and not np.can_cast(pixels.dtype, dtype):
            raise UserError(f'{self.path} takes pixels of {dtype}, but got '
                            f'{pixels.dtype}')
        name = self._session.get_inputs()[0].name
        scores = self._session.run(None, {name: pixels.astype(dtype)})[0]
        check_scores(bool(np.isfinite(scores).all()))
        return scores


def choose_providers(device: Optional[str], available: Sequence[str]) -> list:
    """Execution providers for a device, in order of preference."""
    if device in (None, 'auto'):
        device = 'cuda' if _GPU in available else 'cpu'
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise UserError(f'there is no device {device!r}') from error
    if found.type == 'cuda' and _GPU in available:
        return [(_GPU, dict(device_id=found.index or 0)), _CPU]
    if found.type != 'cpu':
        raise UserError(f'this ONNX Runtime cannot use {device!r}, it has '
                        f'{", ".join(available)}; on a GPU install '
                        'onnxruntime-gpu')
    return [_CPU]


def _open(path: str, device: Optional[str], threads: int):
    """An ONNX Runtime session of a file."""
    if not osp.isfile(path):
        raise FileNotFoundError(f'model file {path} does not exist')
    onnxruntime = import_extra('onnxruntime', 'ONNX files', 'onnx')
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    providers = choose_providers(device, onnxruntime.get_available_providers())
    try:
        return onnxruntime.InferenceSession(path, options, providers=providers)
    except Exception as error:  # it has an exception of its own for each case
        raise UserError(f'{path} cannot be read as an ONNX model '
                        f'({str(error)[:200]})') from error
