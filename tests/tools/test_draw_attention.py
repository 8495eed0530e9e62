# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from PIL import Image


@pytest.fixture(scope='module')
def experiment(repo, casme2_root, tmp_path_factory):
    """Config and checkpoint of a tiny MMNet."""
    folder = tmp_path_factory.mktemp('attention')
    cfg = Config.fromfile(str(repo / 'configs/mmnet_casme2_5cls.py'))
    cfg.model.backbone.update(
        img_size=64, stem_channels=16, channels=(16, 16, 16, 16))
    cfg.model.cls_head.in_channels = 16 * 4 * 4
    dataset = cfg.test_dataloader.dataset
    dataset.data_root = casme2_root
    dataset.pipeline[1].scale = (64, 64)
    path = folder / 'tiny.py'
    cfg.dump(str(path))
    weights = folder / 'tiny.pth'
    return cfg, str(path), str(weights)


@pytest.fixture
def run(experiment, run_tool, tmp_path):
    """A function that calls the tool; gives what it said and the picture."""
    cfg, path, weights = experiment
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), weights)

    def call(*args, checkpoint=weights):
        out = tmp_path / 'out.png'
        done = run_tool('micro_expression/draw_attention.py', path, checkpoint,
                        '--out', out, *args)
        return done, np.asarray(Image.open(out)) if out.exists() else None

    return call


def test_draws_the_wanted_clips(run, experiment):
    dataset = DATASETS.build(experiment[0].test_dataloader.dataset)
    names = [dataset.get_data_info(i)['clip_name'] for i in (1, 0)]
    done, picture = run('--clips', *names)
    assert done.code == 0, done.err
    # Two rows of eight pictures.
    assert picture.shape[1] / picture.shape[0] == pytest.approx(2.8, abs=0.2)
    assert picture.std() > 20


@pytest.mark.parametrize('args, word', [
    (('--clips', 'sub09/EP01'), "no such clips in the test set: ['sub09/EP01"),
    (('--number', '0'), '--number must be at least 1'),
    (('--cfg-options', 'test_dataloader.dataset.data_root=nowhere'),
     'nowhere'),
])
def test_wrong_input(run, args, word):
    done, picture = run(*args)
    assert done.code == 2 and picture is None
    assert 'draw_attention.py: error: ' in done.err and word in done.err


def test_wrong_checkpoint(run):
    done, _ = run(checkpoint='nowhere.pth')
    assert done.code == 2 and 'nowhere.pth' in done.err
