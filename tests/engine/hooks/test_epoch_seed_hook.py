# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.dataset import BaseDataset
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from mmaction_microaction.engine.hooks.epoch_seed_hook import epoch_seed


class Noise(BaseDataset):
    """Four samples of random numbers, drawn where they are loaded."""

    def load_data_list(self):
        return [dict() for _ in range(4)]

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
            dataset=Noise(),
            batch_size=2,
            num_workers=workers,
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
            **loader),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(
            type='mmengine.OptimWrapper',
            optimizer=dict(type='SGD', lr=.1, momentum=.9)),
        custom_hooks=[ConfigDict(type='EpochSeedHook')] if hook else [],
        randomness=dict(seed=3),
        resume=resume,
        default_scope='mmaction',
        experiment_name=f'{folder.name}_{epochs}')
    return torch.cat([p.flatten() for p in runner.train().parameters()])


@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_run_ends_like_an_uninterrupted_one(workers, tmp_path):
    whole = train(tmp_path / 'whole', 4, workers)
    train(tmp_path / 'parts', 2, workers)
    assert train(tmp_path / 'parts', 4, workers, resume=True).equal(whole)


def test_without_it_they_differ(tmp_path):
    whole = train(tmp_path / 'whole', 4, hook=False)
    train(tmp_path / 'parts', 2, hook=False)
    assert not train(
        tmp_path / 'parts', 4, hook=False, resume=True).equal(whole)


def test_workers_that_outlive_an_epoch(tmp_path):
    with pytest.raises(ValueError, match='persistent_workers=False'):
        train(tmp_path, 1, 1, persistent_workers=True)


def test_seeds():
    seeds = {epoch_seed(s, e) for s in range(20) for e in range(50)}
    assert len(seeds) == 1000 and max(seeds) < 2**31
    assert epoch_seed(0, 1) == epoch_seed(0, 1)
    # MMEngine adds the worker's number: those of two epochs must not meet.
    values = np.sort(list(seeds))
    assert np.diff(values).min() > 64
