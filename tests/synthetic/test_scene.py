# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy

import numpy as np
import pytest

from mmaction_microaction.synthetic import DISTINCT_CLASSES
from mmaction_microaction.synthetic.scene import (CHANNELS, Part, Scene, moves,
                                                  plan_parts)
from mmaction_microaction.synthetic.skeleton import Build
from mmaction_microaction.taxonomy import MA52


def play(*parts):
    """Parts (name, start, end, side) of 150 frames -> the pose, and how much
    of it differs from a rest."""
    scene = Scene(np.random.default_rng(0), 150, Build())
    rest = copy.deepcopy(vars(scene.pose))
    scene.play([Part(MA52.find(name).index, *when) for name, *when in parts])
    return scene.pose, {
        name: np.abs(track - rest[name])
        for name, track in vars(scene.pose).items()
    }


@pytest.mark.parametrize('name, side, channels, lasting',
                         [('nodding', 0, 'head', False),
                          ('head up', 1, 'head', True),
                          ('shaking legs', 1, 'legs', False),
                          ('spread legs', 0, 'legs', True),
                          ('shaking body', 0, 'torso', False),
                          ('waving', 1, 'arm1', False),
                          ('hands touching fingers', 0, 'arm0 arm1', False),
                          ('scratching feet', 1, 'arm1 torso', False)])
def test_what_a_class_moves(name, side, channels, lasting):
    found = moves(MA52.find(name).index, side)
    assert found == ({*channels.split()}, lasting)


def test_five_at_once_all_show_and_do_so_in_their_time_only():
    nods = ('nodding', 30, 120, 0)
    pose, change = play(nods, ('shaking body', 30, 120, 0),
                        ('shaking legs', 30, 120, 1), ('waving', 30, 120, 0),
                        ('covering mouth', 30, 120, 1))
    for name, least in dict(spine=.1, head=.2, foot=.05, hand=.2).items():
        assert change[name][:20].max() == change[name][130:].max() == 0
        assert change[name][30:121].max() > least
    assert (change['hand'][75].max(-1) > .5).all()
    # Each is what it is without the others: the head nods as if alone.
    alone, _ = play(nods)
    np.testing.assert_allclose(
        np.ptp(pose.head[:, 0]), np.ptp(alone.head[:, 0]), rtol=.3)


def test_a_hand_follows_the_head_and_holds_an_object_for_a_while():
    touch = ('touching nose', 20, 130, 0)
    still, _ = play(touch)
    turned, _ = play(('turning head', 20, 130, 0), touch)
    assert np.abs(turned.hand[75, 0] - still.hand[75, 0]).max() > .1
    pose, _ = play(('playing objects', 40, 110, 0))
    held = np.flatnonzero(~np.isnan(pose.prop))
    assert 40 < held.min() < 75 < held.max() < 110
    _, change = play(('waving', 0, 149, 1))  # the whole clip
    assert change['hand'][40:110, 1].max(-1).min() > .3


def test_a_reversed_class_is_its_partner_backwards():
    bow, up = (
        play((name, 50, 100, 0))[0].head[:, 0]
        for name in ('bowing head', 'head up'))
    assert (np.diff(bow[55:96]) > -.01).all() and bow[100] > .4
    assert (np.diff(up[55:96]) < .01).all() and up[50] > .4
    # Before and after there is no jump.
    assert np.abs(np.diff([bow, up])).max() < .1


@pytest.mark.parametrize('names, most', [(range(52), 5), (DISTINCT_CLASSES, 5),
                                         (range(52), 2)])
def test_plans_are_like_the_real_data(names, most):
    labels = [MA52.find(name).index for name in names]
    rng = np.random.default_rng(0)
    numbers, lengths, together, peaks = [], [], [], []
    for _ in range(300):
        total = int(rng.integers(150, 451))
        parts = plan_parts(rng, total, labels, most)
        starts, ends = np.array([part[1:3] for part in parts]).T[..., None]
        assert ((0 <= starts) & (starts < ends) & (ends < total)).all()
        assert {part.label for part in parts} <= {*labels}
        active = (starts <= np.arange(total)) & (np.arange(total) <= ends)
        moved = [moves(part.label, part.side).channels for part in parts]
        for channel in CHANNELS:
            assert active[[channel in x for x in moved]].sum(0).max() <= 1
        count = active.sum(0)
        peaks.append(count.max())
        numbers.append(len(parts))
        lengths += [*(ends - starts)[:, 0] / 30]
        together += [count[frames].max() > 1 for frames in active]
    assert max(peaks) == most and 1 <= min(numbers) <= max(numbers) <= 10
    assert min(lengths) >= .4 and 12 < max(lengths) <= 15
    assert 1.8 < np.median(lengths) < 3.2
    assert .05 < np.mean(np.array(lengths) < 1) < .2
    if most == 5:
        assert 2.7 < np.mean(numbers) < 3.5
        assert .8 < np.mean(together) < .97
