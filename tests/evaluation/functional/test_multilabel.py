# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import (  # isort: skip
    body_maxima, class_average_precisions, mean_average_precision,
    multilabel_f1_macro)
from mmaction_microaction.taxonomy import MA52


def _random(seed, num_clips=60, num_classes=52, levels=0):
    """``levels``: how many different scores, 0 for no ties."""
    rng = np.random.default_rng(seed)
    targets = rng.random((num_clips, num_classes)) < 0.06
    targets[:, ::5] = False  # absent classes
    scores = np.clip(rng.random(targets.shape) + 0.2 * targets - 0.3, 0, 1)
    if levels:
        scores = np.floor(scores * levels) / levels
    return scores, targets.astype(int)


def _plain_ap(scores, targets):
    """Gain in recall times precision, over the different scores."""
    total, before = 0., 0
    for score in sorted(set(scores), reverse=True):
        hits = targets[scores >= score].sum()
        total += (hits - before) * hits / (scores >= score).sum()
        before = hits
    return total / before


@pytest.mark.parametrize('levels', [0, 2, 5])
def test_equal_a_plain_loop(levels):
    scores, targets = _random(levels, levels=levels)
    present = np.flatnonzero(targets.any(axis=0))
    assert 0 < len(present) < 52
    ours = class_average_precisions(scores, targets)
    expected = [_plain_ap(scores[:, k], targets[:, k]) for k in present]
    assert ours[present] == pytest.approx(expected)
    assert np.array_equal(np.flatnonzero(~np.isnan(ours)), present)
    assert mean_average_precision(scores,
                                  targets) == pytest.approx(np.mean(expected))
    for threshold in (0.5, 0.2):
        found = scores >= threshold
        both, total = (found & targets).sum(0), (found + targets).sum(0)
        f1 = multilabel_f1_macro(scores, targets, threshold)
        assert f1 == pytest.approx(
            (2 * both[total > 0] / total[total > 0]).mean())


def test_hand_made():
    # Class 0: hits at ranks 1 and 3. Class 1: never there, once predicted.
    # Class 2: neither. Class 3: all scores equal, so precision 1 / 4.
    scores = [[0.9, 0.6, 0, 0.3], [0.7, 0, 0, 0.3], [0.5, 0, 0, 0.3],
              [0.1, 0, 0, 0.3]]
    targets = [[1, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    first = (1 + 2 / 3) / 2
    np.testing.assert_allclose(
        class_average_precisions(scores, targets),
        [first, np.nan, np.nan, 1 / 4])
    assert mean_average_precision(scores, targets) == pytest.approx(
        (first + 1 / 4) / 2)
    # F1 4 / 5 (0.5 itself counts), 0, left out, 0.
    assert multilabel_f1_macro(scores, targets) == pytest.approx(4 / 5 / 3)


def test_no_class_at_all():
    assert mean_average_precision(np.ones((2, 3)), np.zeros((2, 3))) == 0
    assert multilabel_f1_macro(np.zeros((2, 3)), np.zeros((2, 3))) == 0


def test_order_of_clips_never_matters():
    scores, targets = _random(0, levels=2)
    order = np.random.default_rng(1).permutation(len(scores))
    assert mean_average_precision(scores, targets) == mean_average_precision(
        scores[order], targets[order])


def test_body_maxima():
    scores, targets = _random(3)
    for values in (scores, targets):
        expected = [
            values[:, MA52.group_index == part].max(axis=1)
            for part in range(7)
        ]
        assert np.array_equal(body_maxima(values), np.stack(expected, axis=1))
    assert body_maxima([[0.2, 0.5, 0.3]],
                       MA52.subset(['nodding', 'head up', 'patting legs'
                                    ])).tolist() == [[0, 0.5, 0, 0, 0, 0, 0.3]]


@pytest.mark.parametrize('scores, targets, text', [
    (np.ones((2, 3)), np.ones((2, 2)), r'\(2, 3\) and \(2, 2\)'),
    (np.ones((0, 3)), np.ones((0, 3)), r'\(0, 3\)'),
    (np.ones(3), np.ones(3), r'\(3,\)'),
    ([[0, 1], [np.nan, 1]], np.ones((2, 2)), '1 of 2 clips hold NaN, first in '
     'row 1'),
    (np.ones((2, 2)), [[0, 1], [0, 2]], r'row 1 is \[0, 2\]'),
])  # yapf: disable
def test_bad_input(scores, targets, text):
    for function in (mean_average_precision, multilabel_f1_macro):
        with pytest.raises(ValueError, match=text):
            function(scores, targets)
