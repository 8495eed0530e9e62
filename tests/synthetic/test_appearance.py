# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import (make_noise, make_shake,
                                                       make_subject)


def _rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize('appearance, low, high', [('easy', 2, 5),
                                                   ('hard', 8, 16)])
def test_people_and_noise_are_as_documented(appearance, low, high):
    shirts = [
        make_subject(_rng(i), appearance).colours['shirt'] for i in range(40)
    ]
    spread = np.ptp(shirts, axis=0)
    assert (spread > 20).all()
    assert ((spread <= 50) if appearance == 'easy' else (spread > 120)).all()
    tile, again = (make_noise(_rng(), (96, 128), appearance) for _ in range(2))
    assert tile.shape == (160, 128, 3) and tile.dtype == np.int16
    assert low - .5 < tile.std() < high + .5
    np.testing.assert_array_equal(tile, again)


def test_shake_is_small_and_smooth():
    shake = make_shake(_rng(), 60, 'easy')
    assert shake.shape == (60, 2)
    assert np.abs(shake).max() <= .012
    assert np.abs(np.diff(shake, axis=0)).max() < .01
