# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How cost grows with the amount of work.

Shapes: T frames of H x W pixels.
"""
import copy
import os.path as osp
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence

import numpy as np
from mmengine.config import Config
from torch.utils.data import DataLoader, Dataset

from benchmarks import loader, steps
from benchmarks.timing import compare, spread

#: Widths of clips to load, in pixels, of the shape of MA-52's.
WIDTHS = (270, 540, 1080)


@dataclass(frozen=True)
class Sweep:
    """One quantity that is varied; value -> what to time by name, and value ->
    clips that a call deals with (None: the time of the call is shown)."""
    title: str
    quantity: str
    values: Sequence[int]
    contestants: Callable[[int], Dict[str, Callable]]
    clips: Optional[Callable[[int], int]] = None
    clock: str = 'cpu'

    @property
    def unit(self) -> str:
        """Of the times, for the axis."""
        of = 'in all' if self.clips is None else 'a clip'
        return f'{"CPU" if self.clock == "cpu" else "wall"} ms {of}'

    def run(self,
            rounds: int = 5,
            progress: Optional[Callable[[str], None]] = None) -> List[dict]:
        """Time every contestant at every value; ``low`` and ``high`` are the
        quartiles of ``ms``."""
        records = []
        for value in self.values:
            contestants = self.contestants(value)
            clips = 1 if self.clips is None else self.clips(value)

            what = f'{self.title}, {self.quantity} {value}: '
            rows = compare(
                contestants,
                next(iter(contestants)),
                rounds,
                min_seconds=0.05,
                progress=progress and (lambda name: progress(what + name)))
            for row in rows:
                ms = spread(1000 * getattr(row, self.clock) / clips)
                records.append(
                    dict(
                        title=self.title,
                        quantity=self.quantity,
                        unit=self.unit,
                        value=value,
                        name=row.name,
                        ms=ms.median,
                        low=ms.low,
                        high=ms.high))
        return records


class _Clips(Dataset):
    """Clip after clip, loaded in a worker."""

    def __init__(self, load: loader.Loader, num_clips: int) -> None:
        self.load, self.num_clips = load, num_clips

    def __len__(self) -> int:
        return self.num_clips

    def __getitem__(self, index: int) -> np.ndarray:
        return self.load.load(index % len(self.load.paths))


def load_in_workers(load: loader.Loader, num_clips: int,
                    num_workers: int) -> Callable[[], int]:
    """Load clips in turn, as a training does; returns the number of batches.
    The processes stay alive between the calls."""
    batches = DataLoader(
        _Clips(load, num_clips),
        batch_size=4,
        num_workers=num_workers,
        persistent_workers=num_workers > 0)
    return lambda: sum(1 for _ in batches)


def loading_sweeps(pipeline: Sequence[dict],
                   raw: Sequence[str],
                   folder: str,
                   quick: bool = False) -> List[Sweep]:
    """What loading costs, by clips, frames, resolution and workers."""
    prepared = loader.prepare_clips(raw, osp.join(folder, 'prepared'))

    def contestants(raw, prepared, pipeline=pipeline):
        named = loader.loader_contestants(pipeline, raw, prepared)
        del named[loader.DECODING]
        return named

    def by_clips(n: int):
        take = [i % len(raw) for i in range(n)]
        return contestants([raw[i] for i in take], [prepared[i] for i in take])

    def by_frames(t: int):
        steps_ = copy.deepcopy(list(pipeline))
        steps_[1].update(num_clips=t)
        return contestants(raw, prepared, steps_)

    def by_width(width: int):
        size = (width, width * 6 // 5 // 2 * 2)
        path = osp.join(folder, f'{width}.mp4')
        if not osp.isfile(path):
            loader.make_raw_clip(path, 0, size, 24 if quick else 60)
        sized = loader.prepare_clips([path], osp.join(folder, 'sized'))
        return contestants([path], sized)

    def by_workers(workers: int):
        return {
            name: load_in_workers(load, 16, workers)
            for name, load in contestants(raw, prepared).items()
        }

    def all_raw(_):
        return len(raw)

    few = slice(2 if quick else None)
    return [
        Sweep('loading', 'clips', (1, 2, 4, 8)[few], by_clips),
        Sweep('loading', 'frames sampled', (2, 4, 8, 16, 32)[few], by_frames,
              all_raw),
        Sweep('loading', 'width of the raw clip, pixels', WIDTHS[few],
              by_width, lambda _: 1),
        Sweep('loading', 'workers', (0, 1, 2, 4, 8)[few], by_workers,
              lambda _: 16, 'wall'),
    ]


def inference_sweeps(cfg: Config, quick: bool = False) -> List[Sweep]:
    """What inference on CPU costs, by batch, frames and resolution."""
    table = steps.inference_contestants()
    shown = [name for name, who in table.items() if who.config == 'manet']

    def models(batch: int, frames: int, size: int) -> Dict[str, Callable]:
        sized = copy.deepcopy(cfg)
        for part in (sized.model.backbone, sized.model.cls_head):
            part.num_segments = frames
        data = steps.random_batch(batch, (frames, 3, size, size))
        return {
            name:
            steps.inference(
                steps.build_model(sized, table[name], 'cpu'), data)
            for name in shown
        }

    frames = cfg.model.backbone.num_segments
    size = 64 if quick else 224
    few = slice(2 if quick else None)
    return [
        Sweep('inference', 'batch, clips', (1, 2, 4, 8)[few],
              lambda n: models(n, frames, size), lambda n: n),
        Sweep('inference', 'frames T', (4, 8, 16)[few],
              lambda t: models(1, t, size), lambda _: 1),
        Sweep('inference', 'side of a frame, pixels', (32, 64) if quick else
              (112, 160, 224, 288), lambda s: models(1, frames, s),
              lambda _: 1),
    ]
