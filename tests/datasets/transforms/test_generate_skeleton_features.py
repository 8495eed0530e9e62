# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from mmaction.datasets.transforms import GenSkeFeat

from mmaction_microaction.datasets import GenerateSkeletonFeatures
from mmaction_microaction.pose import KeypointLayout

LAYOUTS = ('openpose28', 'openpose25', 'openpose18', 'imigue22', 'coco17',
           'kinect25')


def pose(points, missing=()):
    """One person, five frames; ``missing`` are (frame, point)."""
    rng = np.random.default_rng(0)
    xy, score = rng.normal(size=(1, 5, points, 2)), rng.random((1, 5, points))
    for frame, point in missing:
        xy[0, frame, point] = -1  # the corner of the picture
        score[0, frame, point] = 0
    return dict(keypoint=xy, keypoint_score=score + (score > 0))


def by_loops(entry, layout, feature):
    """(1, T, V, 3), point by point."""
    xy, score = entry['keypoint'][0], entry['keypoint_score'][0]
    parents, out = dict(layout.edges), np.zeros((*xy.shape[:2], 3))
    parents[layout.center] = layout.center

    def at(t, v):
        """Position or bone, score, and whether it is known."""
        if 'b' not in feature:
            return xy[t, v], score[t, v], score[t, v] > 0
        if v not in parents:
            return np.zeros(2), 0, True
        ends = score[t, [v, parents[v]]]
        return xy[t, v] - xy[t, parents[v]], ends.mean(), ends.min() > 0

    for t in range(len(xy) - ('m' in feature)):
        for v in range(layout.num_points):
            value, mean, known = at(t, v)
            if 'm' in feature:
                following, then, still = at(t + 1, v)
                value, mean = following - value, (mean + then) / 2
                known = known and still
            out[t, v] = *(value if known else (0, 0)), mean
    return out[None]


@pytest.mark.parametrize('layout', LAYOUTS)
def test_features_equal_loops(layout):
    layout = KeypointLayout.load(layout)
    child, parent = layout.edges[-1]
    missing = [(1, child), (3, parent), (0, layout.center), (4, child)]
    for feats in (['j'], ['b'], ['jm'], ['bm'], ['j', 'b', 'jm', 'bm']):
        entry = pose(layout.num_points, missing)
        expected = [by_loops(entry, layout, feature) for feature in feats]
        got = GenerateSkeletonFeatures(layout, feats)(entry)
        assert 'keypoint_score' not in got
        np.testing.assert_allclose(
            got['keypoint'], np.concatenate(expected, -1), atol=1e-6)
        if feats == ['b']:  # hands included
            seen = np.abs(got['keypoint'][0, 2, :, :2]).max(-1) > 0
            assert seen.sum() == layout.num_points - 1


def test_equals_the_host_where_that_knows_the_bones():
    for feats in (['j'], ['b'], ['jm'], ['bm']):
        ours, theirs = (
            make(pose(18))['keypoint']
            for make in (GenerateSkeletonFeatures('openpose18', feats),
                         GenSkeFeat('openpose', feats)))
        # The host hangs the neck on the nose, not the nose on the neck.
        assert np.array_equal(ours[:, :, 2:], theirs[:, :, 2:])


@pytest.mark.parametrize('feats', [[], ['x'], ['j', 'motion']])
def test_wrong_features(feats):
    with pytest.raises(ValueError, match='takes feats'):
        GenerateSkeletonFeatures('openpose28', feats)


def test_points_in_space():
    """The third dimension is one as the others are."""
    layout, entry = KeypointLayout.load('kinect25'), pose(25, [(1, 7)])
    entry['keypoint'][0, 1, 7] = 0
    space = entry['keypoint'][..., [0, 1, 0]]
    for feature in ('j', 'b', 'jm', 'bm'):
        make = GenerateSkeletonFeatures(layout, [feature], with_score=False)
        got = make(dict(keypoint=space.copy()))['keypoint']
        expected = by_loops(entry, layout, feature)[..., [0, 1, 0]]
        np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize('settings, points, match', [
    (dict(), 25, '25 points, but .*openpose28 has 28'),
    (dict(with_score=False), 28, 'with_score=False .* does not fit'),
])
def test_poses_of_another_kind(settings, points, match):
    with pytest.raises(ValueError, match=match):
        GenerateSkeletonFeatures(**settings)(pose(points))
