# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from mmaction_microaction.datasets import PackDetectionInputs


@pytest.fixture
def clip_with():
    """A function: actions (start, end, label), seconds, and metadata of a clip
    on a grid of 5 steps per second -> its data sample."""

    def pack(*actions, duration=6.4, **meta):
        packed = PackDetectionInputs()(
            dict(
                meta,
                imgs=torch.zeros(1, 1),
                grid_fps=5.,
                duration=duration,
                gt_segments=[a[:2] for a in actions],
                gt_labels=[a[2] for a in actions]))
        return packed['data_samples']

    return pack
