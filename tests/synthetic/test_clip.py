# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.taxonomy import MA52

SMALL = dict(size=(64, 80), num_frames=20)


@pytest.mark.parametrize('label', range(52), ids=MA52.names)
def test_clip_holds_what_it_says(label):
    clip = render_clip(label, seed=label, **SMALL)
    assert clip.label == label
    assert clip.frames.shape == (20, 80, 64, 3)
    assert clip.frames.dtype == np.uint8
    assert clip.keypoints.shape == (20, 28, 2)
    assert clip.keypoints.dtype == clip.keypoint_scores.dtype == np.float32
    assert set(np.unique(clip.keypoint_scores)) <= {0, 1}
    assert clip.keypoint_scores.mean() > .9
    start, end = clip.segment
    assert 0 <= start < end <= 20 / 30


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


def test_default_length_is_that_of_the_data_set():
    lengths = [len(render_clip(0, s, size=(32, 32)).frames) for s in range(6)]
    assert 20 <= min(lengths) < max(lengths) <= 75


@pytest.mark.parametrize('change, message',
                         [(dict(label=52), 'class index'),
                          (dict(size=(63, 80)), 'even width and height'),
                          (dict(size=(64, 81)), 'even width and height'),
                          (dict(size=(16, 16)), 'even width and height'),
                          (dict(size=(0, 64)), 'even width and height'),
                          (dict(size=(48, 64)), 'decord misreads'),
                          (dict(size=(72, 96)), 'decord misreads'),
                          (dict(appearance='odd'), "'easy', 'hard'.*'odd'"),
                          (dict(num_frames=1), 'num_frames')])
def test_bad_arguments(change, message):
    with pytest.raises(ValueError, match=message):
        render_clip(**{**dict(label=0, seed=0), **SMALL, **change})
