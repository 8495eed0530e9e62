# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Whether an exported model gives the scores of its checkpoint."""
from typing import Callable, List, NamedTuple, Optional, Sequence

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmaction_microaction.inference.predictor import TorchPredictor
from mmaction_microaction.inference.video_stream import (FrameArray, VideoFile,
                                                         VideoSource)
from mmaction_microaction.inference.window_pipeline import WindowPipeline
from mmaction_microaction.inference.windows import Window
from mmaction_microaction.utils.errors import UserError
from .formats import Scorer

#: Largest difference of two probabilities, over the largest one of the clip:
#: over 1, an untrained model, all about 1 / K, would meet it whatever it does.
TOLERANCE = 1e-4


class Check(NamedTuple):
    """One comparison: of ``'random pixels'`` or ``'clips'``, with so many at a
    time, and its error as in :data:`TOLERANCE`."""
    inputs: str
    batch: int
    error: float


def pack_clips(config: Config, count: int,
               videos: Sequence[str] = ()) -> List[dict]:
    """Run the test pipeline of a config over so many clips: video files, again
    and again, or else drawn ones."""
    init_default_scope(config.get('default_scope') or 'mmaction')
    pipeline = WindowPipeline(config.test_dataloader.dataset.pipeline)
    samples = []
    for i in range(count):
        source = VideoFile(videos[i % len(videos)]) if videos else _draw(i)
        window = Window(0., source.end, 0, len(source))
        sample, = pipeline.run(source, [window])
        if sample is None:
            raise UserError(f'{source.path}: too few of its frames can be '
                            'decoded')
        if not isinstance(sample['inputs'], torch.Tensor):
            raise UserError('the test pipeline must pack frames alone, but '
                            f'packs {sorted(sample["inputs"])}')
        samples.append(sample)
    return samples


def randomise(samples: Sequence[dict]) -> List[dict]:
    """The same samples with other pixels: each its own, at random."""
    chance = torch.Generator().manual_seed(0)
    pixels = [sample['inputs'] for sample in samples]
    return [
        dict(
            sample, inputs=torch.randint(256, x.shape, generator=chance).to(x))
        for sample, x in zip(samples, pixels)
    ]


def verify(score: Scorer,
           reference: TorchPredictor,
           samples: Sequence[dict],
           progress: Optional[Callable[[str], None]] = None) -> List[Check]:
    """Compare the scores of an exported model and of its checkpoint, on N
    clips and on random pixels, for batches of 1 to N; ValueError if they
    differ by more than :data:`TOLERANCE`."""
    checks = []
    for inputs, packed in (('clips', samples), ('random pixels',
                                                randomise(samples))):
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
    """Largest difference of (N, K) scores, over the largest probability of the
    clip; infinity if the shapes differ."""
    if scores.shape != wanted.shape:
        return float('inf')
    top = wanted.max(axis=1, keepdims=True)
    return float((np.abs(scores - wanted) / top).max())


def _draw(number: int) -> VideoSource:
    """A clip of two seconds: a smooth pattern that moves, one a number."""
    chance = np.random.default_rng(number)
    tiles = chance.integers(256, size=(8, 10, 3), dtype=np.uint8)
    still = cv2.resize(tiles, (192, 160), interpolation=cv2.INTER_CUBIC)
    return FrameArray(
        np.stack([np.roll(still, (i, 2 * i), (0, 1)) for i in range(60)]))
