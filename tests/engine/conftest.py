# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The ten methods, small enough to take a step of each."""
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import build_optim_wrapper


@pytest.fixture
def one_step(small_method):
    """A function that takes one training step of a small version of a method.

    It is called with the name of a config, a function that changes the model,
    and whether to use AMP; it returns the loss and by how much each parameter
    has changed.
    """

    def step(name, change=None, amp=False):
        cfg, _, shape = small_method(name)
        torch.manual_seed(0)
        # What is drawn at random may depend on the order in memory.
        cfg.model.cls_head.dropout_ratio = 0.
        if name == 'swin_tiny':
            cfg.model.backbone.drop_path_rate = 0.
        model = MODELS.build(cfg.model).train()
        wrapper = cfg.optim_wrapper
        wrapper.type = 'AmpOptimWrapper' if amp else 'OptimWrapper'
        wrapper = build_optim_wrapper(model, wrapper)
        if change is not None:
            change(model)
        before = [p.detach().clone() for p in model.parameters()]
        pixels = torch.randint(256, (2, *shape), dtype=torch.uint8)
        labels = [ActionDataSample().set_gt_label(i) for i in (3, 7)]
        torch.manual_seed(1)
        loss = model.train_step(
            dict(inputs=list(pixels), data_samples=labels), wrapper)['loss']
        return loss.detach(), {
            name: p.detach() - old
            for (name, p), old in zip(model.named_parameters(), before)
        }

    return step
