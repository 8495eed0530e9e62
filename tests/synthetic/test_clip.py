# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.taxonomy import MA52

SMALL = dict(size=(64, 80), num_frames=20)


@pytest.mark.parametrize('label', range(52), ids=MA52.names)
def test_clip_holds_what_it_says(label):
    clip = render_clip(label, seed=label, **SMALL)
    points, scores = clip.keypoints, clip.keypoint_scores
    assert clip.label == label
    assert (clip.frames.shape, clip.frames.dtype) == ((20, 80, 64, 3), 'uint8')
    assert (points.shape, points.dtype) == ((20, 28, 2), 'float32')
    assert {*np.unique(scores)} <= {0, 1} and scores.mean() > .9
    assert 0 <= clip.segment[0] < clip.segment[1] <= 20 / 30


@pytest.mark.parametrize('appearance', ['easy', 'hard'])
@pytest.mark.parametrize('pair', MA52.reversed_pairs)
def test_pair_is_the_same_clip_backwards(pair, appearance):
    forward, backward = (
        render_clip(label, 7, appearance=appearance, **SMALL)
        for label in pair)
    np.testing.assert_array_equal(forward.frames[::-1], backward.frames)
    np.testing.assert_array_equal(forward.keypoints[::-1], backward.keypoints)
    np.testing.assert_allclose(
        np.subtract(20 / 30, forward.segment[::-1]), backward.segment)
    # And it is not its own reversal, or order would say nothing.
    middle = forward.keypoints - forward.keypoints.mean(0)
    assert np.abs(middle[0] - middle[-1]).max() > 1


def test_seeds_decide_on_the_clip_and_on_the_person():
    one, same, other = (render_clip(9, seed, **SMALL) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.frames, same.frames)
    np.testing.assert_array_equal(one.keypoints, same.keypoints)
    assert (one.frames != other.frames).any()
    one, same, other = (render_clip(9, seed, subject_seed=person,
                                    **SMALL).frames[0].astype(int)
                        for seed, person in ((0, 3), (1, 3), (0, 4)))
    assert np.abs(one - same).mean() < np.abs(one - other).mean()
    lengths = [len(render_clip(0, s, size=(32, 32)).frames) for s in range(6)]
    assert 20 <= min(lengths) < max(lengths) <= 75  # as in MA-52


@pytest.mark.parametrize('wrong, message',
                         [(dict(label=52), 'class index'),
                          (dict(label=0, size=(0, 64)), 'even width'),
                          (dict(label=0, appearance='odd'), "'hard'.*'odd'"),
                          (dict(label=0, num_frames=1), 'num_frames')])
def test_bad_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        render_clip(seed=0, **{**SMALL, **wrong})
