# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One fold: its config, folder, progress and next command.

::

    FOLDER/
        config.py       for the stock tools
        train.log, test.log
        train/          work folder of the training
        test/           work folder of the test
        weights.pth     of the tested epoch, without optimizer
        result.json     counts; marks the fold as done
"""
import copy
import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Dict, Optional

import torch
from mmengine.config import Config, ConfigDict

from mmaction_microaction.datasets.expressions import unwrap_dataset_config
from mmaction_microaction.evaluation.metrics.micro_expression_metric import (
    COUNTS_FILE, PREDICTIONS_FILE)
from mmaction_microaction.utils.checkpoints import load_from_local
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import (atomic_path, atomic_text_file,
                                              safe_name)

#: Which epoch is tested -> by what it is chosen on the test subject.
EPOCH_RULES: Dict[str, Optional[str]] = {
    'last': None,
    'best-accuracy': 'mer/accuracy',
    'best-uf1': 'mer/uf1',
}
_METRIC = 'MicroExpressionMetric'
_LOOP = 'EpochBasedTrainLoop'
#: Runs a tool of the folder ``tools``: file name, arguments, log file.
RunTool = Callable[[str, list, Path], Any]


class Fold:
    """Trains and tests with one subject left out; resumes.

    Args:
        subject (str): The test subject.
        clips (int): Number of that subject's clips.
        cfg (Config): Of all folds, see :func:`loso_config`.
        out (str): The folder of all folds.
    """

    def __init__(self, subject: str, clips: int, cfg: Config, out: str):
        self.subject, self.clips, self.cfg = subject, clips, cfg
        self.at_work = False  # whether this process trains or tests it now
        self.epochs: int = cfg.train_cfg.max_epochs
        self._keeps_best = bool(cfg.default_hooks.checkpoint.save_best)
        self.folder = Path(out, 'folds', safe_name(subject))
        self._result = self.folder / 'result.json'
        self._weights = self.folder / 'weights.pth'

    def epochs_done(self) -> int:
        """Epochs that a resumed training would skip."""
        if self.is_done() or self._weights.is_file():
            return self.epochs
        if self._keeps_best and not self.at_work:
            return 0
        return max(self._checkpoints(), default=0)

    def is_done(self) -> bool:
        """Whether training and test are over."""
        return self._result.is_file()

    def run(self, run_tool: RunTool) -> None:
        """Do the remaining steps; RuntimeError if a tool fails, or the test
        did not cover all clips."""
        if self.is_done():
            return
        config, test = self.folder / 'config.py', self.folder / 'test'
        with atomic_text_file(config) as file:
            file.write(fold_config(self.cfg, self.subject).pretty_text)
        if not self._weights.is_file():
            self._train(run_tool, config)
        shutil.rmtree(test, ignore_errors=True)
        run_tool('test.py', [config, self._weights, '--work-dir', test],
                 self.folder / 'test.log')
        self._collect()

    def result(self) -> Dict[str, Any]:
        """Result of the test: ``subject``, ``epoch`` and ``counts``."""
        return json.loads(self._result.read_text(encoding='utf-8'))

    def predictions(self) -> Path:
        """The csv file with a line for each clip."""
        return self._find(f'test/*/{PREDICTIONS_FILE}')

    def _train(self, run_tool: RunTool, config: Path) -> None:
        train = self.folder / 'train'
        command = [config, '--work-dir', train]
        if self._keeps_best:
            # A kill between an epoch and its validation would leave that one
            # out of the choice: begin anew.
            shutil.rmtree(train, ignore_errors=True)
        elif newest := self._newest_whole():
            command += ['--resume', newest]
        run_tool('train.py', command, self.folder / 'train.log')
        name = 'best_*' if self._keeps_best else f'epoch_{self.epochs}'
        checkpoint = load_from_local(self._find(f'train/{name}.pth'))
        weights = {key: checkpoint[key] for key in ('meta', 'state_dict')}
        with atomic_path(self._weights) as part:
            torch.save(weights, part)
        # Three times the size of the weights, and of no use any more.
        for path in train.glob('*.pth'):
            path.unlink()

    def _checkpoints(self) -> Dict[int, Path]:
        """Those of the training, by epoch."""
        return {
            int(path.stem.removeprefix('epoch_')): path
            for path in self.folder.glob('train/epoch_*.pth')
        }

    def _newest_whole(self) -> Optional[Path]:
        """The last checkpoint that is not truncated."""
        for _, path in sorted(self._checkpoints().items(), reverse=True):
            with suppress(ValueError):
                load_from_local(path)
                return path
        return None

    def _collect(self) -> None:
        """Write the result of a test of all clips."""
        path = self._find(f'test/*/{COUNTS_FILE}')
        counts = json.loads(path.read_text(encoding='utf-8'))
        tested = sum(map(sum, counts['confusion']))
        if list(counts['subjects']) != [self.subject] or tested != self.clips:
            raise RuntimeError(
                f'{self.subject} has {self.clips} clips, but the test scored '
                f'{tested} of {list(counts["subjects"])}')
        epoch = load_from_local(self._weights)['meta']['epoch']
        result = dict(subject=self.subject, epoch=epoch, counts=counts)
        with atomic_text_file(self._result) as file:
            json.dump(result, file, indent=1)

    def _find(self, pattern: str) -> Path:
        found = list(self.folder.glob(pattern))
        if len(found) != 1:
            raise RuntimeError(f'expected one {pattern} in {self.folder}, but '
                               f'found {len(found)}')
        return found[0]


def loso_config(cfg: Config, epoch: str = 'last') -> Config:
    """Derive the common config of all folds: settings for resumable training,
    and the metric's counts, which are pooled.

    Args:
        cfg (Config): An experiment on a ``MicroExpressionDataset``, trained by
            epochs, with a ``MicroExpressionMetric``; not changed.
        epoch (str): The tested epoch, a key of ``EPOCH_RULES``. With
            ``'last'`` training does not use the test subject.
    """
    if epoch not in EPOCH_RULES:
        raise UserError(f'epoch must be one of {list(EPOCH_RULES)}, but got '
                        f'{epoch!r}')
    cfg, key = copy.deepcopy(cfg), EPOCH_RULES[epoch]
    loop = cfg.train_cfg
    if loop.get('type', _LOOP) != _LOOP or not loop.get('by_epoch', True):
        raise UserError('leave-one-subject-out needs train_cfg.type='
                        f'{_LOOP!r}, but got {loop.get("type", _LOOP)!r}')
    _count_in(cfg, 'test_evaluator')
    if key is None:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    elif not (cfg.get('val_cfg') and cfg.get('val_dataloader')):
        raise UserError('to choose the best epoch, the config needs val_cfg, '
                        'val_dataloader and val_evaluator')
    else:
        _count_in(cfg, 'val_evaluator')
        loop.update(val_begin=1, val_interval=1)
    cfg.setdefault('default_hooks', ConfigDict()).checkpoint = ConfigDict(
        type='CheckpointHook',
        interval=1,
        max_keep_ckpts=2,
        save_best=key,
        rule='greater')
    cfg.resume = False  # a fold knows by itself where it was
    randomness = cfg.setdefault('randomness', ConfigDict())
    randomness.seed = randomness.get('seed') or 0
    hooks = cfg.get('custom_hooks') or []
    if 'ExactResumeHook' not in [hook.get('type') for hook in hooks]:
        cfg.custom_hooks = [*hooks, ConfigDict(type='ExactResumeHook')]
    return cfg


def fold_config(cfg: Config, subject: str) -> Config:
    """Derive the config of the fold of a subject, for the stock tools, from
    that of :func:`loso_config`."""
    cfg = copy.deepcopy(cfg)
    for part in ('train', 'val', 'test'):
        if cfg.get(f'{part}_dataloader'):
            unwrap_dataset_config(
                cfg[f'{part}_dataloader'].dataset).test_subject = subject
    return cfg


def _count_in(cfg: Config, name: str) -> None:
    """Let the one counting metric write beside the log."""
    found = cfg.get(name) or []
    found = found if isinstance(found, (list, tuple)) else [found]
    metrics = [x for x in found if x.get('type') == _METRIC]
    if len(metrics) != 1:
        raise UserError(f'{name} needs one {_METRIC}, whose counts are '
                        f'pooled, but it is {cfg.get(name)}')
    metrics[0].update(artifacts=True, out_dir=None, prefix=None)
