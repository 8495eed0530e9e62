# Copyright (c) mmaction-microaction contributors. All rights reserved.
import multiprocessing
import os
import signal
import threading
from signal import SIGINT, SIGTERM
from unittest import mock

import pytest
import torch

from mmaction_microaction.engine.hooks import stop_hook
from mmaction_microaction.utils.checkpoint_files import INTERRUPTED

HOOKS = [dict(type='StopHook'), dict(type='ExactResumeHook')]


def stop(runner, code):
    before = signal.getsignal(SIGTERM), signal.getsignal(SIGINT)
    with pytest.raises(SystemExit) as caught:
        runner.train()
    assert caught.value.code == code
    assert (signal.getsignal(SIGTERM), signal.getsignal(SIGINT)) == before


@pytest.mark.parametrize('number, code', [(SIGTERM, 75), (SIGINT, 130)])
def test_a_step_is_finished_and_saved(number, code, make_run):
    whole = make_run('whole', hooks=HOOKS)
    whole.train()
    kill = dict(type='KillHook', step=8, signals=[number])
    runner = make_run(hooks=[*HOOKS, kill], workers=1)
    stop(runner, code)
    assert len(runner.model.seen) == 18  # of 9 steps
    last = os.path.join(runner.work_dir, 'last_checkpoint')
    assert open(last).read() == os.path.join(runner.work_dir, INTERRUPTED)
    resumed = make_run(hooks=HOOKS, resume=True)
    resumed.train()
    assert resumed.model.seen == whole.model.seen[18:]
    for key, value in whole.model.state_dict().items():
        assert value.equal(resumed.model.state_dict()[key]), key
    assert open(last).read().endswith('epoch_3.pth')


def test_the_last_step_of_an_epoch(make_run):
    kill = dict(type='KillHook', step=5, signals=[SIGTERM])
    stop(make_run(hooks=[*HOOKS, kill], val=True), 75)
    resumed = make_run(hooks=HOOKS, resume=True, val=True)
    resumed.train()
    assert len(resumed.model.seen) == 24
    scores, _ = resumed.message_hub.get_scalar('val/acc').data
    assert len(scores) == 3


def test_a_validation_is_left_and_made_up_for(make_run):
    kill = dict(type='KillHook', validation=2, signals=[SIGTERM])
    runner = make_run(hooks=[*HOOKS, kill], val=True)
    stop(runner, 75)
    assert len(runner.val_evaluator.metrics[0].results) == 2  # one batch
    assert not os.path.exists(os.path.join(runner.work_dir, INTERRUPTED))
    resumed = make_run(hooks=HOOKS, resume=True, val=True)
    resumed.train()
    assert len(resumed.model.seen) == 12
    scores, _ = resumed.message_hub.get_scalar('val/acc').data
    assert len(scores) == 3


def test_a_second_ctrl_c_ends_at_once(make_run):
    kill = dict(type='KillHook', step=8, signals=[SIGTERM, SIGINT, SIGINT])
    runner = make_run(hooks=[*HOOKS, kill])
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    runner.hooks[-1].after_train(runner)
    stop_hook, = (x for x in runner.hooks if type(x).__name__ == 'StopHook')
    stop_hook.after_train(runner)
    assert len(runner.model.seen) == 16


@pytest.mark.parametrize('told', [0, SIGTERM])
def test_a_signal_during_the_exchange_of_processes(monkeypatch, told):
    """The others know nothing of it yet, or were told another."""
    hook = stop_hook.StopHook(interval=1)
    hook._logger = runner = mock.Mock(iter=3, optim_wrapper=None)
    monkeypatch.setattr(stop_hook, 'get_world_size', lambda: 2)

    def reduce(value, how):
        hook._note(SIGINT, None)
        value.fill_(told)

    monkeypatch.setattr(stop_hook, 'all_reduce', reduce)
    stopped = []
    monkeypatch.setattr(hook, '_save', lambda runner: None)
    monkeypatch.setattr(hook, '_stop',
                        lambda runner, step: stopped.append(hook._signal))
    monkeypatch.setattr(hook, 'every_n_train_iters', lambda *args: True)
    hook.after_train_iter(runner, 0)
    assert stopped == [told][:bool(told)]
    monkeypatch.setattr(stop_hook, 'all_reduce', lambda value, how: None)
    hook.after_train_iter(runner, 0)
    assert stopped[-1] == (told or SIGINT)


@pytest.mark.parametrize('first', [SIGTERM, SIGINT])
def test_the_first_signal_gives_the_exit_code(first):
    hook = stop_hook.StopHook()
    hook._logger = mock.Mock()
    hook._note(first, None)
    hook._note(SIGTERM, None)
    assert hook._signal == first
    with pytest.raises(KeyboardInterrupt):
        hook._note(SIGINT, None)


def test_gradients_that_accumulate(make_run):
    kill = dict(type='KillHook', step=7, signals=[SIGTERM])
    runner = make_run(hooks=[*HOOKS, kill])
    runner.optim_wrapper['accumulative_counts'] = 3
    stop(runner, 75)
    saved = torch.load(
        os.path.join(runner.work_dir, INTERRUPTED), weights_only=False)
    assert saved['meta']['iter'] == 9


def test_another_thread_catches_nothing(make_run):
    runner = make_run(hooks=HOOKS, epochs=1)
    before = signal.getsignal(SIGTERM)
    thread = threading.Thread(target=runner.train)
    thread.start()
    thread.join()
    assert signal.getsignal(SIGTERM) == before
    assert len(runner.model.seen) == 12


def test_workers_ignore_what_a_terminal_sends_them(make_run):
    """Slurm and a terminal signal all processes of the group."""
    kill = dict(type='KillWorkersHook', step=8)
    runner = make_run(hooks=[*HOOKS, kill], workers=2)
    runner.train()
    assert len(runner.model.seen) == 36
    for worker in multiprocessing.active_children():  # as when Python ends
        worker.terminate()
        worker.join(20)
        assert worker.exitcode == 0
