# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A config's test pipeline over windows of a video that is read once.

Only opening and decoding are replaced; what comes behind is told that the
window is the whole file. Sampling needs no pictures, so it runs beforehand,
and only the frames that it has chosen are converted and kept, resized where
``Resize`` comes first, until their last window has gone.
"""
import copy
import os.path as osp
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np
from mmaction.datasets.transforms import Resize
from mmengine.dataset import Compose

from mmaction_microaction.datasets.transforms import DecodeResized
from mmaction_microaction.utils.errors import UserError
from .video_stream import VideoFile
from .windows import Window

_OPENERS = ('DecordInit', 'OpenVideo')
_DECODERS = ('DecordDecode', 'DecodeResized')


class WindowPipeline:
    """A ``test_dataloader.dataset.pipeline`` for windows; it has to read
    videos by decord or ``OpenVideo``. ``peak_frames`` is how many frames the
    last :meth:`run` kept at once."""

    def __init__(self, pipeline: Sequence[dict]) -> None:
        steps = [copy.deepcopy(dict(step)) for step in pipeline]
        names = [str(step.get('type')) for step in steps]
        opening = [i for i, name in enumerate(names) if name in _OPENERS]
        decoding = [i for i, name in enumerate(names) if name in _DECODERS]
        if len(opening) != 1 or len(decoding) != 1 or opening > decoding:
            raise UserError(
                'test_dataloader.dataset.pipeline must have one of '
                f'{_OPENERS} and behind it one of {_DECODERS} to read videos, '
                f'but has {names}')
        opener, at = opening[0], decoding[0]
        resize, rest = None, steps[at + 1:]
        if names[at] == 'DecodeResized':
            resize = steps[at]
        elif rest and names[at + 1] == 'Resize' and not rest[0].get('lazy'):
            resize = rest.pop(0)
        for key in ('type', 'lazy') if resize else ():
            resize.pop(key, None)
        self._resize = resize and DecodeResized(**resize)
        self._sample = Compose(steps[:opener] + steps[opener + 1:at])
        self._finish = Compose(rest)
        self.peak_frames = 0

    def run(self, source: VideoFile,
            windows: Sequence[Window]) -> Iterator[Optional[dict]]:
        """Read the video once, and yield what is packed of every window, by
        start and by end. A frame that cannot be decoded is replaced by the
        nearest one of the window; None if more than half of them are."""
        samples = [self._choose(source, window) for window in windows]
        chosen = [
            np.unique(sample['frame_inds'] + window.first).tolist()
            for sample, window in zip(samples, windows)
        ]
        last_use = {i: at for at, used in enumerate(chosen) for i in used}
        pictures, reached = source.frames(), -1
        convert = self._resize._resize if self._resize else np.ndarray.copy
        kept: Dict[int, np.ndarray] = {}
        self.peak_frames = 0
        for at, wanted in enumerate(chosen):
            while reached < wanted[-1]:
                # The file may end before its time.
                reached, frame = next(pictures, (len(source), None))
                if reached in last_use:
                    kept[reached] = convert(source.to_rgb(frame))
                    self.peak_frames = max(self.peak_frames, len(kept))
            frames = _nearest(kept, wanted)
            yield frames and self._pack(source, windows[at].first, samples[at],
                                        frames)
            for i in wanted:
                if last_use[i] == at:
                    kept.pop(i, None)
        for _ in pictures:  # so that the source knows all of the damage
            pass

    def _choose(self, source: VideoFile, window: Window) -> dict:
        """Run the transforms before decoding, as if the window were all."""
        results = self._sample(
            dict(
                filename=source.path or source.name,
                clip_name=osp.splitext(source.name)[0],
                modality='RGB',
                start_index=0,
                total_frames=window.num_frames,
                avg_fps=source.rate,
                fps=source.rate))
        results['frame_inds'] = np.reshape(results['frame_inds'], -1)
        return results

    def _pack(self, source: VideoFile, first: int, sample: dict,
              frames: Dict[int, np.ndarray]) -> dict:
        """Run the transforms behind decoding."""
        # Copies: transforms behind may write into them.
        results = dict(
            sample,
            imgs=[frames[i + first].copy() for i in sample['frame_inds']],
            original_shape=source.shape,
            img_shape=source.shape)
        if self._resize:
            # For the keys that it sets; the pictures are resized.
            results = Resize.transform(self._resize, results)
        return self._finish(results)


def _nearest(kept: Dict[int, np.ndarray],
             wanted: List[int]) -> Optional[Dict[int, np.ndarray]]:
    """The wanted frames, or the nearest of them that are kept; None if more
    than half are not."""
    there = [i for i in wanted if i in kept]
    if 2 * len(there) < len(wanted):
        return None
    return {i: kept[min(there, key=lambda j: abs(j - i))] for i in wanted}
