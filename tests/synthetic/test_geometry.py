# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.geometry import (capsule, ellipse, fill,
                                                     ink, make_room, outline)


def _area(polygon):
    return cv2.contourArea(polygon.astype(np.float32))


def test_shapes_cover_the_right_pixels():
    a, b = np.array([[20., 8.]]), np.array([[40., 8.]])
    assert _area(capsule(a, b, 4, 4)[0]) == pytest.approx(
        np.pi * 16 + 20 * 8, rel=.03)
    shape = ellipse(a, 5., 3., np.array([.4]))
    assert _area(shape[0]) == pytest.approx(np.pi * 15, rel=.03)
    colour = np.array([200, 100, 300])
    rim, fixed = outline(shape, colour, 1.), ink(shape, colour)
    assert _area(rim[0][0]) > _area(fixed[0][0])
    assert rim[1][0] < 200 and fixed[1] == (200, 100, 255)
    frame = np.zeros((32, 32, 3), np.uint8)
    fill(frame, fixed[0][0], fixed[1])
    rows, columns = np.nonzero(frame[..., 0] > 100)
    # Pixel i covers [i, i + 1).
    assert rows.mean() + .5 == pytest.approx(8, abs=.3)
    assert columns.mean() + .5 == pytest.approx(20, abs=.3)


@pytest.mark.parametrize('appearance', ['easy', 'hard'])
def test_room_is_as_documented(appearance):
    subject = Subject(0, appearance)
    room = make_room(np.random.default_rng(0), subject, (96, 128))
    assert room.shape == (128, 96, 3) and room.dtype == np.uint8
    # The stool has exactly the colour of the subject's stool.
    stool = subject.colours['stool'].astype(int)
    assert (room == stool).all(-1).sum() > 50
    # A plain wall, or a cluttered one.
    detail = np.abs(np.diff(room[:50].astype(int), axis=1)).mean()
    assert detail > 1.5 if appearance == 'hard' else detail < .5
