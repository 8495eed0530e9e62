# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Small recognisers whose probabilities depend on the pixels."""
import os.path as osp

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def make_checkpoint(cfg, folder):
    """Random weights, but norms that have seen something and a decisive
    head."""
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).eval()
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            nn.init.normal_(module.running_mean, std=.1)
            nn.init.uniform_(module.running_var, .8, 1.2)
    last = [m for m in model.cls_head.modules() if isinstance(m, nn.Linear)]
    nn.init.normal_(getattr(model.cls_head, 'fc_cls', last[-1]).weight)
    path = osp.join(folder, 'model.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture
def checkpoint_of(tmp_path):
    """A function that gives a config a checkpoint."""
    return lambda cfg: make_checkpoint(cfg, tmp_path)


def cut(cfg, size):
    """Make a config's test pipeline give small pictures."""
    for step in cfg.test_dataloader.dataset.pipeline:
        if step.type in ('Resize', 'DecodeResized'):
            step.scale = (-1, size)
        if step.type in ('CenterCrop', 'ThreeCrop'):
            step.crop_size = size
    return cfg


@pytest.fixture
def cut_pipeline():
    """The function :func:`cut`."""
    return cut


@pytest.fixture(scope='session')
def manet(repo, tmp_path_factory):
    """Config and checkpoint of MANet; read only."""
    cfg = Config.fromfile(str(repo / 'configs/manet_r50_ma52.py'))
    cfg.model.backbone.update(depth=18, base_channels=16, pretrained=None)
    cfg.model.cls_head.in_channels = 128
    cfg.model.data_preprocessor.type = 'ClipMeanDataPreprocessor'
    cut(cfg, 64)
    with DefaultScope.overwrite_default_scope('mmaction'):
        folder = tmp_path_factory.mktemp('manet')
        yield cfg, make_checkpoint(cfg, folder)


@pytest.fixture(scope='session')
def files(manet, tmp_path_factory):
    """Suffix -> exported file."""
    pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    from mmaction_microaction.deployment import FORMATS, export_model
    folder = tmp_path_factory.mktemp('exported')
    return {
        suffix: export_model(*manet, str(folder / f'manet{suffix}'))
        for suffix in FORMATS
    }
