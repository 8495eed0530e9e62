# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A config's test pipeline over windows of a video that is read once.

Every transform is the config's own; only opening and decoding are replaced.
What comes behind is told that the window is the whole file: ``total_frames``
is the window's, frame 0 its first. Sampling needs no pictures, so it runs for
all windows beforehand, and only the frames that it has chosen are converted
and kept, resized already where ``Resize`` comes first, until the last window
that wants them has gone.

Shapes: T frames of H x W pixels, h x w resized; W windows.
"""
import copy
import os.path as osp
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmaction.datasets.transforms import Resize
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from mmaction_microaction.datasets.transforms import DecodeResized
from mmaction_microaction.utils.errors import UserError
from .video_stream import VideoSource
from .windows import Window

_OPENERS = ('DecordInit', 'MicroActionDecordInit', 'OpenVideo')
_DECODERS = ('DecordDecode', 'MicroActionDecordDecode', 'DecodeResized')


class _Batch(NamedTuple):
    """What decord's ``get_batch`` returns."""
    pictures: np.ndarray

    def asnumpy(self) -> np.ndarray:
        return self.pictures


class WindowReader:
    """The frames of one window, as decord would give a file of them.

    Args:
        frames (dict): Number of a frame in the window -> (h, w, 3) uint8.
        num_frames (int): Frames of the window, there or not.
        fps (float): Frames per second.
        shape (tuple[int, int]): H and W before resizing.
    """

    def __init__(self, frames: Dict[int, np.ndarray], num_frames: int,
                 fps: float, shape: Tuple[int, int]) -> None:
        self._frames = frames
        self._num_frames, self._fps, self.shape = num_frames, fps, shape

    def __len__(self) -> int:
        return self._num_frames

    def get_avg_fps(self) -> float:
        """Frames per second."""
        return self._fps

    def get_batch(self, indices: Sequence[int]) -> _Batch:
        """Frames (T, h, w, 3), copied, behind ``asnumpy``."""
        return _Batch(np.stack([self._frames[int(i)] for i in indices]))

    def __getitem__(self, index: int) -> _Batch:
        """One frame (h, w, 3) behind ``asnumpy``."""
        return _Batch(self.get_batch([index]).pictures[0])


class _TakeResized(DecodeResized):
    """``DecodeResized`` of frames that :meth:`prepare` has resized."""

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        """Resize a frame as soon as it is decoded."""
        return self._resize(picture)

    def transform(self, results: dict) -> dict:
        frames = results['video_reader']
        results['frame_inds'] = np.reshape(results['frame_inds'], -1)
        # Copies: transforms behind may write into them.
        results['imgs'] = list(
            frames.get_batch(results['frame_inds']).asnumpy())
        results['original_shape'] = results['img_shape'] = frames.shape
        results['video_reader'] = None
        return Resize.transform(self, results)


class WindowPipeline:
    """The test pipeline of a config, for windows.

    Attributes:
        peak_frames (int): Most frames that the last :meth:`run` has kept at a
            time.

    Args:
        pipeline (Sequence[dict]): Configs of the transforms, as in
            ``test_dataloader.dataset.pipeline``.

    Raises:
        ValueError: If it does not open and decode videos by decord or
            ``OpenVideo``.
    """

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
        rest = steps[at + 1:]
        decoder = steps[at]
        if names[at] != 'DecodeResized' and rest and \
                names[at + 1] == 'Resize' and not rest[0].get('lazy'):
            decoder, rest = dict(rest[0], type='DecodeResized'), rest[1:]
        if decoder['type'] == 'DecodeResized':
            decoder.pop('type')
            decoder.pop('lazy', None)
            self._take = _TakeResized(**decoder)
            self._prepare = self._take.prepare
        else:
            self._take, self._prepare = TRANSFORMS.build(decoder), np.copy
        self._sample = Compose(steps[:opener] + steps[opener + 1:at])
        self._finish = Compose([self._take, *rest])
        self.peak_frames = 0

    def sample(self, source: VideoSource, window: Window) -> dict:
        """Run the transforms before decoding.

        Args:
            source (VideoSource): The video.
            window (Window): The window.

        Returns:
            dict: The results so far; ``frame_inds`` count from the window's
            first frame.
        """
        fps = source.fps or len(source) / source.end
        return self._sample(
            dict(
                filename=source.path or source.name,
                clip_name=osp.splitext(source.name)[0],
                modality='RGB',
                start_index=0,
                total_frames=window.num_frames,
                avg_fps=fps,
                fps=fps))

    def run(self, source: VideoSource,
            windows: Sequence[Window]) -> Iterator[Optional[dict]]:
        """Go through the video once.

        Args:
            source (VideoSource): The video.
            windows (Sequence[Window]): W windows, by start and by end.

        Yields:
            dict | None: What the pipeline packs, for every window in turn.
            A frame that cannot be decoded is replaced by the nearest one that
            the window has; None where that holds for more than half of them.
        """
        samples = [self.sample(source, window) for window in windows]
        buffer = _Buffer([
            np.unique(np.ravel(s['frame_inds'])) + w.first
            for s, w in zip(samples, windows)
        ])
        done = self.peak_frames = 0
        for index, frame in source.frames():
            if buffer.wants(index):
                buffer.add(index, self._prepare(source.to_rgb(frame)))
                self.peak_frames = max(self.peak_frames, len(buffer))
            while done < len(windows) and index >= buffer.last_of(done):
                yield self._pack(source, windows[done], samples[done],
                                 buffer.take(done))
                samples[done] = None
                done += 1
        for i in range(done, len(windows)):  # the file ended before its time
            yield self._pack(source, windows[i], samples[i], buffer.take(i))

    def _pack(self, source: VideoSource, window: Window, results: dict,
              frames: Optional[Dict[int, np.ndarray]]) -> Optional[dict]:
        if frames is None:
            return None
        frames = {i - window.first: frame for i, frame in frames.items()}
        results['video_reader'] = WindowReader(frames, window.num_frames,
                                               results['avg_fps'],
                                               source.shape)
        return self._finish(results)


class _Buffer:
    """Chosen frames, each kept until the last window has used it.

    Args:
        chosen (list[np.ndarray]): For every window the numbers of its frames,
            increasing.
    """

    def __init__(self, chosen: List[np.ndarray]) -> None:
        self._chosen = chosen
        self._last_use: Dict[int, int] = {}
        for window, indices in enumerate(chosen):
            self._last_use.update(dict.fromkeys(indices.tolist(), window))
        self._frames: Dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def wants(self, index: int) -> bool:
        return index in self._last_use

    def add(self, index: int, picture: np.ndarray) -> None:
        self._frames[index] = picture

    def last_of(self, window: int) -> int:
        return int(self._chosen[window][-1])

    def take(self, window: int) -> Optional[Dict[int, np.ndarray]]:
        """The frames of a window; forgets what no later one needs."""
        indices = self._chosen[window].tolist()
        there = [i for i in indices if i in self._frames]
        frames = None
        if 2 * len(there) >= len(indices):
            places = np.asarray(there)
            frames = {
                i: self._frames[there[int(np.abs(places - i).argmin())]]
                for i in indices
            }
        for i in there:
            if self._last_use[i] == window:
                del self._frames[i]
        return frames
