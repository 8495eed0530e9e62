# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mmaction_microaction.utils.errors import UserError


@TRANSFORMS.register_module()
class SampleWholeClip(BaseTransform):
    """Sample one frame per ``stride`` frames, for temporal detection.

    Of T grid steps, step t covers frames t * stride to (t + 1) * stride - 1. A
    clip of more than ``max_frames`` steps gets the smallest stride at which it
    fits. Testing samples the centre of each step, training one random offset
    for all steps.

    Required keys: ``total_frames`` (the decoder's, as the annotated length of
    some MMA-52 clips is wrong), ``fps`` (frames per second), and optional
    ``start_index``. Added keys: ``frame_inds`` ((T,) int32, increasing),
    ``grid_fps`` (steps per second), ``duration`` (seconds), ``clip_len`` (T),
    ``frame_interval``, ``num_clips`` (1).
    """

    def __init__(self,
                 max_frames: int,
                 stride: int = 1,
                 test_mode: bool = False) -> None:
        if min(max_frames, stride) < 1:
            raise UserError('max_frames and stride of SampleWholeClip must be '
                            f'at least 1, but got {max_frames} and {stride}')
        self.max_frames, self.stride = max_frames, stride
        self.test_mode = test_mode

    def transform(self, results: dict) -> dict:
        """Add the frame indices."""
        total, fps = results['total_frames'], results.get('fps') or 0
        if total < 1 or fps <= 0:
            raise UserError(
                f"{results.get('filename', 'the video')} needs a frame and a "
                f'frame rate, but got total_frames={total}, fps={fps}')
        stride = max(self.stride, -(-total // self.max_frames))
        offset = stride // 2 if self.test_mode else np.random.randint(stride)
        indices = np.arange(0, total, stride) + offset
        indices = np.minimum(indices, total - 1).astype(np.int32)
        results.update(
            frame_inds=indices + results.get('start_index', 0),
            grid_fps=fps / stride,
            duration=total / fps,
            clip_len=len(indices),
            frame_interval=stride,
            num_clips=1)
        return results
