# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fixtures that several tools' tests share."""
import pandas as pd
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope


@pytest.fixture(scope='session')
def frames(frames_of):
    """60 frames of a pattern that moves."""
    return frames_of(60, 64, 80)


@pytest.fixture(scope='session')
def read_rows():
    """A function: path of a csv file -> its rows, all of them text."""
    return lambda path: pd.read_csv(
        path, dtype=str, keep_default_na=False).to_dict('records')


@pytest.fixture(scope='session')
def manet_files(small_method, tmp_path_factory):
    """Config file and checkpoint of a small MANet for 32 x 32 pixels."""
    small = small_method('manet_r50')
    path = tmp_path_factory.mktemp('manet') / 'manet_tiny.py'
    small.cfg.dump(str(path))
    return str(path), small.checkpoint


@pytest.fixture(scope='session')
def tiny_mmnet(repo, casme2_root, tmp_path_factory):
    """Config, and paths of config and checkpoint, of an MMNet for 32 x 32
    pixels and generated data."""
    cfg = Config.fromfile(f'{repo}/configs/mmnet_casme2sample.py')
    cfg.model.backbone.update(
        img_size=32, stem_channels=16, channels=(16, 16, 16, 16))
    cfg.model.cls_head.in_channels = 16 * 2 * 2
    for split in ('train', 'val', 'test'):
        dataset = cfg[f'{split}_dataloader'].dataset
        dataset.data_root = casme2_root
        for step in dataset.pipeline:
            step.update(
                dict(Resize=dict(scale=(32, 32)),
                     RandomCrop=dict(size=32)).get(step.type, {}))
    cfg.test_dataloader.dataset.test_subject = None
    cfg.train_cfg.max_epochs = 8
    folder = tmp_path_factory.mktemp('mmnet')
    files = str(folder / 'tiny.py'), str(folder / 'tiny.pth')
    cfg.dump(files[0])
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(cfg.model)
    torch.save(dict(state_dict=model.state_dict()), files[1])
    return (cfg, *files)


@pytest.fixture(scope='session')
def expect(run_tool):
    """``run_tool``, but first comes the exit code that is right."""

    def run(code, *args):
        done = run_tool(*args)
        assert done.code == code, done
        return done

    return run


@pytest.fixture(scope='session')
def one_line():
    """A function that checks what a tool says of a user's error."""

    def check(done, message, code=2):
        line, = done.err.strip().splitlines()
        assert done.code == code, done
        assert '.py: error: ' in line and message in line

    return check
