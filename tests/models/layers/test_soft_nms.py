# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch

from mmaction_microaction.models.layers import iou_1d, soft_nms_1d


def plain_iou(a, b):
    inter = max(min(a[1], b[1]) - max(a[0], b[0]), 0)
    union = a[1] - a[0] + b[1] - b[0] - inter
    return inter / union if union else 0.


def plain_soft_nms(segments, scores, sigma, min_score, max_num):
    """One class, in plain Python."""
    rest = dict(enumerate(scores))
    out = []
    while rest and len(out) < max_num:
        best = max(rest, key=lambda i: (rest[i], -i))
        if rest[best] < min_score:
            break
        out.append((best, rest.pop(best)))
        for i in rest:
            iou = plain_iou(segments[best], segments[i])
            rest[i] *= math.exp(-iou**2 / sigma)
    return out


def random_predictions(seed, num, levels=20):
    generator = torch.Generator().manual_seed(seed)
    segments = torch.rand(num, 2, generator=generator).sort(dim=1)[0] * 10
    # Few values, so that there are ties.
    scores = torch.randint(0, levels, (num, ), generator=generator) / levels
    labels = torch.randint(0, 3, (num, ), generator=generator)
    return segments.double(), scores.double(), labels


@pytest.mark.parametrize('seed', range(20))
@pytest.mark.parametrize('sigma, min_score, max_num', [(0.5, 0.001, 200),
                                                       (0.1, 0.3, 200),
                                                       (0.5, 0.001, 5)])
def test_equals_a_plain_loop(seed, sigma, min_score, max_num):
    segments, scores, _ = random_predictions(seed, 40)
    index, kept = soft_nms_1d(segments, scores, sigma, min_score, max_num)
    expected = plain_soft_nms(segments.tolist(), scores.tolist(), sigma,
                              min_score, max_num)
    assert index.tolist() == [i for i, _ in expected]
    torch.testing.assert_close(kept, torch.tensor([s for _, s in expected]).to(
        kept))  # yapf: disable


@pytest.mark.parametrize('seed', range(5))
def test_classes_do_not_lower_each_other(seed):
    segments, scores, labels = random_predictions(seed, 40)
    index, kept = soft_nms_1d(segments, scores, labels=labels)
    got = {i: s for i, s in zip(index.tolist(), kept.tolist())}
    expected = {}
    for c in range(3):
        own = (labels == c).nonzero()[:, 0].tolist()
        found = plain_soft_nms([segments[i].tolist() for i in own],
                               [scores[i].item() for i in own], 0.5, 0.001,
                               200)
        expected.update({own[i]: s for i, s in found})
    assert got == pytest.approx(expected)
    assert (kept.diff() <= 0).all()


def test_input_stays_and_may_be_empty():
    segments, scores, _ = random_predictions(0, 10)
    before = scores.clone()
    soft_nms_1d(segments, scores)
    assert torch.equal(scores, before)
    index, kept = soft_nms_1d(torch.zeros(0, 2), torch.zeros(0))
    assert index.shape == kept.shape == (0, )
    assert index.dtype == torch.long


def test_iou_by_hand():
    a = torch.tensor([[0., 2.], [0., 1.], [3., 3.]])
    b = torch.tensor([[1., 4.], [2., 3.], [3., 3.]])
    torch.testing.assert_close(iou_1d(a, b), torch.tensor([0.25, 0., 0.]))
