# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.skeleton import (Build, Pose, bend,
                                                     rotations, solve, unit)


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


@pytest.mark.parametrize('distance', [.3, .9, 1.09])
def test_bend_keeps_bone_lengths_and_reaches_the_tip(distance):
    root = np.zeros((1, 3))
    tip = distance * unit(np.array([[1., 2., -.5]]))
    pole = np.array([[-1., .3, .2]])
    joint, end = bend(root, tip, .6, .5, pole)
    np.testing.assert_allclose(end, tip, atol=1e-12)
    assert np.linalg.norm(joint - root) == pytest.approx(.6)
    assert np.linalg.norm(end - joint) == pytest.approx(.5)
    assert (joint * pole).sum() > (tip * pole).sum() * .5


def test_bend_stops_short_of_what_is_out_of_reach():
    tip, pole = np.array([[[9., 0, 0]], [[0, 1., 0]]])
    joint, end = bend(np.zeros((1, 3)), tip, .6, .5, pole)
    assert 1.09 < np.linalg.norm(end) < 1.1
    assert np.isfinite(joint).all()


def test_bones_keep_their_length_whatever_the_pose():
    rng, build, pose = np.random.default_rng(1), Build(), Pose(20, Build())
    pose.spine += rng.normal(0, .3, pose.spine.shape)
    pose.hand += rng.normal(0, .5, pose.hand.shape)
    pose.foot += rng.normal(0, .1, pose.foot.shape)
    joints, rest = solve(pose, build), solve(Pose(3, build), build)
    arm = 'shoulder elbow wrist', (build.upper_arm, build.forearm)
    leg = 'hip knee ankle', (build.thigh, build.shin)
    for start, end, length in (bone for names, lengths in (arm, leg)
                               for bone in zip(names.split(),
                                               names.split()[1:], lengths)):
        found = np.linalg.norm(joints[end] - joints[start], axis=-1)
        np.testing.assert_allclose(found, length, rtol=1e-6)
        # At rest they mirror each other.
        right, left = rest[end].swapaxes(0, 1)
        np.testing.assert_allclose(right * [-1, 1, 1], left, atol=1e-9)
