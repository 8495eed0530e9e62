# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.engine.hooks import ChannelsLastHook, CompileHook
from mmaction_microaction.models.layers import (to_channels_last,
                                                use_channels_last)


def test_layout_changes_and_values_do_not():
    for shape, layout in (((2, 3, 4, 5), torch.channels_last),
                          ((2, 3, 4, 5, 6), torch.channels_last_3d)):
        x = torch.randn(shape)
        out = to_channels_last(x)
        assert out.is_contiguous(memory_format=layout) and out.equal(x)
    assert to_channels_last(x[0, 0, 0]).equal(x[0, 0, 0])
    for convert in (True, False):  # weights can keep their layout
        model = nn.Module()
        model.backbone = nn.Conv2d(3, 4, 3)
        use_channels_last(model, convert_weights=convert)
        assert model.backbone.weight.is_contiguous() is not convert


def test_the_switch_of_the_command_line(tiny_manet):
    tiny_manet.merge_from_dict(
        {'default_hooks.channels_last.type': 'ChannelsLastHook'})
    runner = Runner.from_cfg(tiny_manet)
    layouts = []
    runner.model.backbone.layer2[1].conv2.conv.register_forward_hook(
        lambda module, args, out: layouts.append(
            out.is_contiguous(memory_format=torch.channels_last)))
    runner.train()
    assert layouts and all(layouts)
    metrics = runner.test()
    assert 0 <= metrics['ma52/action_top1'] <= 1
    # Once, although it was trained, validated and tested.
    assert len(runner.model.backbone._forward_pre_hooks) == 1


def test_the_hosts_shift_gives_the_layout_up():
    x = torch.randn(8, 16, 4, 4)
    shifted = TemporalShift.shift(to_channels_last(x), 8, 8)
    assert shifted.is_contiguous()
    model = nn.Module()
    model.backbone = TemporalShift(nn.Identity(), 8, 8)
    use_channels_last(model)
    out = model.backbone(x)
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert out.equal(shifted)


@pytest.mark.parametrize('hook', [ChannelsLastHook, CompileHook])
def test_no_backbone(hook):
    with pytest.raises(ValueError, match='backbone.*Linear'):
        hook().before_run(SimpleNamespace(model=nn.Linear(1, 1)))
