# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One fold of leave-one-subject-out as a config of its own."""
import copy
from typing import Dict, Optional

from mmengine.config import Config, ConfigDict

from mmaction_microaction.datasets.expressions import innermost
from mmaction_microaction.utils.errors import UserError

#: Which epoch is tested -> by what it is chosen on the test subject.
EPOCH_RULES: Dict[str, Optional[str]] = {
    'last': None,
    'best-accuracy': 'mer/accuracy',
    'best-uf1': 'mer/uf1',
}
_METRIC = 'MicroExpressionMetric'


def loso_config(cfg: Config, epoch: str = 'last') -> Config:
    """Derive what the configs of all folds share.

    That is what a training needs that may be interrupted: a seed,
    :class:`~mmaction_microaction.engine.EpochSeedHook`, a checkpoint after
    every epoch; and what the pooling needs, the metric's counts.

    Args:
        cfg (Config): An experiment on a ``MicroExpressionDataset``, which
            trains by epochs and has a ``MicroExpressionMetric``; not changed.
        epoch (str): Which epoch is tested, a key of ``EPOCH_RULES``. With
            ``'last'`` nothing looks at the test subject during training.
    """
    if epoch not in EPOCH_RULES:
        raise UserError(f'epoch must be one of {list(EPOCH_RULES)}, but got '
                        f'{epoch!r}')
    cfg = copy.deepcopy(cfg)
    loop = cfg.train_cfg.get('type', 'EpochBasedTrainLoop')
    if loop != 'EpochBasedTrainLoop' or not cfg.train_cfg.get(
            'by_epoch', True):
        raise UserError('leave-one-subject-out needs train_cfg.type='
                        f"'EpochBasedTrainLoop', but got {loop!r}")
    _count_in(cfg, 'test_evaluator')
    _make_repeatable(cfg)
    _choose_epoch(cfg, EPOCH_RULES[epoch])
    return cfg


def fold_config(cfg: Config, subject: str) -> Config:
    """Derive the config of the fold that tests a subject, for the stock tools,
    from what :func:`loso_config` gives."""
    cfg = copy.deepcopy(cfg)
    for part in ('train', 'val', 'test'):
        if cfg.get(f'{part}_dataloader'):
            innermost(cfg[f'{part}_dataloader'].dataset).test_subject = subject
    return cfg


def _count_in(cfg: Config, name: str) -> None:
    """Let the one metric that counts write beside the log."""
    evaluators = cfg.get(name) or []
    if not isinstance(evaluators, (list, tuple)):
        evaluators = [evaluators]
    metrics = [x for x in evaluators if x.get('type') == _METRIC]
    if len(metrics) != 1:
        raise UserError(f'{name} needs one {_METRIC}, whose counts are '
                        f'pooled, but it is {cfg.get(name)}')
    metrics[0].update(artifacts=True, out_dir=None, prefix=None)


def _make_repeatable(cfg: Config) -> None:
    cfg.resume = False  # a fold knows by itself where it was
    randomness = cfg.setdefault('randomness', ConfigDict(seed=0))
    if randomness.get('seed') is None:
        randomness.seed = 0
    cfg.train_dataloader.persistent_workers = False
    hooks = list(cfg.get('custom_hooks') or [])
    if not any(hook.get('type') == 'EpochSeedHook' for hook in hooks):
        cfg.custom_hooks = [*hooks, ConfigDict(type='EpochSeedHook')]


def _choose_epoch(cfg: Config, key: Optional[str]) -> None:
    # Two are kept: MMEngine deletes an old one before it writes the new.
    checkpoint = dict(
        interval=1,
        by_epoch=True,
        max_keep_ckpts=2,
        save_last=True,
        save_optimizer=True,
        save_param_scheduler=True,
        save_best=key,
        out_dir=None,
        filename_tmpl=None)
    if key is None:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    elif not (cfg.get('val_cfg') and cfg.get('val_dataloader')):
        raise UserError('to choose the best epoch, the config needs val_cfg, '
                        'val_dataloader and val_evaluator')
    else:
        _count_in(cfg, 'val_evaluator')
        checkpoint['rule'] = 'greater'
        cfg.train_cfg.update(val_begin=1, val_interval=1)
    hooks = cfg.setdefault('default_hooks', ConfigDict())
    hooks.setdefault('checkpoint', ConfigDict(type='CheckpointHook'))
    hooks.checkpoint.update(checkpoint)
