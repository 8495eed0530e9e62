# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn.bricks.drop import DropPath
from mmengine.config import Config
from torch import nn

from mmaction_microaction.models import MMNet, PositionCalibration
from mmaction_microaction.models.inference_optimization import fold_norms
from mmaction_microaction.models.layers import use_channels_last

SMALL = dict(
    img_size=64,
    stem_channels=16,
    channels=(16, 16, 16, 32),
    calibration=dict(type='PositionCalibration', depth=2, num_heads=2))


def calibrated(**kwargs):
    return dict(calibration={**SMALL['calibration'], **kwargs})


def build(**kwargs):
    """A small network that is not at its start."""
    model = MMNet(**{**SMALL, **kwargs})
    model.init_weights()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.3)
    return model.eval()


def count(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize('name, total, calibration', [
    ('mmnet_casme2_3cls', 9_442_425, 6_411_776),
    ('mmnet_casme2_5cls', 9_438_841, 6_408_192),
])
def test_parameters_of_the_published_configurations(name, total, calibration,
                                                    repo):
    cfg = Config.fromfile(str(repo / 'configs' / f'{name}.py'))
    cfg.model.cls_head.num_classes = 5  # of both public scripts
    model = MODELS.build(cfg.model)
    parts = model.backbone
    sizes = list(map(count, (parts.stem, parts.conv, *parts.stages)))
    assert sizes == [5_220, 207_616, 164_356, 180_996, 394_756, 1_575_940]
    assert count(parts.calibration) == calibration
    assert count(model.cls_head) == 512 * 14 * 14 * 5 + 5
    assert count(model) == total


def reference(model, x):
    """The network from its weights, with PyTorch's functions alone."""
    w = dict(model.state_dict())

    def conv(name, x, stride=1):
        kernel = w[f'{name}.conv.weight']
        x = F.conv2d(x, kernel, None, stride, kernel.shape[-1] // 2)
        return F.batch_norm(x, w[f'{name}.bn.running_mean'],
                            w[f'{name}.bn.running_var'],
                            w[f'{name}.bn.weight'], w[f'{name}.bn.bias'])

    def weights(name):
        return w[f'{name}.weight'], w[f'{name}.bias']

    def norm(name, x):
        return F.layer_norm(x, x.shape[-1:], *weights(name), 1e-6)

    onset, apex = x[0::2], x[1::2]
    y = conv('stem', apex - onset, 2).relu()
    y, a = conv('conv', y).relu(), None
    for i, blocks in enumerate(model.stages):
        for j in range(len(blocks)):
            name, stride = f'stages.{i}.{j}', 2 if i and not j else 1
            f = conv(f'{name}.conv1', y, stride).relu()
            f = conv(f'{name}.conv2', f)
            if f'{name}.shortcut.conv.weight' in w:
                y = conv(f'{name}.shortcut', y, stride)
            f = (f + y).relu()
            both = torch.stack([f.mean(1), f.max(1).values], dim=1)
            new = conv(f'{name}.attention', both).sigmoid()
            a = new if a is None else new * F.max_pool2d(a, 3, stride, 1)
            y = f * a
    # 64 pixels to 4: the centre of a place lies between four pixels.
    small = F.avg_pool2d(onset[..., 7:57, 7:57], 2, 16)
    t = F.conv2d(small, *weights('calibration.projection'))
    t = t.flatten(2).transpose(1, 2) + w['calibration.positions']
    for i in range(len(model.calibration.blocks)):
        block = f'calibration.blocks.{i}'
        attn = f'{block}.attentions.0.attn'
        joint = w[f'{attn}.in_proj_weight'], w[f'{attn}.in_proj_bias']
        heads = F.linear(norm(f'{block}.norms.0', t), *joint)
        q, k, v = heads.unflatten(-1, (3, 2, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        t = t + F.linear(mixed.flatten(2), *weights(f'{attn}.out_proj'))
        h = F.linear(
            norm(f'{block}.norms.1', t),
            *weights(f'{block}.ffns.0.layers.0.0'))
        t = t + F.linear(F.gelu(h), *weights(f'{block}.ffns.0.layers.1'))
    t = norm('calibration.norm', t)
    return y + t.transpose(1, 2).unflatten(2, (4, 4))


@pytest.mark.parametrize('depths', [(1, 1, 1, 1), (2, 1, 2, 1)])
def test_equals_the_description(depths):
    model, x = build(depths=depths), torch.randn(6, 3, 64, 64)
    with torch.no_grad():
        nn.init.normal_(model.calibration.positions)
        for p in model.calibration.parameters():
            p.add_(0.1 * torch.randn_like(p))
        wanted = reference(model, x)
        torch.testing.assert_close(model(x), wanted, atol=1e-4, rtol=1e-4)
        # It speeds up as other backbones do.
        assert fold_norms(model) == 2 + 3 * sum(depths) + 3  # shortcuts
        use_channels_last(SimpleNamespace(backbone=model))
        torch.testing.assert_close(model(x), wanted, atol=1e-4, rtol=1e-4)


def test_initial_weights():
    model = MMNet(img_size=224)
    model.init_weights()
    conv = model.stages[3][0].conv1.conv.weight
    assert conv.std().item() == pytest.approx((2 / (512 * 9))**0.5, rel=0.02)
    parts = dict(model.calibration.blocks.named_parameters())
    narrow = [p for p in parts.values() if p.dim() > 1]
    assert len(narrow) == 3 * 4
    for weights in (model.calibration.positions, *narrow):
        assert weights.std().item() == pytest.approx(0.02, rel=0.02)
    assert not any(p.any() for k, p in parts.items() if k.endswith('bias'))


@pytest.mark.parametrize('depth, expected', [(3, [0, 0.15, 0.3]), (1, [0])])
def test_drop_path_grows(depth, expected):
    model = PositionCalibration(4, 16, depth, drop_path_rate=0.3)
    rates = [m.drop_prob for m in model.modules() if isinstance(m, DropPath)]
    assert rates[::2] == rates[1::2] == pytest.approx(expected)


@pytest.mark.parametrize('settings, word', [
    (dict(img_size=100), 'multiple of 16'),
    (dict(img_size=0), 'multiple of 16'),
    (dict(depths=(1, 1, 1)), 'each stage'),
    (dict(depths=(1, 1, 1, 0)), 'each stage'),
    (dict(channels=(), strides=(), depths=()), 'each stage'),
    (calibrated(depth=0), 'depth'),
    (calibrated(num_heads=5), 'num_heads'),
    (calibrated(drop_path_rate=1.), 'drop_path_rate'),
])
def test_wrong_settings(settings, word):
    with pytest.raises(ValueError, match=word):
        build(**settings)


@pytest.mark.parametrize('shape', [(3, 3, 64, 64), (2, 3, 64, 48)])
def test_wrong_frames(shape):
    with pytest.raises(ValueError, match='img_size'):
        build()(torch.zeros(shape))
