# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fixtures that several tools' tests share."""
import csv
import json

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope


@pytest.fixture(scope='session')
def frames():
    """60 frames of noise that moves to the right."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    return np.stack([np.roll(noise, 2 * i, 1) for i in range(60)])


@pytest.fixture(scope='session')
def read_rows():
    """A function: path of a csv file -> its rows."""

    def read(path):
        with open(path, newline='', encoding='utf-8') as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture(scope='session')
def manet_files(small_method, tmp_path_factory):
    """Config file and checkpoint of a small MANet for 32 x 32 pixels."""
    small = small_method('manet_r50')
    path = tmp_path_factory.mktemp('manet') / 'manet_tiny.py'
    small.cfg.dump(str(path))
    return str(path), small.checkpoint


@pytest.fixture(scope='session')
def tiny_mmnet(repo, casme2_root, tmp_path_factory):
    """A function: name of a config, pixels of a side -> config, and paths of
    config and checkpoint, of a tiny MMNet on generated data."""

    def make(name, size=32):
        cfg = Config.fromfile(f'{repo}/configs/{name}.py')
        cfg.model.backbone.update(
            img_size=size, stem_channels=16, channels=(16, 16, 16, 16))
        cfg.model.cls_head.in_channels = 16 * (size // 16)**2
        for split in ('train', 'val', 'test'):
            dataset = cfg[f'{split}_dataloader'].dataset
            dataset.data_root = casme2_root
            for step in dataset.pipeline:
                if step.type == 'Resize':
                    step.scale = (size, size)
                elif step.type == 'RandomCrop':
                    step.size = size
        cfg.test_dataloader.dataset.test_subject = None
        cfg.train_cfg.max_epochs = 8
        folder = tmp_path_factory.mktemp(name)
        files = str(folder / 'tiny.py'), str(folder / 'tiny.pth')
        cfg.dump(files[0])
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmaction'):
            model = MODELS.build(cfg.model)
        torch.save(dict(state_dict=model.state_dict()), files[1])
        return (cfg, *files)

    return make


@pytest.fixture
def evaluate(run_tool, tmp_path):
    """A function that scores a submission against a list: the scores or None,
    and what the tool has printed."""

    def evaluate(submission, ann_file, *options):
        out = tmp_path / 'scores.json'
        done = run_tool('challenge/evaluate.py', submission, '--ann-file',
                        ann_file, '--json', out, *options)
        return json.loads(out.read_text()) if done.code == 0 else None, done

    return evaluate


@pytest.fixture
def one_line():
    """A function that checks what a tool says of a user's error."""

    def check(done, message, code=2):
        line, = done.err.strip().splitlines()
        assert done.code == code, done
        assert '.py: error: ' in line and message in line

    return check
