# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.registry import MODELS


@pytest.mark.parametrize('cfg', [
    dict(type='ResNetTSM', depth=18, pretrained=None),
    dict(type='ResNetTIN', depth=18, pretrained=None),
    dict(
        type='UniFormer', depth=[1, 1, 1, 1], embed_dim=[64, 64, 64, 64]),
    dict(type='SwinTransformer3D', arch='tiny', pretrained=None)
], ids=lambda c: c['type'])  # yapf: disable
def test_pretrained_none_means_from_scratch(cfg):
    MODELS.build(cfg).init_weights()


def test_accuracy_of_bfloat16_scores():
    from mmaction.structures import ActionDataSample
    head = MODELS.build(dict(type='TSNHead', num_classes=5, in_channels=8))
    sample = ActionDataSample()
    sample.set_gt_label(3)
    losses = head.loss_by_feat(torch.randn(1, 5).bfloat16(), [sample])
    assert losses['loss_cls'].dtype == torch.float32


@pytest.mark.parametrize('amp', [True, False])
def test_bfloat16_convolution_that_strides_over_frames(amp):
    """A crash ends the test run: it did in most of ten such calls."""
    conv = torch.nn.Conv3d(64, 128, (5, 1, 1), (8, 1, 1), (2, 0, 0))
    x = torch.randn(1, 64, 32, 8, 8)
    wanted = conv(x)
    if not amp:
        conv, x = conv.bfloat16(), x.bfloat16()
    for _ in range(10):
        with torch.autocast('cpu', torch.bfloat16, enabled=amp):
            out = conv(x)
        assert out.dtype == torch.bfloat16
        assert (out - wanted).norm() < .01 * wanted.norm()
        out.float().sum().backward()


def test_other_convolutions_stay_in_bfloat16():
    conv = torch.nn.Conv3d(4, 4, 3, 2, 1).bfloat16()
    x = torch.randn(1, 4, 4, 8, 8, dtype=torch.bfloat16)
    assert conv(x).dtype == torch.bfloat16
    wide = torch.nn.Conv3d(4, 4, 1, (2, 1, 1))
    assert wide(x.float()).dtype == torch.float32
