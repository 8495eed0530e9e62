# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os

import pytest

from mmaction_microaction.datasets import check
from mmaction_microaction.datasets.preparation.team import run_in_team


def shout(name):
    if name == 'crash':
        os._exit(1)
    return os.getpid(), name.upper()


@pytest.fixture(autouse=True)
def forked(monkeypatch):
    """Jobs of a test file cannot be imported by a new process."""
    monkeypatch.setattr(check, '_METHOD', 'fork')


@pytest.mark.parametrize('workers', [0, 1, 3])
def test_all_are_done(workers):
    names = [str(i) + 'x' for i in range(7)]
    results = dict(run_in_team(shout, names, workers))
    assert {
        k: v[1]
        for k, v in results.items()
    } == {
        name: name.upper()
        for name in names
    }
    pids = {pid for pid, _ in results.values()}
    assert pids == {os.getpid()} if workers == 0 else os.getpid() not in pids
    assert list(run_in_team(shout, [], workers)) == []


def test_a_crash_costs_one_name():
    results = dict(run_in_team(shout, ['a', 'crash', 'b'], 1))
    assert 'crashed' in results.pop('crash')
    assert [results[k][1] for k in 'ab'] == ['A', 'B']


def test_no_more_after_a_stop(tmp_path):

    def note(name):
        (tmp_path / name).touch()

    outcomes = run_in_team(note, [str(i) for i in range(500)], 2)
    next(outcomes)
    outcomes.close()
    assert 1 <= len(list(tmp_path.iterdir())) < 400


def test_workers():
    with pytest.raises(ValueError, match='at least 0, but got -1'):
        list(run_in_team(shout, ['a'], -1))
