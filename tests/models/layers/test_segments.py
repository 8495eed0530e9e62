# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import numpy as np
import pytest
import torch

from mmaction_microaction.models.layers import (iou_1d, label_points,
                                                outer_inner_contrast,
                                                pyramid_points, soft_nms_1d)

POINTS, STRIDES = pyramid_points((96, 48, 24, 12, 6, 3))


def plain_labels(segments, labels, num_classes, radius=1.5):
    """The rule of the docstring, point by point, the longest action first."""
    found = np.zeros((len(POINTS), num_classes), dtype=bool)
    ends = np.zeros((len(POINTS), num_classes, 2))
    for m in np.argsort(segments[:, 0] - segments[:, 1]):
        centre, half = segments[m].mean(), np.ptp(segments[m]) / 2
        start, end = centre - max(half, 0.5), centre + max(half, 0.5)
        for p, (at, stride) in enumerate(zip(POINTS.tolist(), STRIDES)):
            low = 0 if stride == 1 else 2 * stride
            high = np.inf if stride == 32 else 4 * stride
            if start <= at < end and abs(at - centre) <= radius * stride \
                    and low <= max(at - start, end - at) < high:
                found[p, labels[m]] = True
                ends[p, labels[m]] = at - start, end - at
    return found, ends


def test_points_stand_on_the_steps_they_pool():
    points, strides = pyramid_points([4, 2, 1])
    assert points.tolist() == [0.5, 1.5, 2.5, 3.5, 0.5, 2.5, 0.5]
    assert strides.tolist() == [1, 1, 1, 1, 2, 2, 4]


@pytest.mark.parametrize('seed', range(5))
def test_labels_equal_the_plain_rule(seed):
    rng = np.random.default_rng(seed)
    segments = np.sort(rng.uniform(0, 96, (12, 2)), axis=1)
    segments[:3, 1] = segments[:3, 0] + rng.uniform(0.1, 1, 3)
    labels = rng.integers(0, 4, 12)
    got = label_points(POINTS, STRIDES,
                       torch.tensor(segments).float(), torch.tensor(labels), 4)
    for a, b in zip(got, plain_labels(segments, labels, 4)):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_every_action_has_a_point():
    start = torch.rand(300) * 95
    lengths = (torch.rand(300) * math.log(480)).exp() / 5  # 0.2 to 96
    segments = torch.stack([start, (start + lengths).clamp(max=96)], dim=1)
    classes = torch.arange(300)
    found, _ = label_points(POINTS, STRIDES, segments, classes, 300)
    assert found.any(dim=0).all()
    found, ends = label_points(POINTS, STRIDES, segments[:0], classes[:0], 3)
    assert found.shape == (len(POINTS), 3)
    assert not found.any() and not ends.any()


def plain_soft_nms(segments, scores, labels, sigma, min_score, max_num):
    rest = dict(enumerate(scores.tolist()))
    out = {}
    while rest and len(out) < max_num:
        best = max(rest, key=lambda i: (rest[i], -i))
        if rest[best] < min_score:
            break
        out[best] = rest.pop(best)
        for i in rest:
            iou = iou_1d(segments[best], segments[i]).item()
            if labels[i] == labels[best]:
                rest[i] *= math.exp(-iou**2 / sigma)
    return out


@pytest.mark.parametrize('seed', range(5))
@pytest.mark.parametrize('classes', [1, 3])
@pytest.mark.parametrize('limits', [(0.5, 0.001, 200), (0.1, 0.3, 200),
                                    (0.5, 0.001, 5)])
def test_soft_nms_equals_a_plain_loop(seed, classes, limits):
    torch.manual_seed(seed)
    segments = torch.rand(40, 2).sort(dim=1)[0].double() * 10
    # Few values, so that there are ties.
    scores = torch.randint(0, 20, (40, )).double() / 20
    before, labels = scores.clone(), torch.randint(0, classes, (40, ))
    index, kept = soft_nms_1d(
        segments, scores, *limits, labels=labels if classes > 1 else None)
    wanted = plain_soft_nms(segments, scores, labels, *limits)
    assert index.tolist() == list(wanted)
    assert kept.tolist() == pytest.approx(list(wanted.values()))
    assert torch.equal(scores, before)


def test_iou_by_hand_and_nothing_to_suppress():
    index, kept = soft_nms_1d(torch.zeros(0, 2), torch.zeros(0))
    assert index.shape == kept.shape == (0, ) and index.dtype == torch.long
    a = torch.tensor([[0., 2.], [0., 1.], [3., 3.]])
    b = torch.tensor([[1., 4.], [2., 3.], [3., 3.]])
    assert iou_1d(a, b).tolist() == [0.25, 0, 0]


def sampled_contrast(scores, start, end, margin, fine=2000):
    """Of one segment, on a fine grid."""
    pad = 2 * len(scores)
    time = (torch.arange(-pad * fine, 2 * pad * fine) + .5) / fine
    value = torch.zeros_like(time)
    inside = (time >= 0) & (time < len(scores))
    value[inside] = scores[time[inside].long()]
    around = margin * (end - start)
    inner = (time >= start) & (time < end)
    outer = (time >= start - around) & (time < end + around) & ~inner
    outside = value[outer].sum() / fine / (2 * around)
    return (value[inner].mean() - outside).clamp(0, 1).item()


@pytest.mark.parametrize('margin', [0.25, 0.5])
def test_contrast_equals_sampling(margin):
    scores = torch.rand(3, 9)
    start = torch.rand(4, 3) * 8 - 1  # some begin before the clip
    segments = torch.stack([start, start + 0.3 + torch.rand(4, 3) * 4], -1)
    segments[0, 0] = torch.tensor([0., 9.])
    contrast = outer_inner_contrast(scores, segments, margin)
    for p, k in np.ndindex(4, 3):
        wanted = sampled_contrast(scores[k], *segments[p, k].tolist(), margin)
        assert contrast[p, k].item() == pytest.approx(wanted, abs=2e-3)


def test_contrast_of_hardly_anything():
    nothing = torch.full((1, 1, 2), 3.)
    assert outer_inner_contrast(torch.ones(1, 8), nothing).isfinite().all()
    assert outer_inner_contrast(torch.ones(1, 8), nothing[:0]).shape == (0, 1)
