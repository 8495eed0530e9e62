# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.motion_builder import MotionBuilder
from mmaction_microaction.synthetic.motions import perform
from mmaction_microaction.synthetic.skeleton import Build, solve
from mmaction_microaction.taxonomy import MA52


def perform_alone(label):
    """The motion of a class, and the joints."""
    act = MotionBuilder(np.random.default_rng(0), 40, Build())
    perform(label, act)
    return act, solve(act.pose, act.build)


@pytest.mark.parametrize('label', range(52), ids=MA52.names)
def test_motion_moves_smoothly_within_its_segment(label):
    act, joints = perform_alone(label)
    axes = joints['head_turn'].swapaxes(1, 2)
    joints['axes'] = joints['head'][:, None] + axes
    points = np.concatenate([
        joints[n].reshape(40, -1, 3) for n in joints if not n.endswith('turn')
    ], 1)
    for start, end, length in (('shoulder', 'elbow', act.build.upper_arm),
                               ('elbow', 'wrist', act.build.forearm),
                               ('hip', 'knee', act.build.thigh),
                               ('knee', 'ankle', act.build.shin)):
        bone = np.linalg.norm(joints[end] - joints[start], axis=-1)
        np.testing.assert_allclose(bone, length, rtol=1e-6)
    speed = np.linalg.norm(np.diff(points, axis=0), axis=-1).max(1)
    middle = np.arange(39) + .5
    inside = (middle > act.start - 1) & (middle < act.end + 1)
    # Breathing aside, nothing moves before and after; no teleports.
    assert speed[~inside].max(initial=0) < .02
    assert .02 < speed[inside].max() < .6


@pytest.mark.parametrize('name, place, reach',
                         [('scratching or touching hindbrain', 'head', .45),
                          ('touching nose', 'head', .45),
                          ('scratching feet', 'ankle', .45),
                          ('arms akimbo', 'hip', .5)])
def test_hand_comes_near_its_place(name, place, reach):
    act, joints = perform_alone(MA52.find(name).index)
    target, palm = joints[place], joints['palm'][:, act.side]
    if target.ndim == 3:
        target = target[:, act.side]
    gap = np.linalg.norm(palm - target, axis=-1)
    assert gap.min() < reach < gap[0]
    behind = palm[:, 2] < joints['head'][:, 2]
    if place == 'head':
        assert behind.any() == name.endswith('hindbrain') and not behind[0]
