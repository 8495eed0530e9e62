# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class RotateFrames(BaseTransform):
    """Rotate all frames of a clip about the centre by one angle, sampled
    uniformly from [-degrees, degrees] by ``np.random``; borders are black.
    Modified keys: ``imgs`` (list of (H, W, 3) uint8)."""

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def transform(self, results: dict) -> dict:
        """Rotate ``results['imgs']``."""
        angle = np.random.uniform(-self.degrees, self.degrees)
        height, width = results['imgs'][0].shape[:2]
        # OpenCV has the centre of the first pixel at 0.
        centre = (width - 1) / 2, (height - 1) / 2
        turn = cv2.getRotationMatrix2D(centre, angle, 1)
        results['imgs'] = [
            cv2.warpAffine(img, turn, (width, height), flags=cv2.INTER_LINEAR)
            for img in results['imgs']
        ]
        return results
