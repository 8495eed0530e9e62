# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import make_subject
from mmaction_microaction.synthetic.room import make_room


@pytest.mark.parametrize('appearance', ['easy', 'hard'])
def test_room_has_wall_floor_and_stool(appearance):
    rng = np.random.default_rng(0)
    subject = make_subject(rng, appearance)
    room = make_room(rng, subject, (96, 128), appearance)
    assert room.shape == (128, 96, 3) and room.dtype == np.uint8
    # The stool has exactly the colour of the subject's stool.
    stool = subject.colours['stool'].astype(int)
    assert (room == stool).all(-1).sum() > 50


def test_easy_wall_is_plain_and_hard_one_cluttered():
    detail = {}
    for appearance in ('easy', 'hard'):
        rng = np.random.default_rng(1)
        subject = make_subject(rng, appearance)
        wall = make_room(rng, subject, (96, 128), appearance)[:50]
        detail[appearance] = np.abs(np.diff(wall.astype(int), axis=1)).mean()
    assert detail['hard'] > 5 * detail['easy']
