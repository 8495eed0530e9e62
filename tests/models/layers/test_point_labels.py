# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch

from mmaction_microaction.models.layers import label_points, pyramid_points

LENGTHS = (96, 48, 24, 12, 6, 3)


def plain_labels(points, strides, segments, labels, num_classes, radius):
    """The rule of the docstring, point by point."""
    found = np.zeros((len(points), num_classes), dtype=bool)
    ends = np.zeros((len(points), num_classes, 2))
    lengths = np.full((len(points), num_classes), np.inf)
    for p, (point, stride) in enumerate(zip(points, strides)):
        low = 0 if stride == min(strides) else 2 * stride
        high = np.inf if stride == max(strides) else 4 * stride
        for (start, end), label in zip(segments, labels):
            centre = (start + end) / 2
            if end - start < 1:
                start, end = centre - 0.5, centre + 0.5
            if not start <= point < end:
                continue
            if abs(point - centre) > radius * stride:
                continue
            if not low <= max(point - start, end - point) < high:
                continue
            if end - start < lengths[p, label]:
                lengths[p, label] = end - start
                found[p, label] = True
                ends[p, label] = point - start, end - point
    return found, ends


def test_points_stand_on_the_steps_they_pool():
    points, strides = pyramid_points([4, 2, 1])
    assert points.tolist() == [0.5, 1.5, 2.5, 3.5, 0.5, 2.5, 0.5]
    assert strides.tolist() == [1, 1, 1, 1, 2, 2, 4]


@pytest.mark.parametrize('seed', range(10))
def test_equals_the_plain_rule(seed):
    rng = np.random.default_rng(seed)
    points, strides = pyramid_points(LENGTHS)
    segments = np.sort(rng.uniform(0, 96, (12, 2)), axis=1)
    segments[:3, 1] = segments[:3, 0] + rng.uniform(0.1, 1, 3)
    labels = rng.integers(0, 4, 12)
    found, ends = label_points(points, strides,
                               torch.tensor(segments).float(),
                               torch.tensor(labels), 4)
    expected, expected_ends = plain_labels(points.tolist(), strides.tolist(),
                                           segments, labels, 4, 1.5)
    np.testing.assert_array_equal(found.numpy(), expected)
    np.testing.assert_allclose(ends.numpy(), expected_ends, atol=1e-4)


def test_every_action_has_a_point():
    rng = np.random.default_rng(0)
    points, strides = pyramid_points(LENGTHS)
    for _ in range(500):
        start = rng.uniform(0, 95)
        length = np.exp(rng.uniform(np.log(0.2), np.log(96)))
        segment = torch.tensor([[start, min(start + length, 96)]]).float()
        found, _ = label_points(points, strides, segment, torch.tensor([0]), 1)
        assert found.any(), segment


def test_overlapping_actions_share_a_point():
    """The one around the middle does not take the other's labels away, though
    shorter; of one class, the shorter wins."""
    points, strides = pyramid_points(LENGTHS)
    segments = torch.tensor([[10., 17.], [11., 16.], [10., 17.]])
    labels = torch.tensor([0, 1, 1])
    found, ends = label_points(points, strides, segments, labels, 2)
    both = found.all(dim=1) & (strides == 1)
    assert points[both].tolist() == [13.5]
    assert ends[both].tolist() == [[[3.5, 3.5], [2.5, 2.5]]]


def test_no_actions():
    points, strides = pyramid_points(LENGTHS)
    found, ends = label_points(points, strides, torch.zeros(0, 2),
                               torch.zeros(0, dtype=torch.long), 3)
    assert found.shape == (len(points), 3) and not found.any()
    assert not ends.any()
