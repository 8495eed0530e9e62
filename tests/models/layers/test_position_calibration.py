# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The arithmetic is compared in tests/models/backbones/test_mmnet.py."""
import pytest
import torch
from mmcv.cnn.bricks.drop import DropPath
from torch import nn

from mmaction_microaction.models import PositionCalibration


@torch.no_grad()
def test_places_stay_in_their_order():
    """Without the blocks a place has its own position and pixel only."""
    model = PositionCalibration(4, embed_dims=8).eval()
    model.blocks = nn.ModuleList()
    nn.init.normal_(model.positions)
    x = torch.zeros(1, 3, 4, 4)
    before = model(x)
    x[0, :, 1, 3] = 1
    changed = (model(x) - before).abs().sum(1)[0] > 1e-6
    assert changed.nonzero().tolist() == [[1, 3]]
    normal = nn.functional.layer_norm(
        model.positions[0, 6] + model.projection.bias, (8, ), eps=1e-6)
    torch.testing.assert_close(before[0, :, 1, 2], normal)
    assert model(torch.rand(2, 3, 30, 50)).shape == (2, 8, 4, 4)


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
