# Copyright (c) mmaction-microaction contributors. All rights reserved.
import runpy
import shutil
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from mmengine.config import Config, ConfigDict

from mmaction_microaction.engine.loso import (EPOCH_RULES, Fold, fold_config,
                                              loso_config)


@pytest.fixture
def tools(fake_tools):
    """What runs the fake tools in this process, and notes the calls."""

    def run(name, args, log):
        run.calls.append([name, *map(str, args)])
        with patch.object(sys, 'argv', run.calls[-1]):
            runpy.run_path(str(fake_tools / name))

    run.calls = []
    return run


@pytest.fixture
def make_fold(loso_cfg, tmp_path, fake_tools):
    """A function that makes a fold, with an epoch for each checkpoint of the
    fake tools that its training is to have."""

    def make(rule='last', **checkpoints):
        fold = Fold('samm/006', 5, loso_config(loso_cfg, rule),
                    str(tmp_path / 'out [1]'))
        train = Path(fold.folder, 'train')
        train.mkdir(parents=True)
        for name, epoch in checkpoints.items():
            shutil.copy(fake_tools / f'epoch_{epoch}.pth',
                        train / f'{name}.pth')
        return fold, train

    return make


def test_from_the_beginning_to_the_end(make_fold, tools):
    fold, train = make_fold()
    assert not fold.is_done() and fold.epochs_done() == 0
    fold.run(tools)
    (name, *args), tested = tools.calls
    assert name == 'train.py' and '--resume' not in args
    assert fold.is_done() and fold.epochs_done() == fold.epochs == 2
    result = fold.result()
    assert result['subject'] == 'samm/006' and result['epoch'] == 2
    assert result['counts']['confusion'] == [[1, 0, 0, 0, 0]] * 5
    # The weights of the last epoch, and nothing else.
    assert torch.load(tested[2]) == dict(
        meta=dict(epoch=2), state_dict=dict(x=2))
    assert not list(train.glob('*.pth'))
    fold.run(tools)
    assert len(tools.calls) == 2  # done is done
    Path(fold.folder, 'result.json').unlink()
    assert fold.epochs_done() == 2 and not fold.is_done()
    fold.run(tools)
    assert tools.calls[2:] == [tested]
    fold.clips = 6
    Path(fold.folder, 'result.json').unlink()
    with pytest.raises(RuntimeError, match='6 clips, but the test scored 5'):
        fold.run(tools)
    assert not fold.is_done()


def test_goes_on_from_the_last_whole_checkpoint(make_fold, tools):
    # 10 is behind 9, and 11 was cut off.
    fold, train = make_fold(epoch_9=1, epoch_10=1, epoch_11=2)
    data = (train / 'epoch_11.pth').read_bytes()
    (train / 'epoch_11.pth').write_bytes(data[:len(data) // 2])
    assert fold.epochs_done() == 11
    fold.run(tools)
    assert tools.calls[0][-2:] == ['--resume', str(train / 'epoch_10.pth')]


def test_the_best_epoch_begins_anew(make_fold, tools):
    """A validation that a kill cut off would be missing in the choice."""
    fold, _ = make_fold('best-uf1', epoch_1=2, best_mer_uf1_epoch_2=2)
    assert fold.epochs_done() == 0  # they will be run again
    fold.run(tools)
    assert '--resume' not in tools.calls[0]
    assert fold.result()['epoch'] == 1


def test_a_subject_in_all_loaders(loso_cfg):
    loader = loso_cfg.train_dataloader
    loader.dataset = ConfigDict(
        type='RepeatDataset', times=2, dataset=loader.dataset)
    before = loso_cfg.pretty_text
    cfg = fold_config(loso_config(loso_cfg, 'best-uf1'), 'sub02')
    assert [
        cfg.train_dataloader.dataset.dataset.test_subject,
        cfg.val_dataloader.dataset.test_subject,
        cfg.test_dataloader.dataset.test_subject
    ] == ['sub02'] * 3
    assert loso_cfg.pretty_text == before  # unchanged
    # As the tools read it.
    assert Config.fromstring(cfg.pretty_text, '.py').to_dict() == cfg.to_dict()


def test_the_last_epoch_is_chosen_without_the_test_subject(loso_cfg):
    loso_cfg.merge_from_dict(dict(resume=True, load_from='weights.pth'))
    loso_cfg.pop('randomness')
    loso_cfg.default_hooks.checkpoint.update(
        by_epoch=False, save_optimizer=False, interval=9, out_dir='x')
    cfg = loso_config(loso_cfg)
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None
    # Of one, MMEngine would keep none while it writes the next.
    assert cfg.default_hooks.checkpoint.to_dict() == dict(
        type='CheckpointHook',
        interval=1,
        max_keep_ckpts=2,
        save_best=None,
        rule='greater')
    # The test's weights cannot be resumed from; to begin from others is fine.
    assert cfg.resume is False and cfg.load_from == 'weights.pth'
    # Repeatable, however often it is derived.
    hooks = [hook.type for hook in loso_config(cfg).custom_hooks]
    assert hooks[:2] == ['CheckpointMatchHook', 'NumClassesHook']
    assert hooks.count('ExactResumeHook') == 1
    assert cfg.randomness.seed == 0
    loso_cfg.randomness = dict(seed=7)
    assert loso_config(loso_cfg).randomness.seed == 7


@pytest.mark.parametrize('rule', ['best-accuracy', 'best-uf1'])
def test_the_best_epoch_looks_at_every_one(rule, loso_cfg):
    cfg = loso_config(loso_cfg, rule)
    checkpoint = cfg.default_hooks.checkpoint
    assert checkpoint.save_best == EPOCH_RULES[rule]
    assert checkpoint.rule == 'greater'
    assert cfg.train_cfg.val_interval == cfg.train_cfg.val_begin == 1
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        assert cfg[key] is not None
        with pytest.raises(ValueError, match='val_evaluator'):
            loso_config(Config({**loso_cfg, key: None}), rule)


@pytest.mark.parametrize('change, message', [
    (dict(test_evaluator=dict(type='AccMetric')), 'MicroExpressionMetric'),
    (dict(train_cfg=dict(type='IterBasedTrainLoop')), 'EpochBasedTrainLoop'),
    (dict(test_dataloader=dict(dataset=dict(type='MA52Dataset'))),
     'MA52Dataset'),
])
def test_what_cannot_be_used(change, message, loso_cfg):
    with pytest.raises(ValueError, match="best-accuracy.*'best-acc'"):
        loso_config(loso_cfg, 'best-acc')
    with pytest.raises(ValueError, match=message):
        fold_config(loso_config(Config({**loso_cfg, **change})), 'sub01')
