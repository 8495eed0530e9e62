# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.datasets import find_apex
from mmaction_microaction.datasets.expressions import departure
from mmaction_microaction.synthetic.casme2 import (ExpressionJob,
                                                   render_expression)


@pytest.mark.parametrize('units, seed', [('6+12', 0), ('1+2', 1), ('4', 2),
                                         ('9+10', 3), ('15+17', 4)])
def test_apex_of_drawn_faces(units, seed):
    rng = np.random.default_rng(seed)
    length, rise = int(rng.integers(28, 40)), rng.uniform(.35, .65)
    apex = round(length * rise)
    job = ExpressionJob(None, units, 0, apex, length, 0, length, seed,
                        100 + seed, 64, 'easy')
    assert abs(find_apex(render_expression(job)) - apex) <= 3


def bump(num_frames=40, apex=17, noise=6., seed=0):
    """Noise, a bright spot that swells up to the apex; float."""
    rng = np.random.default_rng(seed)
    frames = np.full((num_frames, 96, 96), 100.)
    frames += 30 * np.sin(np.arange(96) / 5)
    amount = np.maximum(1 - np.abs(np.arange(num_frames) - apex) / 16, 0)
    frames[:, 40:60, 30:50] += 25 * amount[:, None, None]
    return frames + rng.normal(0, noise, frames.shape)


def test_noise_flicker_and_drift_do_not_matter():
    frames = bump()
    assert abs(find_apex(frames) - 17) <= 2
    light = 1 + .1 * np.sin(np.arange(40))[:, None, None]
    assert abs(find_apex(frames * light + 20 * (light - 1)) - 17) <= 2
    # Half a pixel to the side and back, at the other end of the clip.
    t = .5 * np.exp(-((np.arange(40) - 33) / 3)**2)[:, None, None]
    moved = (1 - t) * frames + t * np.roll(frames, 1, axis=2)
    assert abs(find_apex(moved) - 17) <= 2
    # A single frame that is all wrong, as after a dropped one.
    frames[35, ::2] += 9
    assert abs(find_apex(frames) - 17) <= 2


def test_only_the_region_counts():
    frames = bump(noise=1)
    frames[30, :10, :10] = 255  # outside of the ellipse
    assert abs(find_apex(frames) - 17) <= 2
    corner = np.zeros((96, 96), bool)
    corner[:10, :10] = True
    assert abs(find_apex(frames, corner) - 30) <= 2


def test_forms_of_frames():
    frames = bump(noise=1).clip(0, 255).astype(np.uint8)
    colour = np.repeat(frames[..., None], 3, -1)
    assert find_apex(frames) == find_apex(list(colour))
    assert find_apex(frames[:2]) == 1
    # Nothing moves at all: still an apex, not the onset.
    assert find_apex(np.zeros((9, 40, 30))) >= 1
    curve = departure(frames)
    assert curve.shape == (40, ) and curve[0] < .3 * curve.max()


@pytest.mark.parametrize('frames, region, message', [
    (np.zeros((1, 8, 8)), None, 'at least two frames'),
    ([np.zeros((8, 8)), np.zeros((8, 9))], None, 'one size'),
    (np.zeros((3, 8, 8)), np.ones((8, 9)), r'shape \(8, 9\)'),
    (np.zeros((3, 8, 8)), np.zeros((8, 8)), 'not all 0'),
    (np.zeros((3, 8, 8)), -np.ones((8, 8)), 'at least 0'),
])
def test_errors(frames, region, message):
    with pytest.raises(ValueError, match=message):
        find_apex(frames, region)
