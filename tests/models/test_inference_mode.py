# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmcv.cnn import ConvModule
from mmengine.config import Config
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction_microaction.models.inference_mode import (fold_norms,
                                                        prepare_for_inference)
from mmaction_microaction.models.layers import (PackedConv2d,
                                                PackedResidualBlock)
from mmaction_microaction.models.layers.plain_gated_shift import \
    use_plain_blocks

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
# Method -> input of its backbone, how it shrinks, batch norms left over.
FRAMES, CLIP = (8, 3, 64, 64), (1, 3, 8, 64, 64)
METHODS = dict(
    manet_r50_ma52=(FRAMES, dict(depth=18), 0),
    tsn_r50_ma52=(FRAMES, dict(depth=18), 0),
    tsm_r50_ma52=(FRAMES, dict(depth=18, pretrained2d=False), 0),
    tin_r50_ma52=(FRAMES, dict(pretrained2d=False), 0),
    c3d_ma52=((1, 3, 16, 112, 112), dict(), 0),
    i3d_r50_ma52=(CLIP, dict(pretrained2d=False), 0),
    slowfast_r50_ma52=((1, 3, 32, 64, 64), dict(), 0),
    timesformer_divst_ma52=(CLIP,
                            dict(
                                img_size=64,
                                embed_dims=48,
                                num_heads=4,
                                transformer_layers=None), 0),
    swin_tiny_ma52=(
        CLIP,
        dict(
            arch=dict(
                embed_dims=24, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2])),
        0),
    uniformer_small_ma52=((1, 3, 16, 64, 64), dict(depth=[1, 1, 1, 1]), 5),
)


def build_backbone(name):
    """A small backbone whose batch norms have seen something."""
    cfg = Config.fromfile(str(CONFIGS / f'{name}.py')).model.backbone
    cfg.pretrained = None
    cfg.update(METHODS[name][1])
    torch.manual_seed(0)
    backbone = MODELS.build(cfg)
    backbone.eval()  # the host's returns None
    for module in backbone.modules():
        if isinstance(module, _BatchNorm):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.8, 1.2)
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.normal_(module.bias, std=0.1)
    return backbone


class Model(nn.Module):
    """What a recogniser looks like from here."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone

    def forward(self, x):
        out = self.backbone(x)
        out = out if isinstance(out, (tuple, list)) else [out]
        return [feature.contiguous() for feature in out]


@pytest.mark.parametrize('name', METHODS)
def test_every_method_stays_as_it_was(name):
    shape, _, left = METHODS[name]
    model = Model(build_backbone(name))
    x = torch.randn(shape)
    with torch.no_grad():
        wanted = model(x)
        exact = prepare_for_inference(copy.deepcopy(model), torch.float32)
        for _ in range(2):  # the second call has packed weights
            for out, feature in zip(exact(x), wanted):
                error = (out - feature).abs().max() / feature.abs().max()
                assert error < 1e-4
        norms = [m for m in exact.modules() if isinstance(m, _BatchNorm)]
        assert len(norms) == left
        for feature, rounded in zip(wanted, prepare_for_inference(model)(x)):
            assert rounded.dtype == torch.float32
            error = (rounded - feature).norm() / feature.norm()
            assert 0 < error < 0.05


def test_all_ten_are_here():
    assert {path.stem for path in CONFIGS.glob('*_ma52.py')} == set(METHODS)


@pytest.mark.parametrize('channels_last', [True, False])
@pytest.mark.parametrize('fold', [True, False])
def test_switches(channels_last, fold):
    model = Model(build_backbone('manet_r50_ma52'))
    x = torch.randn(FRAMES)
    with torch.inference_mode():
        wanted = model(x)
        prepare_for_inference(model, torch.float32, channels_last, fold)
        out = model.backbone(x)
        torch.testing.assert_close(out, wanted[0], rtol=1e-4, atol=1e-4)
    assert out.is_contiguous(memory_format=torch.channels_last) == \
        channels_last
    assert not any(p.requires_grad for p in model.parameters())
    kinds = {type(m) for m in model.modules()}
    assert (PackedConv2d in kinds) == (PackedResidualBlock in kinds) == fold


def test_whole_recogniser(tiny_manet):
    model = MODELS.build(tiny_manet.model)
    batch = dict(
        inputs=list(torch.randint(256, (3, 8, 3, 32, 32), dtype=torch.uint8)),
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(3)])
    scores = []
    for change in (use_plain_blocks, nn.Module.eval, prepare_for_inference):
        changed = change(copy.deepcopy(model)).eval()
        with torch.inference_mode():
            samples = changed.test_step(copy.deepcopy(batch))
        scores.append(torch.stack([s.pred_score for s in samples]))
    assert scores[2].dtype == torch.float32
    torch.testing.assert_close(scores[1], scores[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(scores[2], scores[0], rtol=2e-2, atol=1e-4)
    assert torch.equal(scores[2].argmax(1), scores[0].argmax(1))


def test_model_without_backbone():
    with pytest.raises(ValueError, match='Linear'):
        prepare_for_inference(nn.Linear(2, 2))


def test_norms_elsewhere_stay():
    first = ConvModule(
        3, 4, 1, norm_cfg=dict(type='BN'), order=('norm', 'conv', 'act'))
    group = ConvModule(3, 4, 1, norm_cfg=dict(type='GN', num_groups=2))
    sums = ConvModule(
        3, 4, 1, norm_cfg=dict(type='BN', track_running_stats=False))
    bare = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    good = ConvModule(3, 4, 1, norm_cfg=dict(type='BN'))
    assert fold_norms(nn.ModuleList([first, group, sums, bare, good])) == 1
    assert isinstance(good.norm, nn.Identity)
    assert isinstance(first.norm, nn.BatchNorm2d)


def test_norms_that_cannot_be_folded_stay():
    torch.manual_seed(0)
    backbone = MODELS.build(
        dict(
            type='mmaction.ResNet',
            depth=18,
            pretrained=None,
            norm_cfg=dict(type='GN', num_groups=4, requires_grad=True)))
    model = nn.Module()
    model.backbone = backbone
    model.eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        wanted = backbone(x)
        prepare_for_inference(model, torch.float32)
        torch.testing.assert_close(
            model.backbone(x), wanted, rtol=1e-4, atol=1e-4)
