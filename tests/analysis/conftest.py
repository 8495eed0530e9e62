# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.analysis import AnalysedClips


@pytest.fixture
def clips() -> AnalysedClips:
    """300 clips of 52 classes, recognised more often than not; class 51 is
    never true, class 50 neither true nor predicted."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 50, 300)
    scores = rng.random((300, 52)) + 0.6 * np.eye(52)[labels]
    scores[:, 50] = 0
    scores[0, 51] = 3
    return AnalysedClips([f'{i:04}.mp4' for i in range(300)], labels,
                         np.float32(scores))
