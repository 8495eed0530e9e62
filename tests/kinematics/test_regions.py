# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from mmaction_microaction.kinematics.motion import hysteresis
from mmaction_microaction.kinematics.regions import to_quad, to_segment


def test_distances_and_runs():
    place = np.array([[0., 1.], [3., 0.]])
    a, b = np.zeros((2, 2)), np.array([[2., 0.]] * 2)
    np.testing.assert_allclose(to_segment(place, a, b), [1, 1])
    np.testing.assert_allclose(to_segment(place, a, b, 0, .5), [1, 2])
    square = np.array([[[0, 0], [2, 0], [2, 2], [0, 2]]] * 2, float)
    np.testing.assert_allclose(to_quad(place, square), [0, 1])
    enter = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0], bool)
    remain = np.array([1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0], bool)
    assert hysteresis(enter, remain, 2, 0) == [(0, 3)]
    assert hysteresis(enter, remain, 1, 5) == [(0, 9)]
