# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import List, Optional

import mmcv
import numpy as np
from mmaction.datasets.transforms import MMDecode
from mmaction.registry import TRANSFORMS

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video_reader import VideoReader
from .open_video import OpenVideo, reraise_with_filename


@TRANSFORMS.register_module()
class DecodeClipAndPose(MMDecode, OpenVideo):
    """Decode the sampled frames of a video, and select its pose at others.

    Replaces ``MMDecode`` after ``MMUniformSampleFrames``, with the same keys:
    required are ``filename``, ``modality`` (list of 'RGB' and 'Pose'),
    ``RGB_inds`` and ``Pose_inds``, ``keypoint`` (M, T, V, 2) in pixels of
    ``img_shape`` (h, w) and ``keypoint_score`` (M, T, V); added are ``imgs``
    (list of (h, w, 3) uint8 RGB), modified are ``keypoint`` and
    ``keypoint_score`` (the sampled frames), ``img_shape`` and
    ``original_shape`` (of the frames, to which the points are scaled).
    Without ``short_side`` all equal decord 0.6 bit for bit.

    Args:
        short_side (int, optional): Downscale larger frames to this, in pixels,
            right after decoding; None keeps their size.

    Raises:
        UserError: If the video has fewer frames than the pose.
        RuntimeError: If it is damaged.
    """

    def __init__(self, short_side: Optional[int] = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.short_side = short_side

    def transform(self, results: dict) -> dict:
        """Decode ``results['RGB_inds']``, take ``results['Pose_inds']``."""
        self._frames = results['total_frames']
        return super().transform(results)

    def _get_video_reader(self, filename: str) -> VideoReader:
        self._filename = filename  # for error messages
        with reraise_with_filename(filename):
            return super()._get_video_reader(filename)

    def _decord_load_frames(self, video: VideoReader,
                            frame_inds: np.ndarray) -> List[np.ndarray]:
        if len(video) < self._frames:
            raise UserError(
                f'{self._filename} has {len(video)} frames, but its pose '
                f'{self._frames}; `python tools/data/check_data.py ROOT` '
                'finds all such files')
        with reraise_with_filename(self._filename):
            return video.read(frame_inds, self._shrink)

    def _shrink(self, img: np.ndarray) -> np.ndarray:
        if self.short_side is None or min(img.shape[:2]) <= self.short_side:
            return img
        return mmcv.imrescale(img, (np.inf, self.short_side))
