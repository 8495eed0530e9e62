# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from mmaction_microaction.utils import workers
from mmaction_microaction.utils.workers import (LoggedProcesses,
                                                run_in_processes)

ENDS = 'the decoder crashed', 'the decoder hung (for more than 1 s)'


def shout(name):
    if name == 'crash':
        os._exit(1)
    if name == 'hang':
        time.sleep(99)
    if name == 'slip':
        raise KeyError(name)
    return os.getpid(), name.upper()


def note(name, folder):
    Path(folder, name).touch()


@pytest.fixture(autouse=True)
def forked(monkeypatch):
    """Jobs of a test file cannot be imported by a new process."""
    monkeypatch.setattr(workers, '_METHOD', 'fork')


@pytest.mark.parametrize('number', [0, 1, 3])
def test_all_are_done(number):
    names = [f'{i}x' for i in range(7)]
    results = dict(run_in_processes(shout, names, number, 60))
    assert sorted(results) == names
    pids, found = zip(*results.values())
    assert list(found) == [name.upper() for name in results]
    assert (os.getpid() in pids) == (number == 0)
    assert list(run_in_processes(shout, [], number, 60)) == []
    with pytest.raises(KeyError, match='slip'):
        list(run_in_processes(shout, ['slip'], number, 60))
    with pytest.raises(ValueError, match='at least 0, but got -1'):
        list(run_in_processes(shout, ['a'], -1, 60))


def test_a_crash_and_a_hang_cost_one_item_each():
    names = ['a', 'crash', 'b', 'hang', 'c']
    start = time.perf_counter()
    results = run_in_processes(shout, names, 1, 1., in_order=True)
    found = [(name, x if x in ENDS else x[1]) for name, x in results]
    assert time.perf_counter() - start < 30
    assert found == list(zip(names, ['A', ENDS[0], 'B', ENDS[1], 'C']))


@pytest.mark.parametrize('in_order', [False, True])
def test_a_watch_ends_it(in_order):
    start = time.perf_counter()
    with pytest.raises(ZeroDivisionError):
        list(
            run_in_processes(shout, ['hang', 'a'], 2, 60, in_order,
                             lambda: 1 / 0))
    assert time.perf_counter() - start < 30


def test_no_more_after_a_stop(tmp_path):
    job, names = partial(note, folder=tmp_path), map(str, range(500))
    outcomes = run_in_processes(job, list(names), 2, 60)
    next(outcomes)
    outcomes.close()
    done = len(list(tmp_path.iterdir()))
    assert 1 <= done < 400
    time.sleep(.2)
    assert len(list(tmp_path.iterdir())) == done


def python(code):
    return [sys.executable, '-c', code]


def test_output_and_environment(tmp_path):
    log, env = tmp_path / 'new' / 'a.log', dict(os.environ, X='7')
    code = 'import os, sys; print(os.environ["X"]); print(8, file=sys.stderr)'
    text = LoggedProcesses().run(python(code), log, env)
    assert sorted(text.split()) == ['7', '8'] and log.read_text() == text


@pytest.mark.parametrize('code, message', [
    ('raise KeyError("no such word")', 'no such word'),
    ('import sys; sys.exit(3)', 'exit status 3'),
    ('import os; print("fine", flush=True); os.kill(os.getpid(), 9)',
     'ended by signal 9'),
])
def test_failure(code, message, tmp_path):
    with pytest.raises(RuntimeError, match=f'{message}.*a.log'):
        LoggedProcesses().run(python(code), str(tmp_path / 'a.log'))


def test_stop_ends_all(tmp_path):
    processes, logs = LoggedProcesses(), [tmp_path / '0.log', tmp_path / '1']
    command = python('print(1, flush=True); import time; time.sleep(600)')
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(processes.run, command, x) for x in logs]
        while not all(log.is_file() and log.read_text() for log in logs):
            time.sleep(.05)
        processes.stop()
        for future in futures:
            with pytest.raises(RuntimeError, match='ended by signal 15'):
                future.result(60)
    with pytest.raises(RuntimeError, match='stopped'):
        processes.run(command, tmp_path / 'late.log')
