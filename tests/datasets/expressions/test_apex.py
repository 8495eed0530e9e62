# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.datasets import find_apex
from mmaction_microaction.datasets.expressions import departure, reduce_frame
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


def flicker(frames):
    light = 1 + .1 * np.sin(np.arange(40))[:, None, None]
    return frames * light + 20 * (light - 1)


def drift(frames):
    """Half a pixel to the side and back, at the other end of the clip."""
    t = .5 * np.exp(-((np.arange(40) - 33) / 3)**2)[:, None, None]
    return (1 - t) * frames + t * np.roll(frames, 1, axis=2)


def around(frames):
    """Outside of the ellipse more changes than inside, at another time."""
    frames[:, :12, :12] += 150 * np.maximum(1 - np.abs(np.arange(40) - 30) / 8,
                                            0)[:, None, None]
    return frames


@pytest.mark.parametrize('change', [np.copy, flicker, drift, around])
def test_noise_flicker_and_drift_do_not_matter(change):
    assert abs(find_apex(change(bump())) - 17) <= 2


def test_noise_is_smoothed_and_does_not_draw_the_apex_to_the_end():
    # Without the mean over frames, or that over the curve, .09 and .17.
    for seed in range(3):
        curve = departure(bump(noise=15, seed=seed))
        assert np.abs(np.diff(curve, 2)).max() < .05 * curve.max()
    for seed in range(12):
        assert abs(find_apex(bump(noise=40, seed=seed)) - 17) <= 4


#: A picture cut off in the middle, a black one, and another one.
DAMAGES = [
    lambda x: np.where(np.arange(len(x))[:, None] < len(x) // 2, x, 128),
    np.zeros_like,
    lambda x: np.random.default_rng(9).uniform(0, 255, x.shape),
]


@pytest.mark.parametrize('damage', DAMAGES)
@pytest.mark.parametrize('num_frames, apex, noise', [(8, 4, 1), (12, 5, 1),
                                                     (19, 8, 1), (24, 10, 6),
                                                     (60, 24, 6)])
def test_a_single_bad_frame_has_no_weight(num_frames, apex, noise, damage):
    for bad in {0, 1, num_frames - 4, num_frames - 2, num_frames - 1}:
        frames = bump(num_frames, apex, noise)
        frames[bad] = damage(frames[bad])
        assert abs(find_apex(frames) - apex) <= 2, bad


@pytest.mark.parametrize('shape', [(130, 200, 3), (40, 30), (64, 64),
                                   (191, 300)])
def test_reduced_frames_do_as_well(shape):
    frames = np.random.default_rng(0).integers(0, 256, (7, *shape), np.uint8)
    reduced = [reduce_frame(frame) for frame in frames]
    assert max(x.size for x in reduced) <= 128 * 200
    assert np.array_equal(departure(reduced), departure(frames))


def test_forms_of_frames():
    frames = bump(noise=1).clip(0, 255).astype(np.uint8)
    colour = np.repeat(frames[..., None], 3, -1)
    assert find_apex(frames) == find_apex(list(colour))
    assert find_apex(frames[:2]) == 1
    # Nothing moves at all: still an apex, not the onset.
    assert find_apex(np.zeros((9, 40, 30))) >= 1
    curve = departure(frames)
    assert curve.shape == (40, ) and curve[0] < .3 * curve.max()
    with pytest.raises(ValueError, match='at least two frames'):
        find_apex(frames[:1])
    with pytest.raises(ValueError, match='one size'):
        find_apex([np.zeros((8, 8)), np.zeros((8, 9))])
