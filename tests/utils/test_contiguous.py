# Copyright (c) mmaction-microaction contributors. All rights reserved.
from itertools import groupby

import numpy as np
import pytest

from mmaction_microaction.utils.contiguous import contiguous_segments


def drawn(seed):
    rng = np.random.default_rng(seed)
    return rng.random((rng.integers(1, 5), rng.integers(30))) < rng.random()


@pytest.mark.parametrize('active', [
    np.zeros((3, 0)), np.zeros((2, 4)), np.ones((1, 4)), *map(drawn, range(20))
])  # yapf: disable
def test_equals_a_loop(active):
    expected = []
    for label, row in enumerate(active):
        for value, group in groupby(range(len(row)), row.__getitem__):
            steps = list(group)
            if value:
                expected.append((label, steps[0], steps[-1] + 1))
    assert list(zip(*contiguous_segments(active))) == expected
