# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""End a training that is told to, so that it can go on."""
import multiprocessing
import os
import os.path as osp
import signal
import threading
from functools import partial
from typing import Callable, Optional

import torch
import torch.distributed as dist
from mmaction.registry import HOOKS
from mmengine.dist import all_reduce, barrier, get_world_size
from mmengine.hooks import CheckpointHook, Hook

from mmaction_microaction.utils.checkpoint_files import INTERRUPTED
from mmaction_microaction.utils.files import atomic_text_file

#: Exit codes: EX_TEMPFAIL, "try again", and that of a shell for Ctrl-C.
EXIT_CODES = {signal.SIGTERM: 75, signal.SIGINT: 130}


@HOOKS.register_module()
class StopHook(Hook):
    """On SIGTERM or SIGINT, finish the step, save, and exit with 75 or 130.

    The checkpoint is ``interrupted.pth``, to which ``last_checkpoint`` then
    points. A second SIGINT ends the run at once. With gradients accumulated
    over several steps, the run ends after the optimizer's. A validation is
    left, if there is one process and a checkpoint from right before it, and
    made up for by :class:`ExactResumeHook`; otherwise the run ends after the
    next step.

    Args:
        interval (int): With several processes, steps between two looks of all
            at what each has been told.
    """
    priority = 'LOWEST'

    def __init__(self, interval: int = 5) -> None:
        self.interval = interval
        self._signal = 0
        self._previous: dict = {}
        self._saved = -1  # iterations in the last checkpoint

    def before_train(self, runner) -> None:
        """Catch the signals, if this is the main thread; the loaders' workers
        pass over those that a terminal and Slurm send to all processes."""
        self._logger = runner.logger
        if threading.current_thread() is threading.main_thread():
            for number in EXIT_CODES:
                self._previous[number] = signal.signal(number, self._note)
        for loop in (runner.train_loop, runner.val_loop):
            if loop is not None:
                loop.dataloader.worker_init_fn = partial(
                    _ignore_signals, then=loop.dataloader.worker_init_fn)

    def _note(self, number: int, frame) -> None:
        if number == signal.SIGINT and self._signal:
            signal.default_int_handler(number, frame)
        if not self._signal:
            self._logger.warning(
                f'{signal.Signals(number).name}: the run saves after this '
                'step and ends; Ctrl-C (again) ends it at once')
        self._signal = self._signal or number

    def after_train_iter(self,
                         runner,
                         batch_idx,
                         data_batch=None,
                         outputs=None) -> None:
        """Stop after a step."""
        optimizer = getattr(runner, 'optim_wrapper', None)
        every = getattr(optimizer, '_accumulative_counts', 1)
        several = get_world_size() > 1
        if not self.every_n_train_iters(runner,
                                        every * self.interval**several):
            return
        agreed = int(self._signal)
        if several:
            told = torch.tensor(agreed)
            all_reduce(told, 'max')
            # A signal that came meanwhile waits for the next exchange.
            agreed = told.item()
        if agreed:
            self._signal = agreed
            self._save(runner)
            self._stop(runner, runner.iter + 1)

    def after_val_iter(self,
                       runner,
                       batch_idx,
                       data_batch=None,
                       outputs=None) -> None:
        """Stop in a validation; weights may be averages here."""
        if self._signal and self._saved == runner.iter and \
                get_world_size() == 1:
            self._stop(runner, runner.iter)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        if 'optimizer' in checkpoint:
            self._saved = checkpoint['meta']['iter']

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if runner._resume:
            self._saved = checkpoint.get('meta', {}).get('iter', -1)

    def after_train(self, runner) -> None:
        """Restore what the signals did before."""
        self._signal = 0
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    def _save(self, runner) -> None:
        folders = [
            hook.out_dir for hook in runner.hooks
            if isinstance(hook, CheckpointHook)
        ]
        path = osp.join(*folders[:1] or [runner.work_dir], INTERRUPTED)
        meta = dict(epoch=runner.epoch, iter=runner.iter + 1)
        runner.save_checkpoint(*osp.split(path), meta=meta, by_epoch=False)
        if runner.rank == 0:
            name = osp.join(runner.work_dir, 'last_checkpoint')
            with atomic_text_file(name, durable=True) as file:
                file.write(path)

    def _stop(self, runner, iteration: int) -> None:
        runner.logger.warning(
            f'stopped by {signal.Signals(self._signal).name} after iteration '
            f'{iteration}, which is saved; --resume goes on from there')
        barrier()
        code = EXIT_CODES[self._signal]
        self.after_train(runner)
        if dist.is_available() and dist.is_initialized():
            dist.destroy_process_group()
        raise SystemExit(code)


def _ignore_signals(worker: int, then: Optional[Callable] = None) -> None:
    """In a worker: of SIGTERM only what the main process sends counts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, 'sigwaitinfo'):  # not on macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        threading.Thread(target=_obey_parent, daemon=True).start()
    if then is not None:
        then(worker)


def _obey_parent() -> None:
    parent = multiprocessing.parent_process()
    while parent and parent.pid != signal.sigwaitinfo([signal.SIGTERM]).si_pid:
        continue
    os._exit(0)
