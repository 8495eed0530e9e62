# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Loads the frames of a micro-expression that a model looks at.

Shapes: T frames of H x W pixels.
"""
from typing import Sequence, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mmaction_microaction.utils.errors import UserError
from ..expressions import FrameFolder, find_apex, nearest


class _LoadExpressionFrames(BaseTransform):
    """Reads chosen frames of a clip; which ones, a subclass says.

    Required keys: ``onset``, ``apex``, ``offset`` and ``frame_dir`` or, in its
    place, ``frames`` (``FrameFolder`` or ``VideoFrames``). Added keys:
    ``imgs`` (list of T (H, W, 3) uint8 RGB), ``frame_inds`` ((T,) int64, the
    numbers in the file names), ``img_shape`` and ``original_shape`` (H, W),
    ``num_clips`` (T), ``clip_len`` (1).
    """

    def transform(self, results: dict) -> dict:
        """Load the frames."""
        frames = results.get('frames') or FrameFolder(results['frame_dir'])
        wanted = self._choose(results['onset'], results['apex'],
                              results['offset'])
        # Jitter, too, may hit a gap.
        taken = [nearest(frames.numbers, i) for i in wanted]
        results['imgs'] = frames.read(taken)
        return _describe(results, np.array(taken))

    def _choose(self, onset: int, apex: int, offset: int) -> Sequence[int]:
        """Numbers of the T frames."""
        raise NotImplementedError


@TRANSFORMS.register_module()
class LoadOnsetApex(_LoadExpressionFrames):
    """Load the onset and the apex frame, in this order.

    With jitter, L1 = apex - onset and L2 = offset - apex, the onset is drawn
    from [onset, onset + int(.2 L1 / 4)] and the apex from
    [apex - int(.15 L1 / 4), apex + int(.15 L2 / 4)], ends included, by
    ``np.random``, which MMEngine seeds in every worker. A number that does not
    exist gives way to the nearest one that does.

    Keys: as of the base class, with T = 2.

    Source: Li et al., "MMNet", IJCAI 2022, the authors' training script.

    Args:
        jitter (bool): Whether to draw, for training. Defaults to False.
    """

    def __init__(self, jitter: bool = False) -> None:
        self.jitter = jitter

    def _choose(self, onset: int, apex: int, offset: int) -> Tuple[int, int]:
        if not self.jitter:
            return onset, apex
        rise, fall = apex - onset, offset - apex
        return (np.random.randint(onset, onset + int(.2 * rise / 4) + 1),
                np.random.randint(apex - int(.15 * rise / 4),
                                  apex + int(.15 * fall / 4) + 1))

    def __repr__(self) -> str:
        return f'{type(self).__name__}(jitter={self.jitter})'


@TRANSFORMS.register_module()
class LoadExpressionClip(_LoadExpressionFrames):
    """Load T frames spread evenly from onset to offset, for video networks.

    Keys: as of the base class, in the form that ``FormatShape`` with
    ``input_format='NCHW'`` takes for T segments.

    Args:
        num_frames (int): T. Defaults to 8.

    Raises:
        ValueError: If ``num_frames`` is below 2.
    """

    def __init__(self, num_frames: int = 8) -> None:
        if num_frames < 2:
            raise UserError('num_frames of LoadExpressionClip must be at '
                            f'least 2, but got {num_frames}')
        self.num_frames = num_frames

    def _choose(self, onset: int, apex: int, offset: int) -> np.ndarray:
        return np.linspace(onset, offset, self.num_frames).round().astype(int)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(num_frames={self.num_frames})'


@TRANSFORMS.register_module()
class PickOnsetApex(BaseTransform):
    """Make a pair out of any clip: its first frame and the apex found.

    Stands behind the decoding of a video without annotation, whose first
    frame is taken for the onset.

    Required keys: ``imgs`` (list of T (H, W, 3) uint8). Modified keys:
    ``imgs`` (2 frames), ``num_clips`` (2), ``clip_len`` (1), ``frame_inds``
    where it is. Added keys: ``apex`` (int, index among the T).
    """

    def transform(self, results: dict) -> dict:
        """Pick two of ``results['imgs']``."""
        frames = results['imgs']
        apex = find_apex(frames)
        results['imgs'] = [frames[0], frames[apex]]
        results['apex'] = apex
        inds = results.get('frame_inds', range(len(frames)))
        return _describe(results, np.array([inds[0], inds[apex]]))


def _describe(results: dict, frame_inds: np.ndarray) -> dict:
    """Add what the host's transforms want to know about the frames."""
    shape = results['imgs'][0].shape[:2]
    results.update(
        frame_inds=frame_inds,
        img_shape=shape,
        original_shape=results.get('original_shape', shape),
        num_clips=len(frame_inds),
        clip_len=1)
    return results
