# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import pytest
import torch
from mmaction.models.backbones.resnet import BasicBlock
from mmcv.cnn import ConvModule
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from benchmarks.methods import METHODS
from mmaction_microaction.models.inference_optimization import (
    fold_norms, prepare_for_inference)
from mmaction_microaction.models.layers import (PackedConv2d,
                                                PackedResidualBlock)


class Model(nn.Module):
    """What a recogniser looks like from here."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone

    def forward(self, x):
        out = self.backbone(x)
        out = [out] if torch.is_tensor(out) else out
        return [feature.contiguous() for feature in out]


@pytest.mark.parametrize('name', METHODS)
@torch.no_grad()
def test_every_method_stays_as_it_was(name, small_method):
    method = small_method(name)
    model = Model(method.build().backbone)
    # A 2-D network takes frames, a 3-D one clips.
    x = torch.randn(method.shape)
    wanted = model(x)
    exact = prepare_for_inference(copy.deepcopy(model), torch.float32)
    for _ in range(2):  # the second call has packed weights
        for out, feature in zip(exact(x), wanted):
            error = (out - feature).abs().max() / feature.abs().max()
            assert error < 1e-4
    if name == 'manet_r50':
        assert {PackedConv2d,
                PackedResidualBlock} < {*map(type, exact.modules())}
    assert not any(p.requires_grad for p in exact.parameters())
    norms = [m for m in exact.modules() if isinstance(m, _BatchNorm)]
    assert len(norms) == (5 if name == 'uniformer_small' else 0)
    for feature, rounded in zip(wanted, prepare_for_inference(model)(x)):
        assert rounded.dtype == torch.float32
        error = (rounded - feature).norm() / feature.norm()
        assert 0 < error < 0.05


def test_norms_elsewhere_stay():

    def module(norm='BN', order=('conv', 'norm', 'act'), **kwargs):
        return ConvModule(
            3, 4, 1, norm_cfg=dict(type=norm, **kwargs), order=order)

    bare = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    others = nn.ModuleList([bare, module(order=('norm', 'conv', 'act'))])
    others.append(module('GN', num_groups=2))
    others.append(module(track_running_stats=False))
    assert fold_norms(others) == 0
    good = module()
    assert fold_norms(good) == 1 and isinstance(good.norm, nn.Identity)
    # Nor is what follows a norm drawn into the convolution before it.
    block = BasicBlock(8, 8, norm_cfg=dict(type='GN', num_groups=2))
    model = Model(nn.Sequential(block)).eval()
    x = torch.randn(2, 8, 6, 6)
    wanted = [out.detach() for out in model(x)]
    prepare_for_inference(model, torch.float32)
    torch.testing.assert_close(model(x), wanted, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match='Linear'):
        prepare_for_inference(nn.Linear(2, 2))
