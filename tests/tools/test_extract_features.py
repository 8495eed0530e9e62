# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

CONFIG = 'configs/manet_r18_mma52sample.py'
SMALL = {'model.backbone.base_channels': 8, 'model.neck.in_channels': 64}
OPTIONS = [*(f'{k}={v}' for k, v in SMALL.items()),
           'test_dataloader.num_workers=0']  # yapf: disable


@pytest.fixture(scope='module')
def run(repo, run_tool, mma52_root):

    def run(config, *args):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv('MMA52_ROOT', mma52_root)
            return run_tool('data/extract_features.py', repo / config, *args)

    return run


@pytest.fixture(scope='module')
def video_cfg(repo, mma52_root):
    cfg = Config.fromfile(str(repo / CONFIG))
    cfg.merge_from_dict(SMALL)
    loader = cfg.test_dataloader
    loader.update(num_workers=0, batch_size=1, persistent_workers=False)
    loader.dataset.data_root = mma52_root
    return cfg


@pytest.fixture(scope='module')
def checkpoint(video_cfg, tmp_path_factory):
    """Of a recogniser: a backbone and a head that is of no use."""
    torch.manual_seed(0)
    backbone = MODELS.build(video_cfg.model.backbone)
    weights = {f'backbone.{k}': v for k, v in backbone.state_dict().items()}
    path = tmp_path_factory.mktemp('weights') / 'recogniser.pth'
    weights['cls_head.fc.weight'] = torch.zeros(2)
    torch.save(dict(state_dict=weights), path)
    return path


@pytest.fixture(scope='module')
def features(run, checkpoint, tmp_path_factory):
    out = tmp_path_factory.mktemp('features')
    done = run(CONFIG, checkpoint, '--out', out, '--cfg-options', *OPTIONS)
    assert done.code == 0, done.err
    return out


def test_features_are_the_backbones(features, checkpoint, video_cfg):
    index = json.loads((features / 'index.json').read_text())
    assert len(index) == 4 + 3  # train and val
    model = MODELS.build(video_cfg.model).eval()
    model.load_state_dict(torch.load(checkpoint)['state_dict'], strict=False)
    loader = Runner.build_dataloader(video_cfg.test_dataloader)
    assert len(loader) == 3
    for batch in loader:
        sample, = batch['data_samples']
        entry = index[sample.clip_name]
        stored = np.load(features / entry['file'])
        assert stored.dtype == np.float32
        assert stored.shape == (64, len(batch['inputs'][0]))
        assert entry['grid_fps'] == sample.grid_fps
        assert entry['duration'] == sample.duration
        data = model.data_preprocessor(batch, False)
        with torch.no_grad():
            expected = model.run_backbone(data['inputs'], data['masks'])[0]
        np.testing.assert_allclose(
            stored, expected[:, :stored.shape[1]], rtol=1e-3, atol=1e-4)


def test_training_on_features(features, repo, mma52_root, tmp_path):
    cfg = Config.fromfile(str(repo / 'configs/manet_r50_mma52_features.py'))
    cfg.model.neck.update(in_channels=64, channels=16)
    cfg.model.head.in_channels = 16
    cfg.model.auxiliary_head.in_channels = 64
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(num_workers=0, persistent_workers=False, batch_size=2)
        loader.dataset.data_root = mma52_root
        loader.dataset.pipeline[0].root = str(features)
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.work_dir = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2
    metrics = runner.test()
    assert 0 <= metrics['mma52/action_mAP'] <= 1


def test_errors(run, checkpoint, tmp_path, one_line):
    features = 'configs/manet_r50_mma52_features.py'
    # CONFIG at its full width.
    errors = {CONFIG: 'weights of SEResNetTSM', features: 'no model.backbone'}
    for config, message in errors.items():
        one_line(run(config, checkpoint, '--out', tmp_path), message)
