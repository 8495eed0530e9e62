# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class ReverseFrames(BaseTransform):
    """Reverse the order of the sampled frames within each window.

    The set of frames stays the same, so a model without temporal modelling
    must give the same scores. Required keys: ``frame_inds`` (W * T,;
    modified), ``clip_len``, ``num_clips``.
    """

    def transform(self, results: dict) -> dict:
        """Reverse ``results['frame_inds']``."""
        # The 2-D pipelines sample W = T windows of one frame each.
        length = results['clip_len'] if results['clip_len'] > 1 \
            else results['num_clips']
        windows = results['frame_inds'].reshape(-1, length)
        results['frame_inds'] = windows[:, ::-1].flatten()
        return results
