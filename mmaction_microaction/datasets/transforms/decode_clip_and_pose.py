# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import List, Optional

import mmcv
import numpy as np
from mmaction.datasets.transforms import MMDecode
from mmaction.registry import TRANSFORMS

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import VideoReader
from .open_video import OpenVideo, naming


@TRANSFORMS.register_module()
class DecodeClipAndPose(MMDecode, OpenVideo):
    """Decode the sampled frames of a video and take its pose at others.

    In place of ``MMDecode`` behind ``MMUniformSampleFrames``, with the same
    keys: required are ``filename``, ``modality`` (list of 'RGB' and 'Pose'),
    ``RGB_inds`` and ``Pose_inds``, ``keypoint`` (M, T, V, 2) in pixels of
    ``img_shape`` (h, w) and ``keypoint_score`` (M, T, V); added are ``imgs``
    (list of (h, w, 3) uint8 RGB), modified are ``keypoint`` and
    ``keypoint_score`` (the chosen frames), ``img_shape`` and
    ``original_shape`` (of the pictures, which the points are scaled to).
    Without ``short_side`` all are equal to the bit with decord 0.6.

    Args:
        short_side (int, optional): Shrink larger pictures to this, in pixels,
            each as soon as it is decoded; None keeps their size.

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
        self._filename = filename  # which errors name
        with naming(filename):
            return super()._get_video_reader(filename)

    def _decord_load_frames(self, video: VideoReader,
                            frame_inds: np.ndarray) -> List[np.ndarray]:
        if len(video) < self._frames:
            raise UserError(
                f'{self._filename} has {len(video)} frames, but its pose '
                f'{self._frames}; `python tools/data/check_data.py ROOT` '
                'finds all such files')
        with naming(self._filename):
            return video.read(frame_inds, self._shrink)

    def _shrink(self, img: np.ndarray) -> np.ndarray:
        if self.short_side is None or min(img.shape[:2]) <= self.short_side:
            return img
        return mmcv.imrescale(img, (np.inf, self.short_side))
