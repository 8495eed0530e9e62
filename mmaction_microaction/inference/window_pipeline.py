# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A config's test pipeline over windows of a video that is read once.

Every transform is the config's own; only opening and decoding are replaced.
What comes behind is told that the window is the whole file: ``total_frames``
is the window's, frame 0 its first. Sampling needs no pictures, so it runs for
all windows beforehand, and only the frames that it has chosen are converted
and kept, resized already where ``Resize`` comes first, until the last window
that wants them has gone.

Shapes: W windows.
"""
import copy
import os.path as osp
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np
from mmaction.datasets.transforms import Resize
from mmengine.dataset import Compose

from mmaction_microaction.datasets.transforms import DecodeResized
from mmaction_microaction.utils.errors import UserError
from .video_stream import VideoSource
from .windows import Window

_OPENERS = ('DecordInit', 'OpenVideo')
_DECODERS = ('DecordDecode', 'DecodeResized')


class WindowPipeline:
    """The test pipeline of a config (``test_dataloader.dataset.pipeline``),
    which has to read videos by decord or ``OpenVideo``, for windows.
    ``peak_frames`` is how many frames the last :meth:`run` kept at once."""

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
        self._resize = resize and DecodeResized(**{
            k: v
            for k, v in resize.items() if k not in ('type', 'lazy')
        })
        self._sample = Compose(steps[:opener] + steps[opener + 1:at])
        self._finish = Compose(rest)
        self.peak_frames = 0

    def run(self, source: VideoSource,
            windows: Sequence[Window]) -> Iterator[Optional[dict]]:
        """Go through the video once, and yield what the pipeline packs for
        every window, by start and by end, in turn. A frame that cannot be
        decoded is replaced by the nearest one that the window has; None where
        that holds for more than half of them."""
        samples = [self._choose(source, window) for window in windows]
        chosen = [
            np.unique(sample['frame_inds']) + window.first
            for sample, window in zip(samples, windows)
        ]
        buffer = _Buffer(chosen)
        done = self.peak_frames = 0
        for index, frame in source.frames():
            if index in buffer.last_use:
                buffer.frames[index] = self._convert(source.to_rgb(frame))
                self.peak_frames = max(self.peak_frames, len(buffer.frames))
            while done < len(windows) and index >= chosen[done][-1]:
                yield self._pack(source, windows[done], samples[done],
                                 buffer.take(done))
                samples[done] = None
                done += 1
        for i in range(done, len(windows)):  # the file ended before its time
            yield self._pack(source, windows[i], samples[i], buffer.take(i))

    def _choose(self, source: VideoSource, window: Window) -> dict:
        """Run the transforms before decoding, as if the window were all."""
        fps = source.fps or len(source) / source.end
        results = self._sample(
            dict(
                filename=source.path or source.name,
                clip_name=osp.splitext(source.name)[0],
                modality='RGB',
                start_index=0,
                total_frames=window.num_frames,
                avg_fps=fps,
                fps=fps))
        results['frame_inds'] = np.reshape(results['frame_inds'], -1)
        return results

    def _convert(self, picture: np.ndarray) -> np.ndarray:
        return self._resize._resize(picture) if self._resize else \
            picture.copy()

    def _pack(self, source: VideoSource, window: Window, results: dict,
              frames: Optional[Dict[int, np.ndarray]]) -> Optional[dict]:
        """Run the transforms behind decoding."""
        if frames is None:
            return None
        # Copies: transforms behind may write into them.
        results.update(
            imgs=[
                frames[i + window.first].copy() for i in results['frame_inds']
            ],
            original_shape=source.shape,
            img_shape=source.shape)
        if self._resize:
            # For the keys that it sets; the pictures are resized.
            results = Resize.transform(self._resize, results)
        return self._finish(results)


class _Buffer:
    """Frames, each kept until the last window has used it; ``chosen`` has the
    increasing numbers of every window's frames."""

    def __init__(self, chosen: List[np.ndarray]) -> None:
        self.frames: Dict[int, np.ndarray] = {}
        self._chosen = chosen
        self.last_use: Dict[int, int] = {}
        for window, indices in enumerate(chosen):
            self.last_use.update(dict.fromkeys(indices.tolist(), window))

    def take(self, window: int) -> Optional[Dict[int, np.ndarray]]:
        """The frames of a window; forgets what no later one needs."""
        indices = self._chosen[window].tolist()
        there = [i for i in indices if i in self.frames]
        frames = None
        if 2 * len(there) >= len(indices):
            places = np.asarray(there)
            frames = {
                i: self.frames[there[int(np.abs(places - i).argmin())]]
                for i in indices
            }
        for i in there:
            if self.last_use[i] == window:
                del self.frames[i]
        return frames
