# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The ten methods, small enough to take a step of each."""
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

#: Backbone -> (changes of it, in_channels of the head or None, clip shape).
SMALL = {
    'ResNet': (dict(depth=18), 512, (8, 3, 32, 32)),
    'ResNetTSM': (dict(depth=18), 512, (8, 3, 32, 32)),
    'ResNetTIN': (dict(), None, (8, 3, 32, 32)),
    'SEResNetTSM':
    (dict(depth=18, base_channels=16), 128, (8, 3, 32, 32)),
    'C3D': (dict(out_dim=2048), None, (1, 3, 16, 32, 32)),
    # oneDNN's bfloat16 gradient of a 3 x 1 x 1 convolution is not finite for
    # two time steps, which are left of 16 frames (torch 2.13).
    'ResNet3d': (dict(), None, (1, 3, 32, 32, 32)),
    'ResNet3dSlowFast': (dict(), None, (1, 3, 32, 32, 32)),
    'TimeSformer':
    (dict(img_size=32, embed_dims=96, num_heads=2,
          num_transformer_layers=2), 96, (1, 3, 8, 32, 32)),
    'SwinTransformer3D': (dict(), None, (1, 3, 4, 32, 32)),
    'UniFormer': (dict(), None, (1, 3, 8, 32, 32)),
}  # yapf: disable


@pytest.fixture
def one_step(repo):
    """A function that takes one training step of a small version of a method.

    It is called with the name of a config, a function that changes the model,
    and whether to use AMP; it returns the loss and by how much each parameter
    has changed.
    """

    def step(name, change=None, amp=False):
        torch.manual_seed(0)
        cfg = Config.fromfile(str(repo / 'configs' / f'{name}_ma52.py'))
        model_cfg = cfg.model
        changes, width, shape = SMALL[model_cfg.backbone.type]
        model_cfg.backbone.update(pretrained=None, **changes)
        # What is drawn at random may depend on the order in memory.
        model_cfg.cls_head.dropout_ratio = 0.
        if model_cfg.backbone.type == 'SwinTransformer3D':
            model_cfg.backbone.drop_path_rate = 0.
        if width:
            model_cfg.cls_head.in_channels = width
        model = MODELS.build(model_cfg).train()
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
