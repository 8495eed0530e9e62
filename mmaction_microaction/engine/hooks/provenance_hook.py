# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Save what a run was made with."""
import hashlib
import json
import os.path as osp
from typing import Optional

from mmaction.registry import HOOKS
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop
from mmengine.utils.dl_utils import collect_env

from mmaction_microaction.utils.errors import first_of
from mmaction_microaction.utils.files import atomic_text_file
from mmaction_microaction.utils.provenance import (PROVENANCE_FILE,
                                                   compare_records,
                                                   describe_data,
                                                   describe_file,
                                                   describe_software, plain)

# Of MMEngine's: a random number, a folder.
_LEFT_OUT = 'numpy_random_seed', 'CUDA_HOME'


@HOOKS.register_module()
class ProvenanceHook(Hook):
    """Save versions, machine, git state, seed, config and data of a run.

    They go into ``provenance.json`` in the folder of the run's logs, with the
    latest scores, and into ``meta['provenance']`` of checkpoints. A training
    that is resumed warns of what is different now. The record:
    docs/reproducibility.md.
    """

    def __init__(self) -> None:
        self.record: dict = {}
        self._before: Optional[dict] = None  # that of the checkpoint
        self._start: dict = {}

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note which weights the run starts with."""
        if runner._resume:
            self._before = checkpoint.get('meta', {}).get('provenance')
        elif runner._load_from and is_main_process():
            self._start = describe_file('checkpoint', runner._load_from)

    def before_val(self, runner) -> None:
        """Save the record, once, in one process: files are hashed."""
        if self.record or not is_main_process():
            return
        cfg, text = runner.cfg, runner.cfg.pretty_text
        loops = dict(
            train=runner._train_loop,
            val=runner._val_loop,
            test=runner._test_loop)
        self.record = dict(
            describe_software(),
            environment=dict(collect_env()),
            seed=runner.seed,
            deterministic=runner.deterministic,
            processes=get_world_size(),
            config=dict(
                name=osp.basename(cfg.filename or ''),
                sha256=hashlib.sha256(text.encode()).hexdigest()),
            start=self._start,
            settings=cfg.to_dict(),
            data={
                name: describe_data(loop.dataloader.dataset)
                for name, loop in loops.items() if isinstance(loop, BaseLoop)
            })
        for key in _LEFT_OUT:
            self.record['environment'].pop(key, None)
        self._write(runner)

    before_test = before_val

    def before_train(self, runner) -> None:
        """The same; compared with the record of the training's first part."""
        self.before_val(runner)
        if self._before and self.record:
            lines = compare_records(self._before, self.record,
                                    ('scores', 'start'))
            for line in first_of(lines):
                runner.logger.warning(f'resumed, but with another {line}')

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Save the scores."""
        if self.record:
            self._write(runner, scores=metrics or {})

    after_test_epoch = after_val_epoch

    def _write(self, runner, **more) -> None:
        self.record = plain(dict(self.record, **more))
        path = osp.join(runner.log_dir, PROVENANCE_FILE)
        with atomic_text_file(path) as file:
            json.dump(self.record, file, indent=1)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Add ``meta['provenance']``."""
        checkpoint['meta']['provenance'] = self.record
