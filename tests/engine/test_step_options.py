# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""AMP and channels-last do the same step, for each of the ten methods."""
import functools

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.device import get_device
from mmengine.optim import build_optim_wrapper

from benchmarks.methods import METHODS
from mmaction_microaction.models.layers import use_channels_last


@pytest.fixture(scope='module')
def one_step(small_method):
    """A function that takes one training step of a small version of a method,
    once for each; it returns the loss and by how much each parameter has
    changed."""

    @functools.cache
    def step(name, change=lambda model: None, amp=False):
        method = small_method(name)
        # What is drawn at random may depend on the order in memory.
        method.cfg.model.cls_head.dropout_ratio = 0.
        if name == 'swin_tiny':
            method.cfg.model.backbone.drop_path_rate = 0.
        model = method.build().train()
        # What the stock tools/train.py sets for --amp.
        method.cfg.optim_wrapper.update(
            dict(type='AmpOptimWrapper', loss_scale='dynamic'
                 ) if amp else dict(type='OptimWrapper'))
        wrapper = build_optim_wrapper(model, method.cfg.optim_wrapper)
        change(model)
        before = [p.detach().clone() for p in model.parameters()]
        torch.manual_seed(1)
        pixels = torch.randint(256, (2, *method.shape), dtype=torch.uint8)
        labels = [ActionDataSample().set_gt_label(i) for i in (3, 7)]
        loss = model.train_step(
            dict(inputs=list(pixels), data_samples=labels), wrapper)['loss']
        wrapper.load_state_dict(wrapper.state_dict())
        return loss.detach(), {
            name: p.detach() - old
            for (name, p), old in zip(model.named_parameters(), before)
        }

    return step


@pytest.mark.parametrize('method', METHODS)
def test_channels_last(one_step, method):
    seen = []

    def change(model):
        use_channels_last(model)
        conv = next(m for m in model.backbone.modules()
                    if isinstance(m, (torch.nn.Conv2d, torch.nn.Conv3d)))
        conv.register_forward_pre_hook(lambda module, args: seen.extend(args))

    loss, changes = one_step(method)
    other_loss, others = one_step(method, change)
    layout = torch.channels_last if seen[0].dim() == 4 \
        else torch.channels_last_3d
    if method != 'timesformer_divst':  # it folds the frames into the batch
        assert seen[0].is_contiguous(memory_format=layout)
        assert not seen[0].is_contiguous()
    torch.testing.assert_close(other_loss, loss, atol=1e-4, rtol=1e-4)
    # All parameters at once: a bias in front of a norm moves by rounding only,
    # and batch norm over two clips of few pixels makes much of it (7 % seen).
    step, other = (
        torch.cat([c.flatten() for c in x.values()])
        for x in (changes, others))
    assert step.norm() > 0
    assert (other - step).norm() < 0.2 * step.norm()


@pytest.mark.skipif(get_device() != 'cpu', reason='float16 on a GPU')
@pytest.mark.parametrize('method', METHODS)
def test_amp(one_step, method):
    loss, changes = one_step(method)
    other_loss, others = one_step(method, amp=True)
    assert other_loss != loss
    # bfloat16 has 8 significant bits, and batch norm over two clips of few
    # pixels makes much of them.
    torch.testing.assert_close(other_loss.float(), loss, atol=0, rtol=0.1)
    assert all(x.isfinite().all() for x in others.values())
    # Float32, as the parameters are.
    torch.testing.assert_close(others, changes, atol=0.01, rtol=0.05)
