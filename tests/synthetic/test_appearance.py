# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import Subject, make_shake
from mmaction_microaction.synthetic.clip import add_noise


@pytest.mark.parametrize('appearance, low, high', [('easy', 2, 5),
                                                   ('hard', 8, 16)])
def test_people_and_noise_are_as_documented(appearance, low, high):
    shirts = [Subject(i, appearance).colours['shirt'] for i in range(40)]
    spread = np.ptp(shirts, axis=0)
    assert (spread > 20).all()
    assert ((spread <= 50) if appearance == 'easy' else (spread > 120)).all()
    noisy, again = np.full((2, 3, 96, 128, 3), 128, np.uint8)
    for frames in (noisy, again):
        add_noise(np.random.default_rng(0), frames, appearance)
    assert low - .5 < noisy.std() < high + .5
    assert (noisy == again).all() and (noisy[0] != noisy[1]).any()


def test_shake_is_small_and_smooth():
    shake = make_shake(np.random.default_rng(0), 60, 'easy')
    assert shake.shape == (60, 2)
    assert np.abs(shake).max() <= .012
    assert np.abs(np.diff(shake, axis=0)).max() < .01
