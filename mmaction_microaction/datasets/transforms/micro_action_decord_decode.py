# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction.datasets.transforms import DecordDecode
from mmaction.registry import TRANSFORMS

from .micro_action_decord_init import naming


@TRANSFORMS.register_module()
class MicroActionDecordDecode(DecordDecode):
    """MMAction2's ``DecordDecode``, which here names the file it fails on."""

    def transform(self, results: dict) -> dict:
        """Decode ``results['frame_inds']``."""
        with naming(results['filename']):
            return super().transform(results)
