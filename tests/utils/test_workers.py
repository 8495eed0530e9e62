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
    results = list(run_in_processes(shout, names, number, 60))
    found = sorted((name, result[1]) for name, result in results)
    assert found == [(name, name.upper()) for name in names]
    pids = {result[0] for _, result in results}
    assert pids == {os.getpid()} if number == 0 else os.getpid() not in pids
    assert list(run_in_processes(shout, [], number, 60)) == []


def test_a_crash_and_a_hang_cost_one_item_each():
    names = ['a', 'crash', 'b', 'hang', 'c']
    start = time.perf_counter()
    results = list(run_in_processes(shout, names, 1, 1., in_order=True))
    assert time.perf_counter() - start < 30
    assert [name for name, _ in results] == names
    assert [x if isinstance(x, str) else x[1] for _, x in results] == [
        'A', 'the decoder crashed', 'B',
        'the decoder hung (for more than 1 s)', 'C'
    ]  # yapf: disable


def test_what_is_not_a_crash():
    with pytest.raises(KeyError, match='slip'):
        list(run_in_processes(shout, ['slip'], 1, 60))
    with pytest.raises(ValueError, match='at least 0, but got -1'):
        list(run_in_processes(shout, ['a'], -1, 60))


def test_no_more_after_a_stop(tmp_path):
    outcomes = run_in_processes(
        partial(note, folder=tmp_path), [str(i) for i in range(500)], 2, 60)
    next(outcomes)
    outcomes.close()
    done = len(list(tmp_path.iterdir()))
    assert 1 <= done < 400
    time.sleep(.2)
    assert len(list(tmp_path.iterdir())) == done


def python(code):
    return [sys.executable, '-c', code]


def test_output_and_environment(tmp_path):
    log = tmp_path / 'new' / 'a.log'
    code = ('import os, sys; print(os.environ["X"]); '
            'print("é", file=sys.stderr)')
    env = dict(os.environ, X='7', PYTHONIOENCODING='utf-8')
    text = LoggedProcesses().run(python(code), str(log), env)
    assert sorted(text.split()) == ['7', 'é']
    assert log.read_text(encoding='utf-8') == text


@pytest.mark.parametrize('code, message', [
    ('raise KeyError("no such word")', 'no such word'),
    ('import sys; sys.exit(3)', 'exit status 3'),
    ('import os; print("fine", flush=True); os.kill(os.getpid(), 9)',
     'ended by signal 9'),
])
def test_failure(code, message, tmp_path):
    log = str(tmp_path / 'a.log')
    with pytest.raises(RuntimeError, match=message) as error:
        LoggedProcesses().run(python(code), log)
    assert log in str(error.value)


def test_stop_ends_all(tmp_path):
    processes, logs = LoggedProcesses(), [tmp_path / '0.log', tmp_path / '1']
    code = 'print(1, flush=True); import time; time.sleep(600)'
    with ThreadPoolExecutor() as pool:
        futures = [
            pool.submit(processes.run, python(code), str(log)) for log in logs
        ]
        while not all(log.is_file() and log.read_text() for log in logs):
            time.sleep(.05)
        processes.stop()
        for future in futures:
            with pytest.raises(RuntimeError, match='ended by signal 15'):
                future.result(60)
    with pytest.raises(RuntimeError, match='stopped'):
        processes.run(python(''), str(tmp_path / 'late.log'))
