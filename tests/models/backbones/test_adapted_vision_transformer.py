# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
import torch.nn.functional as F
from mmaction.models.backbones.vit_mae import VisionTransformer
from torch import nn

from mmaction_microaction.models import (AdaptedVisionTransformer, DSTAAdapter,
                                         TIAAdapter)

SMALL = dict(img_size=32, embed_dims=16, depth=2, num_heads=2, num_frames=4)
of_each_kind = pytest.mark.parametrize('kind', ['TIAAdapter', 'DSTAAdapter'])


def build(kind='TIAAdapter', **kwargs):
    model = AdaptedVisionTransformer(dict(type=kind), **kwargs, **SMALL)
    model.init_weights()
    return model


def wake(module):
    """Give adapters random weights everywhere."""
    for p in getattr(module, 'adapters', module).parameters():
        nn.init.normal_(p, std=0.3)
    return module


@of_each_kind
@pytest.mark.parametrize('size', [(32, 32), (48, 32)])
def test_starts_as_the_transformer_of_a_recogniser(kind, size, tmp_path):
    plain = VisionTransformer(**SMALL, return_feat_map=True)
    for p in plain.parameters():
        nn.init.normal_(p, std=0.1)
    path = str(tmp_path / 'videomae.pth')
    weights = {f'backbone.{k}': v for k, v in plain.state_dict().items()}
    weights['cls_head.fc_cls.weight'] = torch.zeros(1)
    torch.save(dict(state_dict=weights), path)
    model = build(kind, pretrained=path)
    keys = {k for k in model.state_dict() if not k.startswith('adapters.')}
    assert keys == set(plain.state_dict())
    x = torch.randn(2, 3, 12, *size)
    expected = torch.cat([plain(c) for c in x.split(4, dim=2)], dim=2)
    torch.testing.assert_close(model(x), expected, atol=1e-5, rtol=1e-5)
    wake(model)
    assert not torch.allclose(model(x), expected, atol=1e-2)
    with pytest.raises(ValueError, match='max_frames'):
        model(x[:, :, :6])


@of_each_kind
def test_only_adapters_learn_with_and_without_checkpointing(kind):
    model = wake(build(kind)).train()
    x = torch.randn(2, 3, 8, 32, 32)
    mask = torch.arange(8) < torch.tensor([[8], [3]])
    grads = []
    for model.with_cp in (False, True):
        model.zero_grad()
        model(x, mask).square().sum().backward()
        for name, p in model.named_parameters():
            assert (p.grad is not None) == name.startswith('adapters.')
        grads.append([p.grad.clone() for p in model.adapters.parameters()])
        assert all(grad.any() for grad in grads[-1])
    torch.testing.assert_close(*grads)


@of_each_kind
def test_chunks_of_padding_are_skipped(kind):
    """The same clip alone and beside a longer one; other padding frames do
    not matter as long as they are in skipped chunks."""
    model = wake(build(kind))
    x = torch.randn(2, 3, 16, 32, 32)
    x[1, :, 6:8] = 0
    mask = torch.arange(16) < torch.tensor([[16], [6]])
    both = model(x, mask)
    alone = model(x[1:], mask[1:])
    torch.testing.assert_close(both[1:], alone)
    torch.testing.assert_close(
        alone[:, :, :4], model(x[1:, :, :8]), atol=1e-5, rtol=1e-5)
    assert not both[1, :, 4:].any() and both[0, :, 4:].any()


def test_adapters_reach_over_chunks():
    model = wake(build())
    x = torch.randn(1, 3, 12, 32, 32)
    changed = x.clone()
    changed[:, :, 4] += 1
    for expected in ([1] * 6, [0, 0, 1, 1, 0, 0]):
        moved = (model(changed) - model(x)).abs().sum((0, 1, 3, 4)) > 1e-6
        assert moved.tolist() == expected
        for adapter in model.adapters:
            nn.init.zeros_(adapter.scale)


def test_tia_by_hand():
    adapter = wake(TIAAdapter(8, ratio=2))
    x = torch.randn(5, 1, 1, 8)
    y = F.gelu(adapter.down(x[:, 0, 0]))
    depthwise, pointwise = adapter.mix
    mixed = F.conv1d(
        y.T[None], depthwise.weight, depthwise.bias, padding=1, groups=4)
    mixed = pointwise(mixed)[0].T
    expected = x[:, 0, 0] + adapter.scale * adapter.up(y + mixed)
    torch.testing.assert_close(adapter(x, [5])[:, 0, 0], expected)


def test_dsta_paths():
    """The spatial path sees the frame alone, the temporal the location."""
    adapter = wake(DSTAAdapter(8))
    x = torch.randn(5, 3, 3, 8)
    changed = x.clone()
    changed[2, 1, 1] += 1
    expected = torch.zeros(5, 3, 3, dtype=torch.bool)
    expected[2] = True  # 3 x 3 patches around it
    expected[1:4, 1, 1] = True
    for adapter.scale_time.data in (torch.ones(1), torch.zeros(1)):
        moved = (adapter(changed, [5]) - adapter(x, [5])).abs().sum(-1) > 1e-6
        assert torch.equal(moved, expected)
        expected[[0, 1, 3, 4]] = False


def test_ratio_must_divide():
    with pytest.raises(ValueError, match='ratio of TIAAdapter'):
        TIAAdapter(10, ratio=4)
