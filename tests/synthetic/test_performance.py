# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.performance import (Performance, ease,
                                                        motion)
from mmaction_microaction.synthetic.skeleton import Build, landmark, solve


@pytest.fixture
def act():
    return Performance(np.random.default_rng(3), 40, Build())


def test_ease_is_monotone_between_zero_and_one():
    curve = ease(np.linspace(-1, 2, 50))
    assert curve[0] == 0 and curve[-1] == 1
    assert (np.diff(curve) >= 0).all()


def test_hold_is_zero_outside_its_segment_and_one_inside(act):
    envelope = act.hold()
    outside = (act.frames < act.start) | (act.frames >= act.end)
    assert outside.any() and not envelope[outside].any()
    assert envelope.max() == pytest.approx(1)


def test_step_changes_inside_its_segment_only(act):
    curve = act.step()
    assert 0 < act.start < act.end < 40
    assert not curve[act.frames <= act.start].any()
    assert (curve[act.frames >= act.end] == 1).all()


def test_swing_has_the_asked_frequency(act):
    wave = Performance(np.random.default_rng(0), 300, Build()).swing(2., 2.)
    spectrum = np.abs(np.fft.rfft(wave))
    assert spectrum.argmax() == 20  # 2 Hz over 10 s
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


def test_motion_refuses_an_unknown_class():
    with pytest.raises(ValueError, match='unknown class'):
        motion('juggling')
