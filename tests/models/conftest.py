# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
import inspect

import pytest
from mmaction.models.backbones import RGBPoseConv3D


@pytest.fixture
def pathways():
    """A function: base channels of RGB and pose -> settings of RGBPoseConv3D,
    its defaults otherwise, for 28 key points."""

    def settings(rgb=16, pose=8):
        defaults = inspect.signature(RGBPoseConv3D).parameters
        # The host writes into its own defaults.
        both = [
            copy.deepcopy(defaults[f'{name}_pathway'].default)
            for name in ('rgb', 'pose')
        ]
        both[0].update(base_channels=rgb)
        both[1].update(base_channels=pose, in_channels=28)
        return dict(rgb_pathway=both[0], pose_pathway=both[1])

    return settings
