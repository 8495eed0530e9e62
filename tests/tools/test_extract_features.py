# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

CONFIG = 'configs/manet_r18_mma52sample.py'
FEATURES = 'configs/manet_r50_mma52_features.py'
SMALL = {'model.backbone.base_channels': 8, 'model.neck.in_channels': 64}
ONE = dict(num_workers=0, persistent_workers=False, batch_size=1)


@pytest.fixture(scope='module')
def run(repo, run_tool, mma52_root):

    def run(config, *args):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv('MMA52_ROOT', mma52_root)
            return run_tool('data/extract_features.py', repo / config, *args)

    return run


@pytest.fixture(scope='module')
def made(repo, run, mma52_root, tmp_path_factory):
    """Config, checkpoint of a recogniser (a backbone and a head that is of no
    use) and the folder of its features."""
    cfg = Config.fromfile(str(repo / CONFIG))
    cfg.merge_from_dict(SMALL)
    cfg.test_dataloader.update(ONE)
    cfg.test_dataloader.dataset.data_root = mma52_root
    backbone = MODELS.build(cfg.model.backbone)
    weights = {f'backbone.{k}': v for k, v in backbone.state_dict().items()}
    weights['cls_head.fc.weight'] = torch.zeros(2)
    folder = tmp_path_factory.mktemp('features')
    checkpoint, out = folder / 'recogniser.pth', folder / 'features'
    torch.save(dict(state_dict=weights), checkpoint)
    options = [f'{key}={value}' for key, value in SMALL.items()]
    done = run(CONFIG, checkpoint, '--out', out, '--cfg-options', *options,
               'test_dataloader.num_workers=0')
    assert done.code == 0, done.err
    return cfg, checkpoint, out


def test_features_are_the_backbones(made):
    cfg, checkpoint, features = made
    index = json.loads((features / 'index.json').read_text())
    assert len(index) == 4 + 3  # train and val
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(checkpoint)['state_dict'], strict=False)
    loader = Runner.build_dataloader(cfg.test_dataloader)
    assert len(loader) == 3
    for batch in loader:
        sample, = batch['data_samples']
        entry = index[sample.clip_name]
        assert entry['grid_fps'] == sample.grid_fps
        assert entry['duration'] == sample.duration
        stored = np.load(features / entry['file'])
        assert stored.dtype == np.float32
        assert stored.shape == (64, len(batch['inputs'][0]))
        data = model.data_preprocessor(batch, False)
        with torch.no_grad():
            expected = model.run_backbone(data['inputs'], data['masks'])[0]
        np.testing.assert_allclose(
            stored, expected[:, :stored.shape[1]], rtol=1e-3, atol=1e-4)


def test_training_on_features(made, repo, mma52_root, tmp_path):
    cfg = Config.fromfile(str(repo / FEATURES))
    cfg.model.neck.update(in_channels=64, channels=16)
    cfg.model.head.in_channels = 16
    cfg.model.auxiliary_head.in_channels = 64
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(ONE, batch_size=2)
        loader.dataset.data_root = mma52_root
        loader.dataset.pipeline[0].root = str(made[2])
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.work_dir = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2
    assert 0 <= runner.test()['mma52/action_mAP'] <= 1


@pytest.mark.parametrize(
    'config, message',
    [
        (CONFIG, 'weights of SEResNetTSM'),  # at its full width
        (FEATURES, 'no model.backbone'),
    ])
def test_errors(made, run, tmp_path, one_line, config, message):
    one_line(run(config, made[1], '--out', tmp_path), message)
