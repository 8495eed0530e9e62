# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Augmentation that moves all frames of a clip in the same way.

MMAction2's ``Flip``, ``RandomCrop`` and ``Resize`` do, too; what is missing
there is here.

Shapes: T frames of H x W pixels.
"""
import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mmaction_microaction.utils.errors import UserError


@TRANSFORMS.register_module()
class RotateFrames(BaseTransform):
    """Turn all frames by one random angle about the centre.

    What comes in from outside is black.

    Required keys: ``imgs`` (list of T (H, W, 3) uint8). Modified keys:
    ``imgs``.

    Args:
        degrees (float): The angle is drawn from -degrees to degrees, uniformly
            and by ``np.random``.

    Raises:
        ValueError: If ``degrees`` is not between 0 and 180.
    """

    def __init__(self, degrees: float) -> None:
        if not 0 <= degrees <= 180:
            raise UserError('degrees of RotateFrames must lie between 0 and '
                            f'180, but got {degrees}')
        self.degrees = degrees

    def transform(self, results: dict) -> dict:
        """Turn ``results['imgs']``.

        Args:
            results (dict): With ``imgs``.

        Returns:
            dict: The same.
        """
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

    def __repr__(self) -> str:
        return f'{type(self).__name__}(degrees={self.degrees})'


@TRANSFORMS.register_module()
class PadFrames(BaseTransform):
    """Put a black margin round all frames; a random crop follows.

    Required keys: ``imgs`` (list of T (H, W, 3) uint8), ``img_shape``.
    Modified keys: both.

    Args:
        pixels (int): Width of the margin on each side.

    Raises:
        ValueError: If ``pixels`` is negative.
    """

    def __init__(self, pixels: int) -> None:
        if pixels < 0:
            raise UserError('pixels of PadFrames must be at least 0, but got '
                            f'{pixels}')
        self.pixels = pixels

    def transform(self, results: dict) -> dict:
        """Pad ``results['imgs']``.

        Args:
            results (dict): With ``imgs`` and ``img_shape``.

        Returns:
            dict: The same.
        """
        margin = [(self.pixels, self.pixels)] * 2 + [(0, 0)]
        results['imgs'] = [np.pad(img, margin) for img in results['imgs']]
        results['img_shape'] = results['imgs'][0].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(pixels={self.pixels})'
