# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The arithmetic is compared in tests/models/backbones/test_mmnet.py."""
import pytest
from mmcv.cnn.bricks.drop import DropPath
from torch import nn

from mmaction_microaction.models import PositionCalibration


def test_initial_weights():
    model = PositionCalibration(14)
    model.init_weights()
    checked = [model.positions]
    for block in model.blocks:
        attn = block.attentions[0].attn
        checked += [attn.in_proj_weight, attn.out_proj.weight]
        checked += [
            m.weight for m in block.ffns[0].modules()
            if isinstance(m, nn.Linear)
        ]
        assert not attn.in_proj_bias.any() and not attn.out_proj.bias.any()
    assert len(checked) == 1 + 3 * 4
    for weights in checked:
        assert weights.std().item() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize('depth, rate, expected', [
    (3, 0.3, [0, 0.15, 0.3]),
    (2, 0., [0, 0]),
    (1, 0.3, [0]),
])
def test_drop_path_grows(depth, rate, expected):
    model = PositionCalibration(4, 3, 16, depth, drop_path_rate=rate)
    for block, probability in zip(model.blocks, expected):
        rates = [
            m.drop_prob for m in block.modules() if isinstance(m, DropPath)
        ]
        assert rates == pytest.approx([probability] * 2)
    assert len(model.blocks) == depth


@pytest.mark.parametrize('settings, word', [
    (dict(depth=0), 'depth'),
    (dict(num_heads=5), 'num_heads'),
    (dict(num_heads=0), 'num_heads'),
    (dict(drop_path_rate=1.), 'drop_path_rate'),
    (dict(drop_path_rate=-.1), 'drop_path_rate'),
])
def test_wrong_settings(settings, word):
    with pytest.raises(ValueError, match=word):
        PositionCalibration(embed_dims=16, **settings)
