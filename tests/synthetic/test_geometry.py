# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import make_subject
from mmaction_microaction.synthetic.geometry import (Camera, capsule, ellipse,
                                                     fill, ink, outline)


def _area(polygon):
    return cv2.contourArea(polygon.astype(np.float32))


def test_camera_shakes_and_brings_near_things_closer():
    subject = make_subject(np.random.default_rng(0), 'easy')
    camera = Camera((96, 128), subject, np.array([[0., 0.], [.1, 0.]]))
    points = np.tile(np.array([[.3, -1., 0.], [.3, -1., .8]]), (2, 1, 1))
    flat = camera.project(points)
    assert flat.shape == (2, 2, 2)
    np.testing.assert_allclose(
        flat[1] - flat[0], [[.1 * camera.scale, 0]] * 2, atol=1e-9)
    off_centre = np.abs(flat[0, :, 0] - camera.centre[0])
    assert off_centre[1] > off_centre[0]


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
