# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import (  # isort: skip
    average_precision, check_thresholds, detection_ap, detection_scores,
    mean_detection_ap, segment_tiou)
from mmaction_microaction.taxonomy import MA52

TRUTH = {'a': ([[0, 1], [2, 3]], [9, 10]), 'b': ([], [])}
NAN = float('nan')
NODDING, SHAKING_HEAD, WAVING = 9, 10, 19  # head, head, upper limb


def _table():
    """Worked out by hand below."""
    truth = {
        'one': ([[0, 2], [4, 6]], [NODDING, NODDING]),
        'two': ([[1, 2]], [WAVING]),
    }
    found = {
        'one': (
            [[0, 2], [0, 2], [4.5, 6]],  # hit, duplicate, tIoU 1.5 / 2
            [NODDING] * 3,
            [0.9, 0.8, 0.7])
    }
    return truth, found


def test_hand_made_table():
    # Hits at precision 1 / 1 and, where 0.75 is enough, 2 / 3; 2 to find.
    loose, strict = (1 + 2 / 3) / 2, 1 / 2
    options = dict(thresholds=(0.5, 0.7, 0.8))
    scores = detection_scores(*_table(), **options, flavour='opentad')
    for level in ('action', 'body'):  # two classes occur, waving is not found
        for threshold, ap in (('0.5', loose), ('0.7', loose), ('0.8', strict)):
            assert scores[f'{level}_mAP@{threshold}'] == pytest.approx(ap / 2)
        assert scores[f'{level}_mAP'] == pytest.approx(
            (2 * loose + strict) / 3 / 2)
    scores = detection_scores(*_table(), **options, flavour='baseline')
    assert scores['action_mAP@0.5'] == pytest.approx(loose / 52)
    assert scores['body_mAP@0.5'] == pytest.approx(loose / 7)
    keys = [f'mAP@0.{digit}' for digit in range(1, 10)] + ['mAP']
    assert list(detection_scores(*_table())) == [
        f'{level}_{key}' for level in ('action', 'body') for key in keys
    ]


def test_ap_per_class_is_nan_where_there_is_nothing_to_find():
    for flavour in ('baseline', 'opentad'):
        ap = detection_ap(*_table(), (0.5, 0.8), flavour)
        assert ap['action'].shape == (2, 52) and ap['body'].shape == (2, 7)
        present = ~np.isnan(ap['action'])
        assert np.flatnonzero(present[0]).tolist() == [NODDING, WAVING]
        assert ap['action'][:, WAVING].tolist() == [0, 0]
        assert mean_detection_ap(ap, (0.5, 0.8), flavour) == detection_scores(
            *_table(), (0.5, 0.8), flavour)


def test_average_precision():
    hits = np.array([[1, 0], [0, 0], [1, 0], [1, 1]], bool)
    # Precisions 1, 2/3, 3/4 at the hits; the envelope lifts 2/3 to 3/4.
    expected = [(1 + 3 / 4 + 3 / 4) / 5, 1 / 4 / 5]
    assert average_precision(hits, 5) == pytest.approx(expected)
    assert np.isnan(average_precision(hits, 0)).all()
    assert average_precision(np.zeros((0, 2), bool), 3).tolist() == [0, 0]


def test_tiou():
    a, b = [[0, 2], [5, 6]], [[1, 3], [2, 4], [0, 2]]
    assert segment_tiou(a, b, 'opentad').tolist() == [[1 / 3, 0, 1], [0, 0, 0]]
    assert segment_tiou(a, b)[0].tolist() == [1 / 3.0001, 0, 2 / 2.0001]
    # A segment without length meets itself.
    assert segment_tiou([[1, 1]], [[1, 1]], 'opentad').tolist() == [[0]]
    with pytest.raises(ValueError, match=r'\(M, 2\) and \(P, 2\)'):
        segment_tiou(np.zeros((2, 3)), b)
    with pytest.raises(ValueError, match="one of .*'opentad'.* got 'voc'"):
        segment_tiou(a, b, 'voc')


def _ap(instances, predictions, threshold, flavour='opentad'):
    """AP of nodding in one video; scores descend."""
    truth = {'a': (instances, [NODDING] * len(instances))}
    scores = np.arange(len(predictions), 0, -1)
    found = {'a': (predictions, [NODDING] * len(predictions), scores)}
    return detection_ap(truth, found, [threshold], flavour)['action'][
        0, NODDING]  # yapf: disable


def test_the_baselines_union_misses_an_exact_threshold():
    assert _ap([[0, 2]], [[0, 1]], 0.5, 'opentad') == 1
    assert _ap([[0, 2]], [[0, 1]], 0.5, 'baseline') == 0


def test_a_duplicate_walks_on_to_the_next_free_instance():
    instances = [[0, 4], [1, 5]]  # tIoU 3 / 5
    assert _ap(instances, [[0, 4], [0, 4]], 0.5) == 1
    assert _ap(instances, [[0, 4], [0, 4]], 0.7) == 0.5


def test_of_equal_tious_the_first_instance_is_taken():
    between, second = [1, 3], [2, 4]
    assert _ap([[0, 2], [2, 4]], [between, second], 0.3) == 1
    assert _ap([[2, 4], [0, 2]], [between, second], 0.3) == 0.5


