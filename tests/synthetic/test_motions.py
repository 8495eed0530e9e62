# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.labels import (ACTION_NAMES, NUM_ACTIONS,
                                         TIME_REVERSED_PAIRS)
from mmaction_microaction.synthetic.motions import REVERSED_FROM, perform
from mmaction_microaction.synthetic.performance import MOTIONS, Performance
from mmaction_microaction.synthetic.skeleton import Build, solve


def _joints(label, seed=0, num_frames=40):
    build = Build()
    act = Performance(np.random.default_rng(seed), num_frames, build)
    perform(label, act)
    return act, solve(act.pose, build)


def test_every_class_has_one_motion_or_is_a_reversal():
    assert len(MOTIONS) == NUM_ACTIONS - len(TIME_REVERSED_PAIRS)
    assert set(REVERSED_FROM) == {b for _, b in TIME_REVERSED_PAIRS}
    assert not set(MOTIONS) & set(REVERSED_FROM)


@pytest.mark.parametrize('label', range(NUM_ACTIONS), ids=ACTION_NAMES)
def test_motion_moves_smoothly_within_its_segment(label):
    for seed in range(3):
        act, joints = _joints(label, seed)
        points = np.concatenate([
            joints[n].reshape(40, -1, 3)
            for n in joints if not n.endswith('turn')
        ] + [joints['head'][:, None] + joints['head_turn'].swapaxes(1, 2)], 1)
        assert np.isfinite(points).all()
        speed = np.linalg.norm(np.diff(points, axis=0), axis=-1).max(1)
        middle = np.arange(39) + .5
        inside = (middle > act.start - 1) & (middle < act.end + 1)
        # Breathing aside, nothing moves before and after; no teleports.
        assert speed[~inside].max(initial=0) < .02
        assert .02 < speed[inside].max() < .6


@pytest.mark.parametrize('name, place, reach',
                         [('touching nose', 'head', .45),
                          ('covering mouth', 'head', .45),
                          ('touching ears', 'head', .5),
                          ('scratching feet', 'ankle', .45),
                          ('arms akimbo', 'hip', .5)])
def test_hand_comes_near_its_place(name, place, reach):
    act, joints = _joints(ACTION_NAMES.index(name))
    target = joints[place]
    if target.ndim == 3:
        target = target[:, act.side]
    gap = np.linalg.norm(joints['palm'][:, act.side] - target, axis=-1)
    assert gap.min() < reach < gap[0]


def test_hindbrain_is_touched_from_behind():
    act, joints = _joints(
        ACTION_NAMES.index('scratching or touching '
                           'hindbrain'))
    behind = joints['palm'][:, act.side, 2] < joints['head'][:, 2]
    assert behind.any() and not behind[0]
