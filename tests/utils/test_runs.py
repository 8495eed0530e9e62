# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.utils.runs import find_runs


def by_loop(active):
    """One step after the other."""
    runs = []
    for label, row in enumerate(active):
        start = None
        for step, value in enumerate([*row, False]):
            if value and start is None:
                start = step
            elif not value and start is not None:
                runs.append((label, start, step))
                start = None
    return runs


@pytest.mark.parametrize('seed', range(20))
def test_equals_a_loop(seed):
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 5), rng.integers(0, 30)
    active = rng.random(shape) < rng.random()
    assert list(zip(*find_runs(active))) == by_loop(active)


@pytest.mark.parametrize('active, runs', [
    (np.zeros((3, 0)), []),
    (np.zeros((2, 4)), []),
    (np.ones((1, 4)), [(0, 0, 4)]),
    ([[1, 0, 1]], [(0, 0, 1), (0, 2, 3)]),
])
def test_small(active, runs):
    assert list(zip(*find_runs(active))) == runs
