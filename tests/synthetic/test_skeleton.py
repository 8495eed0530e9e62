# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np

from mmaction_microaction.synthetic.skeleton import (Build, Pose, rotations,
                                                     solve)


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


def test_bones_keep_their_length_whatever_the_pose():
    rng, build, pose = np.random.default_rng(1), Build(), Pose(20, Build())
    pose.spine += rng.normal(0, .3, pose.spine.shape)
    pose.hand += rng.normal(0, .5, pose.hand.shape)
    pose.foot += rng.normal(0, .1, pose.foot.shape)
    joints, rest = solve(pose, build), solve(Pose(3, build), build)
    for start, end, length in (('shoulder', 'elbow', build.upper_arm),
                               ('elbow', 'wrist', build.forearm),
                               ('hip', 'knee', build.thigh), ('knee', 'ankle',
                                                              build.shin)):
        found = np.linalg.norm(joints[end] - joints[start], axis=-1)
        np.testing.assert_allclose(found, length, rtol=1e-6)
        # At rest they mirror each other.
        right, left = rest[end].swapaxes(0, 1)
        np.testing.assert_allclose(right * [-1, 1, 1], left, atol=1e-9)
