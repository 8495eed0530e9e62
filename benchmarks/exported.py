# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An exported model against PyTorch on CPU, side by side.

Shapes: N clips, K classes.
"""
import copy
from typing import Callable, Optional

import torch
from mmengine.config import Config

from benchmarks.report import Report
from benchmarks.timing import compare, describe_machine
from mmaction_microaction.deployment import load_recogniser
from mmaction_microaction.deployment.verification import (largest_error,
                                                          pack_clips)
from mmaction_microaction.inference.onnx_predictor import OnnxPredictor
from mmaction_microaction.inference.predictor import TorchPredictor
from mmaction_microaction.models.inference_mode import prepare_for_inference
from mmaction_microaction.utils.errors import UserError


def benchmark(config: Config,
              checkpoint: str,
              path: str,
              batch: int = 1,
              rounds: int = 9,
              progress: Optional[Callable[[str], None]] = None) -> Report:
    """Time packed clips to probabilities, on one thread.

    Args:
        config (Config): The experiment.
        checkpoint (str): Its weights.
        path (str): The ``.onnx`` file exported from it.
        batch (int): N. Defaults to 1.
        rounds (int): In each of which all take their turn. Defaults to 9.
        progress (Callable, optional): Told who is next.

    Returns:
        Report: Plain PyTorch in float32 first, then prepared for inference in
        float32 and bfloat16, then ONNX Runtime.

    Raises:
        ValueError: If ``batch`` is no positive number, or as
            :class:`.OnnxPredictor`.
    """
    if batch < 1:
        raise UserError(f'expected a batch of 1 or more, but got {batch}')
    samples = pack_clips(config, batch)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        plain = load_recogniser(config, checkpoint)
        predictors = {
            'PyTorch float32': plain,
            'PyTorch float32, prepared': _prepare(plain, torch.float32),
            'PyTorch bfloat16, prepared': _prepare(plain, torch.bfloat16),
            'ONNX Runtime float32': OnnxPredictor(path, config, threads=1)
        }
        wanted = plain.predict(samples)
        errors = {
            name: largest_error(predictor.predict(samples), wanted)
            for name, predictor in predictors.items()
        }
        rows = compare(
            {
                name: lambda p=predictor: p.predict(samples)
                for name, predictor in predictors.items()
            },
            baseline='PyTorch float32',
            rounds=rounds,
            progress=progress)
        machine = describe_machine()
    finally:
        torch.set_num_threads(before)
    notes = [
        'Largest difference of a probability from those of PyTorch float32, '
        'over the largest one of the clip: ' +
        ', '.join(f'{name} {error:.1e}'
                  for name, error in list(errors.items())[1:]) + '.'
    ]
    title = f'{OnnxPredictor(path, threads=1).facts["config"]} batch {batch}'
    return Report(title, rows, machine, clips=batch, notes=notes)


def _prepare(predictor: TorchPredictor, dtype: torch.dtype) -> TorchPredictor:
    """The same predictor around a copy of the model."""
    changed = copy.copy(predictor)
    changed.model = prepare_for_inference(
        copy.deepcopy(predictor.model), dtype)
    return changed