def test_equal_scores_come_by_video_id_then_as_given():
    hit, miss = ([[0, 1]], [NODDING], [0.5]), ([[5, 6]], [NODDING], [0.5])
    truth = {key: ([[0, 1]], [NODDING]) for key in 'ab'}
    for order in ('ab', 'ba'):
        for videos, ap in ((dict(a=hit, b=miss), 0.5), (dict(a=miss,
                                                             b=hit), 0.25)):
            ours = detection_ap({key: truth[key]
                                 for key in order},
                                {key: videos[key]
                                 for key in order}, [0.5])
            assert ours['action'][0, NODDING] == ap
    both = ([[0, 1], [5, 6]], [NODDING] * 2, [0.5] * 2)
    for step, ap in ((1, 1), (-1, 0.5)):
        found = {'a': tuple(column[::step] for column in both)}
        ours = detection_ap({'a': truth['a']}, found, [0.5])
        assert ours['action'][0, NODDING] == ap


def test_ids_that_differ_by_case_are_two_videos():
    truth = {'x_L': ([[0, 1]], [NODDING]), 'x_l': ([[5, 6]], [NODDING])}
    found = {key: (*rows, [0.5]) for key, rows in truth.items()}
    assert detection_scores(truth, found, flavour='opentad')['action_mAP'] == 1
    swapped = dict(zip(found, list(found.values())[::-1]))
    assert detection_scores(truth, swapped)['action_mAP'] == 0


def test_body_level_takes_any_action_of_the_part_and_merges_nothing():
    truth = {'a': ([[0, 2], [0, 2]], [NODDING, SHAKING_HEAD])}
    found = {'a': ([[0, 2]] * 3, [SHAKING_HEAD] * 3, [0.9, 0.8, 0.7])}
    scores = detection_scores(truth, found, flavour='opentad')
    assert scores['action_mAP'] == 0.5  # nodding is not found
    assert scores['body_mAP'] == 1
    found = {'a': ([[0, 2]], [SHAKING_HEAD], [0.9])}
    assert detection_scores(truth, found, flavour='opentad')['body_mAP'] == 0.5


def _oracle():
    rng = np.random.default_rng(0)
    truth = {}
    for number in range(60):
        start = rng.integers(0, 20, 3) / 2
        truth[f'{number:04}'] = (np.stack([start, start + 2],
                                          axis=1), rng.integers(0, 40, 3))
    present = np.unique(np.concatenate([row[1] for row in truth.values()]))
    return truth, len(present), len(np.unique(MA52.group_index[present]))


def test_oracle():
    truth, actions, bodies = _oracle()
    perfect = {key: (*rows, [1.] * 3) for key, rows in truth.items()}
    scores = detection_scores(truth, perfect, flavour='opentad')
    assert set(scores.values()) == {1.}
    assert actions < 52 and bodies < 7
    scores = detection_scores(truth, perfect)
    assert scores['action_mAP@0.9'] == pytest.approx(actions / 52)
    assert scores['body_mAP'] == pytest.approx(bodies / 7)


def test_shifted_oracle():
    """2 s shifted by 0.5 s: tIoU 1.5 / 2.5, or 1.5 / 2.5001."""
    # Apart in time, so that a shifted one meets its own instance alone.
    truth = {'a': ([[0, 2], [4, 6], [8, 10]], [NODDING, NODDING, WAVING])}
    segments, labels = truth['a']
    shifted = {'a': (np.array(segments) + 0.5, labels, [0.3, 0.2, 0.1])}
    scores = detection_scores(truth, shifted, flavour='opentad')
    assert [scores[f'action_mAP@0.{i}'] for i in range(1, 10)] == \
        [1] * 6 + [0] * 3
    assert scores['action_mAP'] == pytest.approx(6 / 9)
    scores = detection_scores(truth, shifted)
    assert scores['action_mAP'] == pytest.approx(5 / 9 * 2 / 52)
    assert scores['body_mAP'] == pytest.approx(5 / 9 * 2 / 7)


def test_nothing_predicted_or_nothing_there():
    truth, found = _table()
    nothing = ([], [], [])
    for empty in ({}, {'one': nothing}, {'one': nothing, 'two': nothing}):
        assert set(detection_scores(truth, empty).values()) == {0.}
    for flavour in ('baseline', 'opentad'):
        for truth in ({}, {'one': ([], [])}):
            some = {key: found[key] for key in truth}
            scores = detection_scores(truth, some, flavour=flavour)
            assert set(scores.values()) == {0.}
    # A video without rows only adds false positives.
    truth, found = _table()
    truth['three'], found['three'] = ([], []), ([[0, 1]], [NODDING], [1.])
    scores = detection_scores(truth, found, [0.5], 'opentad')
    assert scores['action_mAP'] == pytest.approx((2 / 4 + 2 / 4) / 2 / 2)


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


def test_unknown_videos_and_flavours():
    row = ([[0, 1]], [9], [1])
    with pytest.raises(ValueError, match=r"2 videos .* \['A', 'a '\]"):
        detection_scores(TRUTH, {'A': row, 'a': row, 'a ': row})
    with pytest.raises(ValueError, match="got 'OpenTAD'"):
        detection_scores(TRUTH, {}, flavour='OpenTAD')


@pytest.mark.parametrize('thresholds',
                         [[], [0], [1.1], [NAN], [0.5, 0.5], 0.5])
def test_thresholds(thresholds):
    assert check_thresholds((0.2, 0.5, 1)).tolist() == [0.2, 0.5, 1]
    with pytest.raises(ValueError, match='different numbers above 0 to 1'):
        detection_scores(TRUTH, {}, thresholds)
