# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import time
from functools import partial
from pathlib import Path

import pytest

from mmaction_microaction.utils import workers
from mmaction_microaction.utils.workers import run_in_processes


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
    assert {k: v for k, (_, v) in results.items()} \
        == {name: name.upper() for name in names}
    pids = {pid for pid, _ in results.values()}
    assert pids == {os.getpid()} if number == 0 else os.getpid() not in pids
    assert list(run_in_processes(shout, [], number, 60)) == []


def test_a_crash_and_a_hang_cost_one_item_each():
    names = ['a', 'crash', 'b', 'hang', 'c']
    start = time.perf_counter()
    results = list(run_in_processes(shout, names, 1, 1., in_order=True))
    assert time.perf_counter() - start < 30
    assert [name for name, _ in results] == names
    assert results[1][1] == 'the decoder crashed'
    assert results[3][1] == 'the decoder hung (for more than 1 s)'
    assert [results[i][1][1] for i in (0, 2, 4)] == ['A', 'B', 'C']


def test_our_own_mistake_is_not_a_crash():
    with pytest.raises(KeyError, match='slip'):
        list(run_in_processes(shout, ['slip'], 1, 60))


def test_no_more_after_a_stop(tmp_path):
    outcomes = run_in_processes(
        partial(note, folder=tmp_path), [str(i) for i in range(500)], 2, 60)
    next(outcomes)
    outcomes.close()
    done = len(list(tmp_path.iterdir()))
    assert 1 <= done < 400
    time.sleep(.2)
    assert len(list(tmp_path.iterdir())) == done


def test_number_of_workers():
    with pytest.raises(ValueError, match='at least 0, but got -1'):
        list(run_in_processes(shout, ['a'], -1, 60))
