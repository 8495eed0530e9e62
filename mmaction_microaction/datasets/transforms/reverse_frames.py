# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class ReverseFrames(BaseTransform):
    """Reverse the order of the sampled frames within each window.

    Stands behind the sampling transform. The frames stay the same, so that a
    model without temporal modelling must give the same scores.

    Required keys: ``frame_inds`` (W * T,), ``clip_len``, ``num_clips``.
    Modified keys: ``frame_inds``.
    """

    def transform(self, results: dict) -> dict:
        """Reverse ``results['frame_inds']``."""
        indices = results['frame_inds']
        # The 2-D pipelines sample W = T windows of one frame each.
        length = results['clip_len'] if results['clip_len'] > 1 \
            else results['num_clips']
        results['frame_inds'] = indices.reshape(
            -1, length)[:, ::-1].reshape(-1).copy()
        return results
