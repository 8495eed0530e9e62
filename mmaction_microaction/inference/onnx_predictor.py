# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An exported model in ONNX Runtime behind the call that inference needs.

Shapes: N clips, V views x frames of a clip, K = 52 actions.
"""
import os
import os.path as osp
from typing import Optional, Sequence, Union

import numpy as np
import torch
from mmengine.config import Config

from .model_facts import FACTS_KEY, check_config, parse_facts


class OnnxPredictor:
    """A recogniser in an ``.onnx`` file that ``tools/export.py`` has written.

    Takes the place of :class:`~.predictor.TorchPredictor`.

    Attributes:
        device (str): ``'cuda'`` where ONNX Runtime has a GPU, else ``'cpu'``.
        detects (bool): False; detectors are not exported.
        facts (dict): See :func:`~.model_facts.describe_model`.

    Args:
        path (str): The file.
        config (Config, optional): Whose test pipeline makes the input; None
            leaves that to the caller. Defaults to None.
        threads (int, optional): Threads of one operation. Defaults to None,
            as many as PyTorch takes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no ONNX file of ours, or was exported for another
            test pipeline than the config's.
        ImportError: If onnxruntime is not installed.
    """
    detects = False

    def __init__(self,
                 path: Union[str, os.PathLike],
                 config: Optional[Config] = None,
                 threads: Optional[int] = None) -> None:
        path = os.fspath(path)
        if not osp.isfile(path):
            raise FileNotFoundError(f'model file {path} does not exist')
        self._session = _open(path, threads or torch.get_num_threads())
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.facts = parse_facts(metadata.get(FACTS_KEY, ''), path)
        if config is not None:
            check_config(self.facts, config, path)
        self.path = path
        gpu = 'CUDAExecutionProvider' in self._session.get_providers()
        self.device = 'cuda' if gpu else 'cpu'

    def predict(self, samples: Sequence[dict]) -> np.ndarray:
        """Score windows.

        Args:
            samples (Sequence[dict]): N windows as the test pipeline packs
                them.

        Returns:
            np.ndarray: (N, K) float32, probabilities.

        Raises:
            ValueError: As :meth:`score`.
        """
        return self.score(
            np.stack([np.asarray(sample['inputs']) for sample in samples]))

    def score(self, pixels: np.ndarray) -> np.ndarray:
        """Score raw pixels.

        Args:
            pixels (np.ndarray): (N, V, 3, H, W), or (N, V, 3, T, H, W) of a
                3-D method; RGB, 0 to 255, uint8 or (if the file was made so)
                float32.

        Returns:
            np.ndarray: (N, K) float32, probabilities.

        Raises:
            ValueError: If shape or dtype are not those of the file.
        """
        shape = tuple(self.facts['input']['shape'][1:])
        dtype = self.facts['input']['dtype']
        if pixels.shape[1:] != shape or not len(pixels):
            raise ValueError(f'{self.path} takes clips of shape {shape}, but '
                             f'got {pixels.shape[1:]}; the test pipeline must '
                             'give what the file was exported for')
        if pixels.dtype != dtype and not np.can_cast(pixels.dtype, dtype):
            raise ValueError(f'{self.path} takes pixels of {dtype}, but got '
                             f'{pixels.dtype}')
        return self._session.run(
            None,
            {self._session.get_inputs()[0].name: pixels.astype(dtype)})[0]


def _open(path: str, threads: int):
    """An ONNX Runtime session of a file."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(f'{path} needs onnxruntime: pip install '
                          '"mmaction-microaction[onnx]"') from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    wanted = ('CUDAExecutionProvider', 'CPUExecutionProvider')
    available = onnxruntime.get_available_providers()
    try:
        return onnxruntime.InferenceSession(
            path, options, providers=[p for p in wanted if p in available])
    except Exception as error:  # it has an exception of its own for each case
        raise ValueError(f'{path} cannot be read as an ONNX model '
                         f'({str(error)[:200]})') from error
