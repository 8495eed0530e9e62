# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Export of a config and checkpoint to a self-contained, equivalent model
file."""
import os.path as osp
from typing import Callable, List, NamedTuple, Optional, Sequence

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmaction_microaction.inference.model_facts import describe_model
from mmaction_microaction.inference.predictor import TorchPredictor
from mmaction_microaction.inference.video_stream import FrameArray, VideoFile
from mmaction_microaction.inference.window_pipeline import WindowPipeline
from mmaction_microaction.inference.windows import Window
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import new_files
from .formats import Scorer, format_of
from .graph import ScoringGraph, capturable

DTYPES = ('uint8', 'float32')  # that the pixels of a graph can have
#: Largest difference of two probabilities, over the largest one of the clip:
#: over 1, an untrained model, all about 1 / K, would meet it whatever it does.
TOLERANCE = 1e-4


class Check(NamedTuple):
    """One comparison."""
    inputs: str  # 'random pixels' or 'clips'
    batch: int
    error: float  # as in TOLERANCE


class ExportedModel(NamedTuple):
    """A written file, and its deviation from the checkpoint."""
    path: str
    format: str  # for people
    facts: dict  # what the file says about itself
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
    """Export a recogniser as one graph from raw pixels to probabilities.

    The file appears only if its scores equal those of the checkpoint.

    Args:
        out (str): File to write; ``.onnx``, ``.pt`` (TorchScript) or ``.pt2``
            (torch.export).
        opset (int, optional): Of ONNX; by default PyTorch's choice.
        dtype (str, optional): ``'uint8'`` or ``'float32'``, of the pixels; by
            default that of the test pipeline.
        batches (int): Largest batch to compare with the checkpoint, or 0.
        videos (Sequence[str]): To compare on; if none, generated clips.
        progress (Callable, optional): Gets the name of each step.

    Raises:
        ValueError: If the suffix is unknown, the checkpoint is of another
            model, or the export fails or has other scores.
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
    facts = describe_model(config, checkpoint, pixels, reference.taxonomy,
                           reference.domain)
    with new_files(folder) as (scratch, placed):
        part = osp.join(scratch, osp.basename(out))
        say(f'writing {kind.name}')
        with capturable():
            kind.write(
                graph, torch.zeros_like(pixels), part, facts, opset=opset)
        checks = []
        if batches:
            say('opening the file')
            checks = verify(kind.load(part), reference, samples[:batches], say)
    out = placed[osp.basename(out)]
    return ExportedModel(out, kind.name, facts, checks)


def load_recogniser(config: Config, checkpoint: str) -> TorchPredictor:
    """Load a checkpoint on CPU; UserError for detectors and pose models."""
    model = config.model
    if 'cls_head' not in model or model.get('backbone') is None:
        raise UserError(
            f'{config.filename} is of a {model.type}: detectors are not '
            'exported, only recognisers (model.backbone and model.cls_head); '
            'tools/infer.py runs a detector from its checkpoint')
    if WindowPipeline(config.test_dataloader.dataset.pipeline).needs_pose:
        raise UserError('models of pose are not exported; tools/infer.py runs '
                        'them from their checkpoints')
    return TorchPredictor(config, checkpoint, 'cpu')


def pack_clips(config: Config, count: int,
               videos: Sequence[str] = ()) -> List[dict]:
    """Apply a config's test pipeline to ``count`` clips, of files or drawn."""
    init_default_scope(config.get('default_scope') or 'mmaction')
    pipeline = WindowPipeline(config.test_dataloader.dataset.pipeline)
    samples = []
    for i in range(count):
        source = VideoFile(videos[i % len(videos)]) if videos else _draw(i)
        window = Window(float(source.times[0]), source.end, 0, len(source))
        sample, = pipeline.run(source, [window])
        if sample is None:
            raise UserError(f'{source.path}: too few of its frames can be '
                            'decoded')
        if not isinstance(sample['inputs'], torch.Tensor):
            raise UserError('the test pipeline must pack frames alone, but '
                            f'packs {sorted(sample["inputs"])}')
        samples.append(sample)
    return samples


def verify(score: Scorer,
           reference: TorchPredictor,
           samples: Sequence[dict],
           progress: Optional[Callable[[str], None]] = None) -> List[Check]:
    """Compare the scores of an exported model with its checkpoint, on N clips
    and on random pixels, for batches of 1 to N; ValueError if they differ by
    more than :data:`TOLERANCE`."""
    checks, chance = [], torch.Generator().manual_seed(0)
    noise = [
        dict(s, inputs=s['inputs'].clone().random_(256, generator=chance))
        for s in samples
    ]
    for inputs, packed in (('clips', samples), ('random pixels', noise)):
        # One by one: a batch must not mix its clips.
        wanted = np.concatenate([reference.predict([s]) for s in packed])
        pixels = np.stack([s['inputs'].numpy() for s in packed])
        for batch in range(1, len(packed) + 1):
            if progress is not None:
                progress(f'comparing {inputs}, batch {batch}')
            error = largest_error(score(pixels[-batch:]), wanted[-batch:])
            checks.append(Check(inputs, batch, error))
            if not error <= TOLERANCE:  # nor not-a-number
                raise UserError(
                    f'the exported model is not the checkpoint: for {inputs} '
                    f'at batch {batch} its probabilities differ by '
                    f'{error:.1e} of the largest one, allowed are '
                    f'{TOLERANCE:.0e}')
    return checks


def largest_error(scores: np.ndarray, wanted: np.ndarray) -> float:
    """Of (N, K) scores, in the unit of :data:`TOLERANCE`; infinite if shapes
    differ."""
    if scores.shape != wanted.shape:
        return float('inf')
    top = wanted.max(axis=1, keepdims=True)
    return float((np.abs(scores - wanted) / top).max())


def _draw(number: int) -> FrameArray:
    """A clip of two seconds: a moving smooth pattern, different per number."""
    chance = np.random.default_rng(number)
    tiles = chance.integers(256, size=(8, 10, 3), dtype=np.uint8)
    still = cv2.resize(tiles, (192, 160), interpolation=cv2.INTER_CUBIC)
    return FrameArray(
        np.stack([np.roll(still, (i, 2 * i), (0, 1)) for i in range(60)]))
