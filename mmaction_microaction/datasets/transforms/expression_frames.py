# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Shared by the transforms that load micro-expressions."""
from typing import Sequence

import numpy as np
from mmcv.transforms import BaseTransform

from ..expressions import FrameFolder, nearest


class LoadExpressionFrames(BaseTransform):
    """Load T frames of a clip, selected by ``choose(onset, apex, offset)`` of
    a subclass, which returns frame numbers.

    Required keys: ``onset``, ``apex``, ``offset``, and ``frame_dir`` or
    ``frames`` (``FrameFolder`` or ``VideoFrames``). Added keys: ``imgs`` (list
    of T (H, W, 3) uint8 RGB), ``frame_inds`` ((T,) int64, as in the file
    names), ``img_shape``, ``original_shape``, ``num_clips`` (T), ``clip_len``
    (1).
    """

    def transform(self, results: dict) -> dict:
        """Load the frames."""
        frames = results.get('frames') or FrameFolder(results['frame_dir'])
        ends = (results[x] for x in ('onset', 'apex', 'offset'))
        # Jitter may hit a gap, too.
        taken = [nearest(frames.numbers, i) for i in self.choose(*ends)]
        results['imgs'] = frames.read(taken)
        return describe(results, taken)


def describe(results: dict, frame_inds: Sequence[int]) -> dict:
    """Add the keys of loaded frames for the host's transforms."""
    shape = results['imgs'][0].shape[:2]
    results.update(
        frame_inds=np.array(frame_inds),
        img_shape=shape,
        original_shape=results.get('original_shape', shape),
        num_clips=len(frame_inds),
        clip_len=1)
    return results
