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


def drawn(seed):
    rng = np.random.default_rng(seed)
    return rng.random((rng.integers(1, 5), rng.integers(30))) < rng.random()


@pytest.mark.parametrize('active', [
    np.zeros((3, 0)), np.zeros((2, 4)), np.ones((1, 4)), [[1, 0, 1]],
    *map(drawn, range(20))
])  # yapf: disable
def test_equals_a_loop(active):
    assert list(zip(*find_runs(active))) == by_loop(active)
