# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.motions import (MOTIONS, REVERSED_FROM,
                                                    perform)
from mmaction_microaction.synthetic.performance import Performance, ease
from mmaction_microaction.synthetic.skeleton import Build, landmark, solve
from mmaction_microaction.taxonomy import MA52


@pytest.fixture
def act():
    return Performance(np.random.default_rng(3), 40, Build())


def test_envelopes_change_inside_their_segment_only(act):
    curve = ease(np.linspace(-1, 2, 50))
    assert curve[0] == 0 and curve[-1] == 1 and (np.diff(curve) >= 0).all()
    envelope = act.hold()
    outside = (act.frames < act.start) | (act.frames >= act.end)
    assert outside.any() and not envelope[outside].any()
    assert envelope.max() == pytest.approx(1)
    step = act.step()
    assert 0 < act.start < act.end < 40
    assert not step[act.frames <= act.start].any()
    assert (step[act.frames >= act.end] == 1).all()


def test_swing_has_the_asked_frequency():
    wave = Performance(np.random.default_rng(0), 300, Build()).swing(2., 2.)
    assert np.abs(np.fft.rfft(wave)).argmax() == 20  # 2 Hz over 10 s
    assert np.abs(wave).max() <= 1


def test_reach_touches_the_place_and_returns(act):
    envelope = act.hold()
    rest = act.pose.hand.copy()
    act.reach(1, 'nose', envelope, (-.5, -.6, 0), grip=1.)
    nose = landmark(act.pose, act.build, 'nose', 1)
    apex = envelope > .999
    np.testing.assert_allclose(act.pose.hand[apex, 1], nose[apex], atol=.01)
    np.testing.assert_array_equal(act.pose.hand[0], rest[0])
    np.testing.assert_array_equal(act.pose.hand[:, 0], rest[:, 0])
    # The middle finger tip really gets there, the arm is long enough.
    tip = solve(act.pose, act.build)['tips'][apex, 1, 2]
    assert np.linalg.norm(tip - nose[apex], axis=-1).max() < .12


def _joints(label):
    build = Build()
    act = Performance(np.random.default_rng(0), 40, build)
    perform(label, act)
    return act, solve(act.pose, build)


def test_every_class_has_one_motion_or_is_a_reversal():
    assert set(MOTIONS) | set(REVERSED_FROM) == set(range(52))
    assert set(REVERSED_FROM) == {b for _, b in MA52.reversed_pairs}
    assert not set(MOTIONS) & set(REVERSED_FROM)


@pytest.mark.parametrize('label', range(52), ids=MA52.names)
def test_motion_moves_smoothly_within_its_segment(label):
    act, joints = _joints(label)
    axes = joints['head_turn'].swapaxes(1, 2)
    joints['axes'] = joints['head'][:, None] + axes
    points = np.concatenate([
        joints[n].reshape(40, -1, 3) for n in joints if not n.endswith('turn')
    ], 1)
    assert np.isfinite(points).all()
    speed = np.linalg.norm(np.diff(points, axis=0), axis=-1).max(1)
    middle = np.arange(39) + .5
    inside = (middle > act.start - 1) & (middle < act.end + 1)
    # Breathing aside, nothing moves before and after; no teleports.
    assert speed[~inside].max(initial=0) < .02
    assert .02 < speed[inside].max() < .6


@pytest.mark.parametrize('name, place, reach',
                         [('scratching or touching hindbrain', 'head', .45),
                          ('touching nose', 'head', .45),
                          ('covering mouth', 'head', .45),
                          ('touching ears', 'head', .5),
                          ('scratching feet', 'ankle', .45),
                          ('arms akimbo', 'hip', .5)])
def test_hand_comes_near_its_place(name, place, reach):
    act, joints = _joints(MA52.find(name).index)
    target = joints[place]
    if target.ndim == 3:
        target = target[:, act.side]
    gap = np.linalg.norm(joints['palm'][:, act.side] - target, axis=-1)
    assert gap.min() < reach < gap[0]
    behind = joints['palm'][:, act.side, 2] < joints['head'][:, 2]
    if place == 'head':
        assert behind.any() == name.endswith('hindbrain') and not behind[0]
