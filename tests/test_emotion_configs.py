# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Emotion from a backbone that was trained on micro-actions."""
import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmaction_microaction.synthetic import generate_emotion


class Spy(Hook):
    """Keeps the weights before the first step."""

    def before_train_epoch(self, runner):
        self.weights = copy.deepcopy(runner.model.state_dict())


CONFIGS = ('manet_r50_emotion', 'manet_r18_emotionsample')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return str(
        generate_emotion(
            tmp_path_factory.mktemp('emotion') / 'root',
            clips_per_emotion=1,
            held_out_clips=1,
            size=(64, 80),
            num_frames=(8, 10)))


@pytest.fixture
def shrunk(repo, root, shrink, tmp_path, monkeypatch):
    """A function that reads a config, as small as it gets, and makes a
    checkpoint of MA-52 for it, of random weights."""

    def make(name):
        monkeypatch.setenv('EMOTION_ROOT', root)
        cfg = Config.fromfile(str(repo / 'configs' / f'{name}.py'))
        small = dict(depth=18, base_channels=16, pretrained=None)
        cfg.model.backbone.update(small)
        cfg.model.cls_head.in_channels = 128
        shrink(cfg, clips=None, size=64, root=root)
        cfg.train_dataloader.dataset.indices = 2
        before = Config.fromfile(str(repo / 'configs/manet_r50_ma52.py')).model
        before.backbone.update(small, shift_div=cfg.model.backbone.shift_div)
        before.cls_head.in_channels = 128
        weights = MODELS.build(before).state_dict()
        torch.save(dict(state_dict=weights), tmp_path / 'ma52.pth')
        cfg.load_from = str(tmp_path / 'ma52.pth')
        return cfg, {k: v for k, v in weights.items() if k[:8] == 'backbone'}

    return make


@pytest.mark.parametrize('name', CONFIGS)
@pytest.mark.parametrize('frozen_stages', [-1, 4])
def test_starts_from_micro_actions(shrunk, name, frozen_stages):
    cfg, weights = shrunk(name)
    cfg.model.backbone.frozen_stages = frozen_stages
    runner = Runner.from_cfg(cfg)
    spy = Spy()
    runner.register_hook(spy)
    runner.train()
    assert runner.iter == 1
    now = runner.model.state_dict()
    for key, weight in weights.items():
        assert torch.equal(spy.weights[key], weight), key
        if frozen_stages == 4:  # running means of norms included
            assert torch.equal(now[key], weight), key
    if frozen_stages == -1:
        assert not torch.equal(now['backbone.conv1.conv.weight'],
                               weights['backbone.conv1.conv.weight'])
    assert now['cls_head.fc_cls.weight'].shape == (4, 128)
    metrics = runner.test()
    assert 0 <= metrics['emotion/uar'] <= 1


def test_labels_of_sessions(shrunk):
    cfg, _ = shrunk(CONFIGS[1])
    cfg.test_dataloader.dataset.update(
        ann_file='test_list_sessions.txt', clip_sessions='clip_sessions.txt')
    cfg.train_dataloader = cfg.train_cfg = cfg.optim_wrapper = None
    cfg.param_scheduler = cfg.load_from = None
    metrics = Runner.from_cfg(cfg).test()
    assert 0 <= metrics['emotion/session_uar'] <= 1


def test_the_two_configs_agree(repo):
    first, second = (
        Config.fromfile(str(repo / 'configs' / f'{name}.py'))
        for name in CONFIGS)
    for split in ('train', 'val', 'test'):
        data = [
            dict(cfg[f'{split}_dataloader'].dataset, pipeline=None)
            for cfg in (first, second)
        ]
        assert data[0] == data[1] and data[0]['type'] == 'EmotionDataset'
        # The best epoch is chosen on one list and reported on another.
        assert data[0]['ann_file'] == f'{split}_list_emotions.txt'
        assert data[0]['data_prefix'] == dict(video=f'videos_{split}')
    # The sample config fits the checkpoint of manet_r18_ma52sample.
    demo = Config.fromfile(str(repo / 'configs/manet_r18_ma52sample.py'))
    backbone = dict(second.model.backbone, frozen_stages=0)
    assert backbone == dict(demo.model.backbone, frozen_stages=0)
