# Copyright (c) mmaction-microaction contributors. All rights reserved.
from typing import Sequence

import torch
from mmaction.datasets.transforms import PackActionInputs
from mmaction.registry import TRANSFORMS
from mmengine.structures import InstanceData

from mmaction_microaction.utils.errors import UserError


@TRANSFORMS.register_module()
class PackDetectionInputs(PackActionInputs):
    """Pack a clip and its actions, the last step of a detection pipeline.

    Required keys: ``imgs``: frames (T, C, H, W), a volume (1, C, T, H, W),
    whose first dimension is squeezed, or features (C, T); ``clip_name``,
    ``grid_fps`` (steps per second) and ``duration`` (seconds); if labels are
    known, ``gt_segments`` (M, 2), seconds, and ``gt_labels`` (M,), packed as
    ``gt_instances`` (``segments``, ``labels``) of the data sample. Keys not in
    ``meta_keys`` are lost to the predictions.
    """

    def __init__(
        self,
        meta_keys: Sequence[str] = ('clip_name', 'fps', 'total_frames',
                                    'duration', 'grid_fps', 'frame_inds')
    ) -> None:
        super().__init__(meta_keys=meta_keys)

    def transform(self, results: dict) -> dict:
        """Pack into ``inputs`` (Tensor) and ``data_samples``."""
        for key in ('grid_fps', 'duration'):
            if key not in results or key not in self.meta_keys:
                raise UserError(
                    f'PackDetectionInputs needs {key}, of SampleWholeClip or '
                    f'LoadClipFeatures, and in meta_keys={self.meta_keys}')
        packed = super().transform(results)
        if packed['inputs'].dim() == 5:
            packed['inputs'] = packed['inputs'].squeeze(0)
        if 'gt_segments' in results:
            packed['data_samples'].gt_instances = InstanceData(
                segments=torch.as_tensor(
                    results['gt_segments'], dtype=torch.float64).view(-1, 2),
                labels=torch.as_tensor(results['gt_labels'],
                                       dtype=torch.long).view(-1))
        return packed
