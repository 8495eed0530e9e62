# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An exported model against PyTorch on CPU, side by side.

Shapes: N clips, K classes.
"""
import copy
from functools import partial
from typing import Callable, Optional

import torch
from mmengine.config import Config

from benchmarks.report import Report
from benchmarks.timing import compare, describe_machine
from mmaction_microaction.deployment import load_recogniser
from mmaction_microaction.deployment.export import largest_error, pack_clips
from mmaction_microaction.inference.onnx_predictor import OnnxPredictor
from mmaction_microaction.inference.predictor import TorchPredictor
from mmaction_microaction.models.inference_optimization import \
    prepare_for_inference
from mmaction_microaction.utils.errors import UserError


def benchmark(config: Config,
              checkpoint: str,
              path: str,
              batch: int = 1,
              rounds: int = 9,
              progress: Optional[Callable[[str], None]] = None) -> Report:
    """Time packed clips to probabilities, on one thread: plain PyTorch in
    float32, prepared for inference in float32 and bfloat16, ONNX Runtime.

    Args:
        config (Config): The experiment.
        checkpoint (str): Its weights.
        path (str): The ``.onnx`` file exported from it.
        batch (int): N.
        rounds (int): In each of which all take their turn.
        progress (Callable, optional): Told who is next.

    Raises:
        UserError: If ``batch`` is below 1, or as :class:`.OnnxPredictor`.
    """
    if batch < 1:
        raise UserError(f'expected a batch of 1 or more, but got {batch}')
    samples = pack_clips(config, batch)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        exported = OnnxPredictor(path, config, threads=1)
        plain = load_recogniser(config, checkpoint)
        predictors = {
            'PyTorch float32': plain,
            'PyTorch float32, prepared': _prepare(plain, torch.float32),
            'PyTorch bfloat16, prepared': _prepare(plain, torch.bfloat16),
            'ONNX Runtime float32': exported
        }
        wanted = plain.predict(samples)
        errors = [
            f'{name} {largest_error(x.predict(samples), wanted):.1e}'
            for name, x in predictors.items()
        ]
        calls = {
            name: partial(predictor.predict, samples)
            for name, predictor in predictors.items()
        }
        rows = compare(calls, next(iter(calls)), rounds, progress=progress)
        machine = describe_machine()
    finally:
        torch.set_num_threads(before)
    notes = [
        'Largest difference of a probability from those of PyTorch float32, '
        f'over the largest one of the clip: {", ".join(errors[1:])}.'
    ]
    title = f'{exported.facts["config"]} batch {batch}'
    return Report(title, rows, machine, clips=batch, notes=notes)


def _prepare(predictor: TorchPredictor, dtype: torch.dtype) -> TorchPredictor:
    """The same predictor around a copy of the model."""
    changed = copy.copy(predictor)
    changed.model = prepare_for_inference(
        copy.deepcopy(predictor.model), dtype)
    return changed
