# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A tiny model, and videos good and bad."""
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmaction_microaction.inference import MicroActionInferencer
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture(scope='session')
def inferencer(repo, tmp_path_factory):
    """A MANet of random weights that takes next to no time."""
    torch.manual_seed(0)
    cfg = Config.fromfile(str(repo / 'configs/manet_r50_ma52.py'))
    cfg.merge_from_dict({
        'model.backbone.depth': 18,
        'model.backbone.base_channels': 8,
        'model.backbone.pretrained': None,
        'model.cls_head.in_channels': 64
    })
    path = tmp_path_factory.mktemp('model') / 'weights.pth'
    with DefaultScope.overwrite_default_scope('mmaction'):
        torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), path)
        return MicroActionInferencer(cfg, path, 'cpu')


@pytest.fixture(scope='session')
def videos(tmp_path_factory, write_sound):
    """A good video of one second, and those that are none."""
    folder = tmp_path_factory.mktemp('videos')
    noise = np.random.default_rng(0).integers(
        0, 256, (48, 64, 3), dtype=np.uint8)
    write_video(folder / 'good.mp4',
                [np.roll(noise, 2 * i, 1) for i in range(30)])
    (folder / 'empty.mp4').touch()
    (folder / 'text.mp4').write_text('no video')
    write_sound(folder / 'sound.mp4')
    return folder
