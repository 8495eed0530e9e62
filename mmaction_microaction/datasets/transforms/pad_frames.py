# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class PadFrames(BaseTransform):
    """Pad all frames with a black margin of ``pixels`` on each side. Modified
    keys: ``imgs`` (list of (H, W, 3) uint8) and ``img_shape``."""

    def __init__(self, pixels: int) -> None:
        self.pixels = pixels

    def transform(self, results: dict) -> dict:
        """Pad ``results['imgs']``."""
        margin = [(self.pixels, self.pixels)] * 2 + [(0, 0)]
        results['imgs'] = [np.pad(img, margin) for img in results['imgs']]
        results['img_shape'] = results['imgs'][0].shape[:2]
        return results
