# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..expressions import find_apex
from .expression_frames import describe


@TRANSFORMS.register_module()
class PickOnsetApex(BaseTransform):
    """Reduce a clip without annotations to its first frame and the detected
    apex.

    Required keys: ``imgs`` (list of T (H, W, 3) uint8). Modified keys:
    ``imgs`` (2 frames), ``num_clips`` (2), ``clip_len`` (1), ``frame_inds``
    if present. Added keys: ``apex`` (int, index among the T).
    """

    def transform(self, results: dict) -> dict:
        """Pick two of ``results['imgs']``."""
        frames = results['imgs']
        apex = results['apex'] = find_apex(frames)
        results['imgs'] = [frames[0], frames[apex]]
        inds = results.get('frame_inds', range(len(frames)))
        return describe(results, [inds[0], inds[apex]])
