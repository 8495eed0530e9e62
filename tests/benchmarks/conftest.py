# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fixtures that several benchmarks' tests share."""
import pytest
from mmengine.config import Config


@pytest.fixture
def cfgs(tiny_manet, repo):
    """The configs that contestants name, of small networks."""
    tsm = Config.fromfile(f'{repo}/configs/tsm_r50_ma52.py')
    tsm.model.backbone.depth = 18
    tsm.model.cls_head.in_channels = 512
    return dict(manet=tiny_manet, tsm=tsm)
