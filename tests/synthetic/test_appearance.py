# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import (check_appearance,
                                                       make_noise, make_shake,
                                                       make_subject)
from mmaction_microaction.synthetic.geometry import make_room


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_unknown_appearance_lists_the_options():
    with pytest.raises(ValueError, match="'easy', 'hard'.*'medium'"):
        check_appearance('medium')


@pytest.mark.parametrize('appearance, low, high', [('easy', 2, 5),
                                                   ('hard', 8, 16)])
def test_people_noise_and_room_are_as_documented(appearance, low, high):
    shirts = np.stack([
        make_subject(_rng(i), appearance).colours['shirt'] for i in range(40)
    ])
    spread = np.ptp(shirts, axis=0)
    assert (spread > 20).all()
    assert ((spread <= 50) if appearance == 'easy' else (spread > 120)).all()
    tile, again = (make_noise(_rng(), (96, 128), appearance) for _ in range(2))
    assert tile.shape == (160, 128, 3) and tile.dtype == np.int16
    assert low - .5 < tile.std() < high + .5
    np.testing.assert_array_equal(tile, again)
    subject = make_subject(_rng(), appearance)
    room = make_room(_rng(), subject, (96, 128), appearance)
    assert room.shape == (128, 96, 3) and room.dtype == np.uint8
    # The stool has exactly the colour of the subject's stool.
    stool = subject.colours['stool'].astype(int)
    assert (room == stool).all(-1).sum() > 50
    # A plain wall, or a cluttered one.
    detail = np.abs(np.diff(room[:50].astype(int), axis=1)).mean()
    assert detail > 1.5 if appearance == 'hard' else detail < .5


def test_shake_is_small_and_smooth():
    shake = make_shake(_rng(), 60, 'easy')
    assert shake.shape == (60, 2)
    assert np.abs(shake).max() <= .012
    assert np.abs(np.diff(shake, axis=0)).max() < .01
