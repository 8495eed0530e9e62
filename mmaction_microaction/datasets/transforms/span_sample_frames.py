# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS

from mmaction_microaction.utils.errors import UserError


@TRANSFORMS.register_module()
class SpanSampleFrames(SampleFrames):
    """Sample W windows of T frames, without wrapping around in short clips.

    An MA-52 clip has 45 to 75 frames, some as few as 20, while 32 frames at
    an interval of 2 span 63. ``SampleFrames`` then wraps around to the first
    frame, which looks like a sudden motion. Here a long enough clip is sampled
    exactly as by ``SampleFrames``, and a shorter one in T equal bins with one
    frame each: at a random position in training, at (w + 0.5) / W of the bin
    in window w in testing, so that several windows cover more frames.

    Required keys: ``total_frames``, ``start_index``. Added keys:
    ``frame_inds`` ((W * T,) int32, from 0 to ``total_frames - 1`` plus
    ``start_index``, never decreasing within a window), ``clip_len`` (T),
    ``frame_interval`` (the nominal one), ``num_clips`` (W).
    """

    def __init__(self,
                 clip_len: int,
                 frame_interval: int = 1,
                 num_clips: int = 1,
                 test_mode: bool = False) -> None:
        if min(clip_len, frame_interval, num_clips) < 1:
            raise UserError(
                'clip_len, frame_interval and num_clips of SpanSampleFrames '
                f'must be at least 1, but got {clip_len}, {frame_interval} '
                f'and {num_clips}')
        super().__init__(
            clip_len, frame_interval, num_clips, test_mode=test_mode)

    def transform(self, results: dict) -> dict:
        """Add the frame indices."""
        total = results['total_frames']
        if total < 1:
            raise UserError(f"{results.get('filename', 'the video')} has no "
                            'frames to sample from')
        span = (self.clip_len - 1) * self.frame_interval + 1
        # In training the host samples starts that are too late for several
        # windows, unless the clip is a little longer.
        slack = 0 if self.test_mode or self.num_clips == 1 else (
            self.frame_interval + self.num_clips)
        if total >= span + slack:
            return super().transform(results)
        if self.test_mode:
            offset = (np.arange(self.num_clips)[:, None] + .5) / self.num_clips
        else:
            offset = np.random.uniform(size=(self.num_clips, self.clip_len))
        bins = np.arange(self.clip_len) + offset  # (W, T)
        indices = (bins * (total / self.clip_len)).astype(np.int32)
        # Rounding may exceed the last frame.
        indices = np.minimum(indices, total - 1).reshape(-1)
        results.update(
            frame_inds=indices + results['start_index'],
            clip_len=self.clip_len,
            frame_interval=self.frame_interval,
            num_clips=self.num_clips)
        return results
