# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from mmaction_microaction.synthetic.skeleton import rotations


def test_rotations_are_proper_and_go_the_documented_way():
    angles = np.random.default_rng(0).uniform(-2, 2, (5, 3))
    turns = rotations(angles)
    product = turns @ turns.swapaxes(1, 2)
    np.testing.assert_allclose(product, [np.eye(3)] * 5, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turns), 1)
    pitch, roll, yaw = rotations(np.eye(3) * .5)
    up, ahead = np.array([0, -1., 0]), np.array([0, 0, 1.])
    assert (pitch @ up)[2] > 0 and (pitch @ ahead)[1] > 0  # bows
    assert (roll @ up)[0] > 0 and (yaw @ ahead)[0] > 0  # to the right
