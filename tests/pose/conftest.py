# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest


@pytest.fixture(scope='session')
def make_entry():
    """A function: name, fields -> a sound entry of 6 frames of 64 x 48."""

    def make(name='a', persons=1, points=28, **fields) -> dict:
        rng = np.random.default_rng(len(name))
        shape = persons, 6, points
        return dict(
            dict(
                frame_dir=name,
                total_frames=6,
                img_shape=(64, 48),
                label=3,
                keypoint=rng.uniform(1, 48, (*shape, 2)).astype(np.float32),
                keypoint_score=rng.uniform(.1, 1, shape).astype(np.float16)),
            **fields)

    return make
