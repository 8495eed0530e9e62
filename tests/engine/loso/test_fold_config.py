# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from mmengine.config import Config, ConfigDict

from mmaction_microaction.engine.loso import (EPOCH_RULES, fold_config,
                                              loso_config)


def test_a_subject_in_all_loaders(loso_cfg):
    before = loso_cfg.pretty_text
    loader = loso_cfg.train_dataloader
    loader.dataset = ConfigDict(
        type='RepeatDataset', times=2, dataset=loader.dataset)
    cfg = fold_config(loso_config(loso_cfg, 'best-uf1'), 'sub02')
    for inner in (cfg.train_dataloader.dataset.dataset,
                  cfg.val_dataloader.dataset, cfg.test_dataloader.dataset):
        assert inner.test_subject == 'sub02'
    loader.dataset = loader.dataset.dataset
    assert loso_cfg.pretty_text == before  # unchanged
    # As the tools read it.
    assert Config.fromstring(cfg.pretty_text, '.py').to_dict() == cfg.to_dict()


def test_the_last_epoch_is_chosen_without_the_test_subject(loso_cfg):
    loso_cfg.resume = True
    loso_cfg.load_from = 'weights.pth'
    loso_cfg.default_hooks.checkpoint.update(
        by_epoch=False, save_optimizer=False, interval=9, out_dir='x')
    cfg = loso_config(loso_cfg)
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None
    # Of one, MMEngine would keep none while it writes the next.
    assert cfg.default_hooks.checkpoint.to_dict().items() >= dict(
        save_best=None, out_dir=None, by_epoch=True, save_optimizer=True,
        interval=1, max_keep_ckpts=2).items()  # yapf: disable
    # The test's weights cannot be resumed from; to begin from others is fine.
    assert cfg.resume is False and cfg.load_from == 'weights.pth'


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


def test_repeatable(loso_cfg):
    loso_cfg.pop('randomness')
    loso_cfg.train_dataloader.persistent_workers = True
    cfg = loso_config(loso_cfg)
    assert cfg.randomness.seed == 0
    assert not cfg.train_dataloader.persistent_workers
    hooks = [hook.type for hook in cfg.custom_hooks]
    assert hooks[:2] == ['CheckpointMatchHook', 'NumClassesHook']
    assert hooks[-1] == 'EpochSeedHook' and len(hooks) == 4
    assert len(loso_config(cfg).custom_hooks) == 4
    loso_cfg.randomness = dict(seed=7)
    assert loso_config(loso_cfg).randomness.seed == 7


@pytest.mark.parametrize('key, value, message', [
    ('test_evaluator', dict(type='AccMetric'), 'one MicroExpressionMetric'),
    ('train_cfg', dict(type='IterBasedTrainLoop',
                       max_iters=3), 'EpochBasedTrainLoop'),
    ('test_dataloader', dict(dataset=dict(type='MA52Dataset')), 'MA52Dataset'),
])
def test_errors(loso_cfg, key, value, message):
    with pytest.raises(ValueError, match="'best-acc'.*|best-accuracy"):
        loso_config(loso_cfg, 'best-acc')
    loso_cfg[key] = value
    with pytest.raises(ValueError, match=message):
        fold_config(loso_config(loso_cfg), 'sub01')
