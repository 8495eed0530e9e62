# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import (check_flavour,
                                                        check_thresholds,
                                                        detection_scores)
from mmaction_microaction.evaluation.functional.detection_input import \
    pool_rows

TRUTH = {'a': ([[0, 1], [2, 3]], [9, 10]), 'b': ([], [])}
NAN = float('nan')


def test_pool_rows():
    rows = dict(b=([[0, 1]], [5], [0.5]), a=([[1, 2], [3, 3]], [1, 2], [3, 4]))
    pool = pool_rows(rows, dict(a=7, b=8), 52, 'predictions')
    assert pool.segments.tolist() == [[1, 2], [3, 3], [0, 1]]
    assert pool.labels.tolist() == [1, 2, 5] and pool.labels.dtype == np.int64
    assert pool.scores.tolist() == [3, 4, 0.5]
    assert pool.videos.tolist() == [7, 7, 8]
    assert pool_rows({}, {}, 52, 'predictions').segments.shape == (0, 2)


@pytest.mark.parametrize('rows, text', [
    (([[0, 1], [2, 1]], [9, 9], [1, 1]), 'row 1 has start 2 s, end 1 s, label '
     r'9, score 1 \(1 such rows\)'),
    (([[0, NAN]], [9], [1]), 'times must be finite, but row 0'),
    (([[0, float('inf')]], [9], [1]), 'times must be finite'),
    (([[0, 1]], [9], [NAN]), 'scores must be finite.* score nan'),
    (([[0, 1]], [52], [1]), 'from 0 to 51, but row 0 .* label 52'),
    (([[0, 1]], [-1], [1]), 'label -1'),
    (([[0, 1]], [0.5], [1]), 'labels must be integers'),
    (([[0, 1]], [9, 9], [1]), r'shapes \(1, 2\), \(2,\) and \(1,\)'),
    (([[0, 1]], [9], []), r'shapes \(1, 2\), \(1,\) and \(0,\)'),
    (([[0, 1, 2]], [9], [1]), r'shapes \(1, 3\)'),
])  # yapf: disable
def test_bad_predictions(rows, text):
    with pytest.raises(
            ValueError, match=f"predictions of video 'a': .*{text}"):
        detection_scores(TRUTH, dict(a=rows))


@pytest.mark.parametrize('rows, text', [
    (([[0, 1], [2, 2]], [9, 9]), 'the end must come after the start, but row '
     r'1 has start 2 s, end 2 s, label 9 \(1 such rows\)'),
    (([[NAN, 1]], [9]), 'times must be finite'),
    (([[0, 1]], [52]), 'from 0 to 51'),
])  # yapf: disable
def test_bad_ground_truth(rows, text):
    with pytest.raises(ValueError, match=f"truth of video 'c': .*{text}"):
        detection_scores(dict(TRUTH, c=rows), {})


def test_a_prediction_without_length_is_a_false_positive():
    found = ([[1, 1], [0, 1], [2, 3]], [9, 9, 10], [0.9, 0.8, 0.7])
    scores = detection_scores(TRUTH, dict(a=found), [0.5], 'opentad')
    assert scores['action_mAP'] == (1 / 2 + 1) / 2


def test_unknown_videos():
    row = ([[0, 1]], [9], [1])
    with pytest.raises(ValueError, match=r"2 videos .* \['A', 'a '\]"):
        detection_scores(TRUTH, {'A': row, 'a': row, 'a ': row})


@pytest.mark.parametrize('thresholds',
                         [[], [0], [1.1], [NAN], [0.5, 0.5], 0.5])
def test_bad_thresholds(thresholds):
    with pytest.raises(ValueError, match='different numbers above 0 to 1'):
        detection_scores(TRUTH, {}, thresholds)


def test_good_thresholds_and_flavours():
    assert check_thresholds((0.2, 0.5, 1)).tolist() == [0.2, 0.5, 1]
    check_flavour('baseline')
    with pytest.raises(ValueError, match="got 'OpenTAD'"):
        detection_scores(TRUTH, {}, flavour='OpenTAD')
