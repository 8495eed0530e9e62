# Copyright (c) mmaction-microaction contributors. All rights reserved.
import time

import numpy as np
import pytest

from benchmarks.timing import Row, compare, spread


def test_ratio_is_taken_within_each_round():
    assert spread(np.array([5., 1., 3., 2., 4.])) == (3, 2, 4)
    # The machine slows down by ten half-way; the ratio does not.
    slow = Row('slow', np.array([2., 2, 20, 20]), np.array([1., 1, 1, 1]))
    fast = Row('fast', np.array([1., 1, 10, 10]), np.array([2., 2, 2, 2]))
    assert fast.speedup_over(slow) == (2, 2, 2)
    assert fast.speedup_over(slow, 'wall') == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="clock.*'gpu'"):
        fast.speedup_over(slow, 'gpu')
    with pytest.raises(ValueError, match='4 rounds.*1'):
        slow.speedup_over(Row('other', np.ones(1), np.ones(1)))


def test_everyone_takes_turns():
    calls = []
    contestants = {name: lambda name=name: calls.append(name)
                   for name in 'abc'}  # yapf: disable
    rows = compare(contestants, 'b', rounds=3, warmup=1)
    assert [row.name for row in rows] == ['b', 'a', 'c']
    turns = [calls[i:i + 3] for i in range(0, 12, 3)]
    assert all(sorted(turn) == ['a', 'b', 'c'] for turn in turns)
    assert len({turn[0] for turn in turns[1:]}) == 3  # each is first once
    assert all(len(row.cpu) == len(row.wall) == 3 for row in rows)
    assert all(row.memory is None for row in rows)


def test_the_quick_are_called_more_often():
    calls, told = [], []
    who = {'a': lambda: calls.append(time.sleep(0.001))}
    row, = compare(who, 'a', 2, min_seconds=0.01, progress=told.append)
    assert len(calls) > 3 and told == ['a'] * 3
    # Of one call, which waited and did not compute.
    assert 0.001 <= row.wall[0] < 0.01 and row.cpu[0] < row.wall[0]


@pytest.mark.parametrize('arguments, words', [
    (dict(baseline='x'), "baseline.*'a'.*'x'"),
    (dict(baseline='a', rounds=0), 'rounds >= 1'),
    (dict(baseline='a', warmup=-1), 'warmup >= 0'),
])
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        compare({'a': int}, **arguments)
