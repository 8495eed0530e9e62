# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""All folds of leave-one-subject-out, in parallel, resumable."""
import os
import os.path as osp
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Callable, Dict, List, Optional, Sequence

import pandas as pd
import torch
from mmengine.config import Config

from mmaction_microaction.datasets.expressions import (build_all_folds,
                                                       check_fold)
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.utils.locks import lock_folder
from mmaction_microaction.utils.workers import LoggedProcesses
from .fold import Fold, fold_config, loso_config

_POLL = 0.5  # seconds
#: What of a clip decides on training and test.
_IDENTITY = ['clip_name', 'subject', 'label', 'onset', 'apex', 'offset']


class LosoRun:
    """The folds of an experiment in a folder.

    Args:
        cfg (Config): An experiment on a ``MicroExpressionDataset``.
        out (str): Output folder.
        folds (Sequence[str], optional): Run only these subjects. None: all.
        epoch (str): The tested epoch, see :func:`loso_config`.

    Attributes:
        dataset (MicroExpressionDataset): The clips of all subjects.
        folds (list[Fold]): Of all subjects, sorted; ``chosen`` are to run.
        errors (dict[str, str]): Reason of failure by subject.
    """

    def __init__(self,
                 cfg: Config,
                 out: str,
                 folds: Optional[Sequence[str]] = None,
                 epoch: str = 'last') -> None:
        self.out = out
        self.dataset = build_all_folds(cfg.test_dataloader.dataset)
        subjects = self.dataset.subjects
        check_fold(0, subjects)  # two or more
        chosen = subjects if folds is None else [
            check_fold(fold, subjects) for fold in folds
        ]
        infos = map(self.dataset.get_data_info, range(len(self.dataset)))
        self._clips = pd.DataFrame(infos, columns=_IDENTITY, dtype=object)
        for subject in chosen:
            others = self._clips[self._clips.subject != subject].label.unique()
            if len(others) < 2:
                raise UserError(
                    f'without subject {subject} all clips are '
                    f'{self.dataset.metainfo["classes"][others[0]]!r}: '
                    'there is nothing to train')
        self.cfg = loso_config(cfg, epoch)
        fold_config(self.cfg, subjects[0])  # see that it can be done
        clips = Counter(self._clips.subject)
        self.folds = [
            Fold(subject, clips[subject], self.cfg, out)
            for subject in subjects
        ]
        self.chosen = [fold for fold in self.folds if fold.subject in chosen]
        self.errors: Dict[str, str] = {}

    def run(self,
            tools: str,
            workers: int = 1,
            watch: Callable[['LosoRun'], None] = lambda run: None) -> None:
        """Train and test the remaining folds.

        A fold that fails, or is in use by another run, is noted in ``errors``;
        the others continue. Several machines may share the folder, each with
        its own folds. With several GPUs the workers use them in turn; on a CPU
        they share its cores, unless ``OMP_NUM_THREADS`` is set.

        Args:
            tools (str): The folder of ``train.py`` and ``test.py``.
            workers (int): Folds in parallel.
            watch (Callable): Called twice a second.
        """
        if workers < 1:
            raise UserError(f'workers must be at least 1, but got {workers}')
        self.check_folder()
        for path, text in self._identity.items():
            if not osp.isfile(path):
                write_bytes(path, text.encode())
        # Not of the folds that are left: the number of cores for each, and so
        # the last digits, would depend on where a run was killed.
        workers = min(workers, len(self.folds))
        self.errors.clear()
        processes, slots = LoggedProcesses(), SimpleQueue()
        for slot in range(workers):
            slots.put(slot)

        def work(fold: Fold) -> None:
            slot = slots.get()
            fold.at_work = True
            try:
                _run_fold(fold, tools, processes, _environment(slot, workers))
            finally:
                fold.at_work = False
                slots.put(slot)

        pool = ThreadPoolExecutor(workers)
        try:
            futures = [(x.subject, pool.submit(work, x)) for x in self.chosen]
            while not all(future.done() for _, future in futures):
                watch(self)
                time.sleep(_POLL)
            for subject, future in futures:
                try:
                    future.result()  # our own mistakes are raised
                except (RuntimeError, ValueError, OSError) as error:
                    self.errors[subject] = str(error)
            watch(self)
        finally:
            processes.stop()
            pool.shutdown(cancel_futures=True)

    def done(self) -> List[Fold]:
        """The finished folds."""
        return [fold for fold in self.folds if fold.is_done()]

    def check_folder(self) -> None:
        """UserError if the folder is of another config, or of other clips."""
        for path, text in self._identity.items():
            if osp.isfile(path) and Path(path).read_bytes() != text.encode():
                raise UserError(
                    f'{path} is not what the config, the options and the data '
                    'set say now; choose another folder, or remove this one')

    @cached_property
    def _identity(self) -> Dict[str, str]:
        """What must not change between calls, by file."""
        clips = self._clips.to_csv(index=False, lineterminator='\n')
        return {
            osp.join(self.out, 'experiment.py'): self.cfg.pretty_text,
            osp.join(self.out, 'clips.csv'): clips
        }


def _run_fold(fold: Fold, tools: str, processes: LoggedProcesses,
              env: Dict[str, str]) -> None:
    os.makedirs(fold.folder, exist_ok=True)
    # The tools inherit the lock: those of a run that was killed may still be
    # at work.
    with lock_folder(fold.folder) as handle:

        def run_tool(name: str, args: list, log: Path) -> None:
            python = [sys.executable, '-W', 'ignore', osp.join(tools, name)]
            processes.run([*python, *args], log, env, [handle])

        fold.run(run_tool)


def _environment(slot: int, workers: int) -> Dict[str, str]:
    """Cores or a GPU for one of several workers."""
    env = dict(os.environ)
    # The tools have to find this very package.
    paths = [str(Path(__file__).parents[3]), env.get('PYTHONPATH')]
    env['PYTHONPATH'] = os.pathsep.join(filter(None, paths))
    cores = max(1, (os.cpu_count() or 1) // workers)
    env.setdefault('OMP_NUM_THREADS', str(cores))
    gpus = torch.cuda.device_count()
    if gpus > 1:
        visible = env.get('CUDA_VISIBLE_DEVICES')
        names = visible.split(',') if visible else list(map(str, range(gpus)))
        env['CUDA_VISIBLE_DEVICES'] = names[slot % gpus]
    return env
