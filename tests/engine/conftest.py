# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A network of two layers, and runs of it that can be killed."""
import logging
import multiprocessing
import os
import subprocess
import time

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, HOOKS, METRICS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

CLIPS = 12


class Killed(Exception):
    """Stands for the end of a process."""


@HOOKS.register_module(force=True)
class KillHook(Hook):
    """Ends a run before a step or a validation, or sends it a signal."""
    priority = 'VERY_HIGH'

    def __init__(self, step=None, validation=None, signals=()):
        self.step, self.validation = step, validation
        self.signals = signals

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.step:
            self.kill()

    def before_val_epoch(self, runner):
        if runner.epoch == self.validation:
            self.kill()

    def kill(self):
        if not self.signals:
            raise Killed
        for number in self.signals:
            os.kill(os.getpid(), number)


@HOOKS.register_module(force=True)
class KillWorkersHook(KillHook):
    """Sends SIGINT and SIGTERM to the workers of the loader."""

    def kill(self):
        workers = [x.pid for x in multiprocessing.active_children()]
        assert len(workers) == 2
        for number in ('INT', 'TERM'):
            names = ' '.join(map(str, workers))
            subprocess.run(f'kill -{number} {names}', shell=True, check=True)
        time.sleep(1)


@DATASETS.register_module(force=True)
class Noise(BaseDataset):
    """Clips of 3 classes: random numbers, drawn where they are loaded."""
    METAINFO = dict(classes=('a', 'b', 'c'))

    def load_data_list(self):
        return [dict(filename=f'{i}.mp4', label=i % 3) for i in range(CLIPS)]


@TRANSFORMS.register_module(force=True)
class Draw:

    def __init__(self, broken=()):
        self.broken = set(broken)

    def __call__(self, info):
        if info['filename'] in self.broken:
            raise ValueError(f'{info["filename"]} is torn')
        inputs = torch.tensor(np.random.rand(3), dtype=torch.float32)
        sample = ActionDataSample(metainfo=info).set_gt_label(info['label'])
        return dict(inputs=inputs, data_samples=sample)


class Net(BaseModel):

    def __init__(self):
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(3, 3), nn.Dropout(.5))
        self.norm = nn.BatchNorm1d(3)
        self.seen = []

    def forward(self, inputs, data_samples, mode='loss'):
        self.seen += [x.filename for x in data_samples] * (mode == 'loss')
        out = self.norm(self.layer(torch.stack(inputs)))
        if mode == 'predict':
            return [
                x.set_field(y, 'y') or x for x, y in zip(data_samples, out)
            ]
        return dict(loss=(out - 1).square().mean())


@METRICS.register_module(force=True)
class Mean(BaseMetric):

    def process(self, data_batch, data_samples):
        self.results += [float(x['y'].sum()) for x in data_samples]

    def compute_metrics(self, results):
        return dict(acc=float(np.mean(results)))


@pytest.fixture
def make_run(tmp_path):
    """A function that builds a runner; every call is a new process."""
    count = iter(range(100))

    def make(name='run',
             epochs=3,
             hooks=(),
             val=False,
             workers=0,
             batch=2,
             **settings):
        torch.manual_seed(5)
        broken = settings.pop('broken', ())
        dataset = dict(type='Noise', pipeline=[dict(type='Draw')])

        def loader(shuffle, **changes):
            return dict(
                dataset=dict(dataset, **changes),
                batch_size=batch,
                num_workers=workers,
                persistent_workers=workers > 0 and shuffle,
                sampler=dict(type='mmengine.DefaultSampler', shuffle=shuffle))

        if val:
            settings.update(
                val_dataloader=loader(False, test_mode=True),
                val_cfg=dict(),
                val_evaluator=dict(type='Mean'))
        checkpoint = dict(
            type='CheckpointHook',
            interval=1,
            **(dict(save_best='acc', rule='greater') if val else {}))
        checkpoint.update(settings.pop('checkpoint', {}))
        return Runner(
            model=Net(),
            work_dir=str(tmp_path / name),
            train_dataloader=loader(
                True, pipeline=[dict(type='Draw', broken=broken)]),
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1, momentum=.9)),
            param_scheduler=[
                dict(type='LinearLR', by_epoch=False, end=9),
                dict(type='ExponentialLR', gamma=.7)
            ],
            default_hooks=dict(checkpoint=checkpoint),
            custom_hooks=list(hooks),
            **{
                'randomness': dict(seed=3),
                **settings
            },
            default_scope='mmaction',
            experiment_name=f'{tmp_path.name}_{name}_{next(count)}')

    return make


@pytest.fixture
def said(monkeypatch):
    """What is logged as a warning."""
    lines = []
    handle = logging.Logger.handle

    def note(self, record):
        if record.levelno >= logging.WARNING:
            lines.append(record.getMessage())
        handle(self, record)

    monkeypatch.setattr(logging.Logger, 'handle', note)
    return lines
