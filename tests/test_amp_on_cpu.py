# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmengine.device import get_device
from mmengine.runner import Runner

pytestmark = pytest.mark.skipif(
    get_device() != 'cpu', reason='the host does it on an accelerator')


@pytest.mark.parametrize('head', ['JointEmbeddingHead', 'TSMHead'])
def test_amp_flag_trains_in_bfloat16(tiny_manet, head):
    if head == 'TSMHead':
        tiny_manet.model.cls_head = dict(
            type='TSMHead',
            num_classes=52,
            in_channels=128,
            average_clips='prob')
    # What the stock tools/train.py sets for --amp.
    tiny_manet.optim_wrapper.type = 'AmpOptimWrapper'
    tiny_manet.optim_wrapper.setdefault('loss_scale', 'dynamic')
    runner = Runner.from_cfg(tiny_manet)
    types = set()
    runner.model.backbone.layer1[0].conv2.conv.register_forward_hook(
        lambda module, args, out: types.add(out.dtype))
    runner.train()
    assert torch.bfloat16 in types
    assert all(p.isfinite().all() for p in runner.model.parameters())
    state = runner.optim_wrapper.state_dict()
    runner.optim_wrapper.load_state_dict(state)
