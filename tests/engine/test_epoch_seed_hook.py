# Copyright (c) mmaction-microaction contributors. All rights reserved.
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.engine.hooks import EpochSeedHook, epoch_seed_hook
from mmaction_microaction.engine.hooks.epoch_seed_hook import epoch_seed


class Noise(list):
    """Samples of random numbers, drawn where they are loaded."""

    def __getitem__(self, idx):
        return dict(x=torch.tensor(np.random.rand(3), dtype=torch.float32))


class Net(BaseModel):

    def __init__(self):
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(3, 3), nn.Dropout(.5))

    def forward(self, x, mode='loss'):
        return dict(loss=self.layer(x).square().mean())


def train(folder, epochs, workers=0, hook=True, resume=False, **loader):
    torch.manual_seed(5)
    runner = Runner(
        model=Net(),
        work_dir=str(folder),
        train_dataloader=dict(
            dataset=Noise(range(4)),
            batch_size=2,
            num_workers=workers,
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
            **loader),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1, momentum=.9)),
        custom_hooks=[ConfigDict(type='EpochSeedHook')] if hook else [],
        randomness=dict(seed=3),
        resume=resume,
        default_scope='mmaction',
        experiment_name=f'{folder.name}_{epochs}')
    return torch.cat([p.flatten() for p in runner.train().parameters()])


def test_workers_that_outlive_an_epoch(tmp_path):
    with pytest.raises(ValueError, match='persistent_workers=False'):
        train(tmp_path, 1, 1, persistent_workers=True)


@pytest.mark.parametrize('workers, hook', [(0, True), (2, True), (0, False)])
def test_a_resumed_run_ends_like_an_uninterrupted_one(workers, hook, tmp_path):
    whole = train(tmp_path / 'whole', 4, workers, hook)
    train(tmp_path / 'parts', 2, workers, hook)
    parts = train(tmp_path / 'parts', 4, workers, hook, resume=True)
    assert parts.equal(whole) is hook


@pytest.mark.parametrize('differ', [False, True])
def test_diff_rank_seed_keeps_its_meaning(differ, monkeypatch):
    """Two fake ranks; the loader's workers differ by rank in any case."""
    drawn, workers = set(), set()
    for rank in (0, 1):
        monkeypatch.setattr('mmengine.runner.utils.get_rank', lambda: rank)
        monkeypatch.setattr(epoch_seed_hook, 'get_rank', lambda: rank)
        runner = SimpleNamespace(
            epoch=2, train_dataloader=SimpleNamespace(num_workers=2))
        Runner.set_randomness(runner, seed=3, diff_rank_seed=differ)
        runner.seed = runner._seed
        EpochSeedHook().before_train_epoch(runner)
        drawn |= {torch.rand(1).item(), np.random.rand()}
        for worker in (0, 1):
            runner.train_dataloader.worker_init_fn(worker)
            workers.add(np.random.rand())
    assert len(drawn) == (4 if differ else 2)
    assert len(workers) == 4


def test_seeds():
    seeds = {epoch_seed(s, e) for s in range(20) for e in range(50)}
    assert len(seeds) == 1000 and max(seeds) < 2**31
    # MMEngine adds the worker's number: those of two epochs must not meet.
    assert np.diff(np.sort(list(seeds))).min() > 64
