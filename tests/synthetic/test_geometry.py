# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmaction_microaction.synthetic.appearance import make_subject
from mmaction_microaction.synthetic.geometry import (Camera, capsule, ellipse,
                                                     fill, ink, outline)


def _area(polygon):
    return cv2.contourArea(polygon.astype(np.float32))


@pytest.fixture
def camera():
    subject = make_subject(np.random.default_rng(0), 'easy')
    return Camera((96, 128), subject, np.array([[0., 0.], [.1, 0.]]))


def test_camera_shakes_and_brings_near_things_closer(camera):
    points = np.tile(np.array([[.3, -1., 0.], [.3, -1., .8]]), (2, 1, 1))
    flat = camera.project(points)
    assert flat.shape == (2, 2, 2)
    np.testing.assert_allclose(
        flat[1] - flat[0], [[.1 * camera.scale, 0]] * 2, atol=1e-9)
    off_centre = np.abs(flat[0, :, 0] - camera.centre[0])
    assert off_centre[1] > off_centre[0]


def test_capsule_and_ellipse_have_the_right_area():
    a, b = np.array([[10., 10.]]), np.array([[30., 10.]])
    exact = np.pi * 16 + 20 * 8
    assert _area(capsule(a, b, 4, 4)[0]) == pytest.approx(exact, rel=.03)
    shape = ellipse(a, 5., 3., np.array([.4]))
    assert _area(shape[0]) == pytest.approx(np.pi * 15, rel=.03)


def test_outline_is_larger_and_darker_than_the_fill():
    shape = ellipse(np.array([[16., 16.]]), 5., 5., np.zeros(1))
    colour = np.array([200, 100, 300])
    rim, fixed = outline(shape, colour, 1.), ink(shape, colour)
    assert _area(rim[0][0]) > _area(fixed[0][0])
    assert rim[1][0] < 200 and fixed[1] == (200, 100, 255)


def test_fill_is_where_the_pixels_say():
    frame = np.zeros((32, 32, 3), np.uint8)
    polygon, colour = ink(
        ellipse(np.array([[20., 8.]]), 4., 4., np.zeros(1)),
        np.array([255, 255, 255]))
    fill(frame, polygon[0], colour)
    rows, columns = np.nonzero(frame[..., 0] > 127)
    # Pixel i covers [i, i + 1).
    assert rows.mean() + .5 == pytest.approx(8, abs=.3)
    assert columns.mean() + .5 == pytest.approx(20, abs=.3)
