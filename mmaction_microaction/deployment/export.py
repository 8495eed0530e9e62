# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From a config and a checkpoint to a model file that needs neither."""
import os
import os.path as osp
import tempfile
from typing import Callable, List, NamedTuple, Optional, Sequence

import torch
from mmengine.config import Config

from mmaction_microaction.inference.model_facts import describe_model
from mmaction_microaction.inference.predictor import TorchPredictor
from mmaction_microaction.utils.errors import UserError
from .formats import format_of
from .graph import ScoringGraph, capturable
from .verification import Check, pack_clips, verify

DTYPES = ('uint8', 'float32')  # that the pixels of a graph can have


class ExportedModel(NamedTuple):
    """A written file: its kind for people, what it says about itself, and how
    near it is to the checkpoint."""
    path: str
    format: str
    facts: dict
    checks: List[Check]


def export_model(
        config: Config,
        checkpoint: str,
        out: str,
        opset: Optional[int] = None,
        dtype: Optional[str] = None,
        batches: int = 3,
        videos: Sequence[str] = (),
        progress: Optional[Callable[[str], None]] = None) -> ExportedModel:
    """Write a recogniser as one graph from raw pixels to probabilities; the
    file appears only when it gives what the checkpoint gives.

    Args:
        config (Config): The experiment.
        checkpoint (str): Its weights.
        out (str): File to write; ``.onnx``, ``.pt`` (TorchScript) or ``.pt2``
            (torch.export).
        opset (int, optional): Of ONNX; by default PyTorch's choice.
        dtype (str, optional): ``'uint8'`` or ``'float32'``, of the pixels; by
            default what the test pipeline packs.
        batches (int): Largest batch to compare with the checkpoint, or 0.
        videos (Sequence[str]): To compare on; if none, generated clips.
        progress (Callable, optional): Told what is done next.

    Raises:
        FileNotFoundError: If a file or the folder of ``out`` is not there.
        ValueError: If the suffix is unknown, the checkpoint is of another
            model, or the file cannot be made or does not give its scores.
        ImportError: If a package for the format is not installed.
    """
    say = progress or (lambda text: None)
    kind, folder = format_of(out), osp.dirname(osp.abspath(out))
    if not osp.isdir(folder):
        raise FileNotFoundError(f'folder {folder} does not exist')
    if batches < 0:
        raise UserError(f'expected 0 or more batches, but got {batches}')
    if dtype is not None and dtype not in DTYPES:
        raise UserError(f'dtype must be one of {DTYPES}, but got {dtype!r}')
    say('loading the checkpoint')
    reference = load_recogniser(config, checkpoint)
    samples = pack_clips(config, max(2, batches), videos)
    if dtype is not None:
        for sample in samples:
            sample['inputs'] = sample['inputs'].to(getattr(torch, dtype))
    # Two: PyTorch would take a batch of one for a constant.
    pixels = torch.stack([s['inputs'] for s in samples[:2]])
    graph = ScoringGraph(reference.model, pixels)
    facts = describe_model(config, checkpoint, pixels, reference.taxonomy)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part = osp.join(scratch, osp.basename(out))
        say(f'writing {kind.name}')
        with capturable():
            kind.write(
                graph, torch.zeros_like(pixels), part, facts, opset=opset)
        checks = []
        if batches:
            say('opening the file')
            checks = verify(kind.load(part), reference, samples[:batches], say)
        os.replace(part, out)
    return ExportedModel(out, kind.name, facts, checks)


def load_recogniser(config: Config, checkpoint: str) -> TorchPredictor:
    """Load a checkpoint on CPU; UserError if the model is a detector."""
    model = config.model
    if 'cls_head' not in model or model.get('backbone') is None:
        raise UserError(
            f'{config.filename} is of a {model.type}: detectors are not '
            'exported, only recognisers (model.backbone and model.cls_head); '
            'tools/infer.py runs a detector from its checkpoint')
    return TorchPredictor(config, checkpoint, 'cpu')
