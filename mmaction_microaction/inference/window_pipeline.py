# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A config's test pipeline over windows of a video, decoded once.

Only the opening and decoding transforms are replaced; the others see a window
as a whole file. Sampling runs first, as it needs no frames; only the sampled
frames are converted, resized if ``Resize`` comes next, and cached until their
last window. A window gets its part of the video's pose; skeleton models need
no frames.
"""
import copy
import os.path as osp
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np
from mmaction.datasets.transforms import MMDecode, PoseDecode, Resize
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from mmaction_microaction.datasets.transforms import DecodeResized
from mmaction_microaction.utils.errors import UserError
from .video_stream import VideoFile
from .windows import Window

_OPENERS = ('DecordInit', 'OpenVideo')
_DECODERS = ('DecordDecode', 'DecodeResized')


class WindowPipeline:
    """Applies a test pipeline to windows.

    Args:
        pipeline (Sequence[dict]): ``test_dataloader.dataset.pipeline``, which
            reads frames (decord or ``OpenVideo``), pose (``PoseDecode``) or
            both (``MMDecode``).

    Attributes:
        needs_frames, needs_pose (bool): Which of them.
        peak_frames (int): Most frames in the cache of the last :meth:`run`.

    Raises:
        UserError: If the pipeline does not read videos or pose that way.
    """

    def __init__(self, pipeline: Sequence[dict]) -> None:
        steps = [copy.deepcopy(dict(step)) for step in pipeline]
        names = [str(step.get('type')) for step in steps]
        opening = [i for i, name in enumerate(names) if name in _OPENERS]
        decoding = [i for i, name in enumerate(names) if name in _DECODERS]
        both = [i for i, name in enumerate(names) if _is_a(name, MMDecode)]
        posed = any(_is_a(name, PoseDecode) for name in names)
        self.needs_pose, self.needs_frames = posed, bool(both) or not posed
        self._resize = self._decode = None
        self._inds, self.peak_frames = 'frame_inds', 0
        if posed and len(both) < 2 and not opening + decoding:
            at = both[0] if both else 0
            self._sample = Compose(steps[:at])
            if both:
                self._inds = 'RGB_inds'
                self._decode = TRANSFORMS.build(steps.pop(at))
            self._finish = Compose(steps[at:])
            return
        if posed or len(opening) != 1 or len(decoding) != 1 or \
                opening > decoding:
            raise UserError(
                'test_dataloader.dataset.pipeline must have one of '
                f'{_OPENERS} and behind it one of {_DECODERS} to read videos, '
                'or PoseDecode to read pose, or MMDecode to read both, but '
                f'has {names}')
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

    def run(self, source: VideoFile,
            windows: Sequence[Window]) -> Iterator[Optional[dict]]:
        """Decode the video once.

        Args:
            source (VideoFile): The video.
            windows (Sequence[Window]): Sorted by start and by end.

        Yields:
            dict | None: Packed inputs of each window. The nearest frame
            replaces an undecodable one; None if more than half are missing.
        """
        self.peak_frames = 0
        if not self.needs_frames:
            for window in windows:
                # A copy: transforms write into it.
                yield self._finish(
                    copy.deepcopy(self._describe(source, window)))
            return
        samples = [self._choose(source, window) for window in windows]
        chosen = [
            np.unique(sample[self._inds] + window.first).tolist()
            for sample, window in zip(samples, windows)
        ]
        last_use = {i: at for at, used in enumerate(chosen) for i in used}
        pictures, reached = source.frames(), -1
        convert = self._resize._resize if self._resize else getattr(
            self._decode, '_shrink', np.ndarray.copy)
        kept: Dict[int, np.ndarray] = {}
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
        for _ in pictures:  # detect all of the damage
            pass

    def _describe(self, source: VideoFile, window: Window) -> dict:
        """The data set's entry for a file with this window."""
        return dict(
            source.pose.cut(window) if self.needs_pose else {},
            filename=source.path or source.name,
            clip_name=osp.splitext(source.name)[0],
            modality='Pose' if self.needs_pose else 'RGB',
            start_index=0,
            total_frames=window.num_frames,
            avg_fps=source.rate,
            fps=source.rate)

    def _choose(self, source: VideoFile, window: Window) -> dict:
        """Run the transforms before decoding."""
        results = self._sample(self._describe(source, window))
        results[self._inds] = np.reshape(results[self._inds], -1)
        return results

    def _pack(self, source: VideoFile, first: int, sample: dict,
              frames: Dict[int, np.ndarray]) -> dict:
        """Run the transforms after decoding."""
        # Copies, as later transforms may write into them.
        imgs = [frames[i + first].copy() for i in sample[self._inds]]
        if self._decode:
            self._decode._get_video_reader = lambda filename: imgs
            self._decode._decord_load_frames = lambda imgs, inds: imgs
            return self._finish(self._decode(copy.deepcopy(sample)))
        results = dict(
            sample,
            imgs=imgs,
            original_shape=source.shape,
            img_shape=source.shape)
        if self._resize:
            # For the keys that it sets; the pictures are resized.
            results = Resize.transform(self._resize, results)
        return self._finish(results)


def _is_a(name: str, kind: type) -> bool:
    """Whether a registered transform is of a type."""
    found = TRANSFORMS.get(name)
    return isinstance(found, type) and issubclass(found, kind)


def _nearest(kept: Dict[int, np.ndarray],
             wanted: List[int]) -> Optional[Dict[int, np.ndarray]]:
    """The wanted frames, or the nearest cached ones; None if more than half
    are missing."""
    there = [i for i in wanted if i in kept]
    if 2 * len(there) < len(wanted):
        return None
    return {i: kept[min(there, key=lambda j: abs(j - i))] for i in wanted}
