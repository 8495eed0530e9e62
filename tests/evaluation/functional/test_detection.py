# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import (average_precision,
                                                        detection_ap,
                                                        detection_scores)
from mmaction_microaction.evaluation.functional.detection import segment_tiou
from mmaction_microaction.taxonomy import MA52

TRUTH = {'a': ([[0, 1], [2, 3]], [9, 10]), 'b': ([], [])}
NAN = float('nan')
NODDING, SHAKING_HEAD, WAVING = 9, 10, 19  # head, head, upper limb
FLAVOURS = ('baseline', 'opentad')


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


# Two classes occur, waving is not found.
@pytest.mark.parametrize('flavour, counts', [('opentad', (2, 2)),
                                             ('baseline', (52, 7))])
def test_hand_made_table(flavour, counts):
    # Hits at precision 1 / 1 and, where 0.75 is enough, 2 / 3; 2 to find.
    loose, strict = (1 + 2 / 3) / 2, 1 / 2
    expected = {}
    for level, count in zip(('action', 'body'), counts):
        for threshold, ap in (('0.5', loose), ('0.7', loose), ('0.8', strict)):
            expected[f'{level}_mAP@{threshold}'] = ap / count
        expected[f'{level}_mAP'] = (2 * loose + strict) / 3 / count
    scores = detection_scores(*_table(), (0.5, 0.7, 0.8), flavour)
    assert scores == pytest.approx(expected)
    assert list(scores) == list(expected)
    ap = detection_ap(*_table(), (0.5, 0.8), flavour)
    assert ap['action'].shape == (2, 52) and ap['body'].shape == (2, 7)
    present = ~np.isnan(ap['action'])  # nan where there is nothing to find
    assert np.flatnonzero(present[0]).tolist() == [NODDING, WAVING]
    assert ap['action'][:, WAVING].tolist() == [0, 0]


def test_average_precision():
    hits = np.array([[1, 0], [0, 0], [1, 0], [1, 1]], bool)
    # Precisions 1, 2/3, 3/4 at the hits; the envelope lifts 2/3 to 3/4.
    expected = [(1 + 3 / 4 + 3 / 4) / 5, 1 / 4 / 5]
    assert average_precision(hits, 5) == pytest.approx(expected)
    assert np.isnan(average_precision(hits, 0)).all()
    assert average_precision(np.zeros((0, 2), bool), 3).tolist() == [0, 0]


def test_tiou():
    a, b = np.array([[0, 2], [1, 1.]]), np.array([[1, 3.], [2, 4], [0, 2]])
    assert segment_tiou(a[0], b, 'opentad').tolist() == [1 / 3, 0, 1]
    assert segment_tiou(a[0], b,
                        'baseline').tolist() == [1 / 3.0001, 0, 2 / 2.0001]
    # A segment without length meets itself.
    assert segment_tiou(a[1:, None], a[1:], 'opentad').tolist() == [[0]]


def _ap(instances, predictions, threshold, flavour='opentad'):
    """AP of nodding in one video; scores descend."""
    truth = {'a': (instances, [NODDING] * len(instances))}
    scores = np.arange(len(predictions), 0, -1)
    found = {'a': (predictions, [NODDING] * len(predictions), scores)}
    ap = detection_ap(truth, found, [threshold], flavour)
    return ap['action'][0, NODDING]


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


@pytest.mark.parametrize('order', ['ab', 'ba'])
def test_equal_scores_come_by_video_id_then_as_given(order):
    hit, miss = ([[0, 1]], [NODDING], [0.5]), ([[5, 6]], [NODDING], [0.5])
    both = ([[0, 1], [5, 6]], [NODDING] * 2, [0.5] * 2)
    nothing = ([], [], [])
    truth = {key: ([[0, 1]], [NODDING]) for key in order}
    for found, ap in ((dict(a=hit, b=miss), 0.5), (dict(a=miss, b=hit), 0.25),
                      (dict(a=both, b=nothing), 0.5),
                      (dict(a=[x[::-1] for x in both], b=nothing), 0.25)):
        found = {key: found[key] for key in order}
        ours = detection_ap(truth, found, [0.5])['action'][0, NODDING]
        assert ours == ap


def test_ids_that_differ_by_case_are_two_videos():
    truth = {'x_L': ([[0, 1]], [NODDING]), 'x_l': ([[5, 6]], [NODDING])}
    found = {key: (*rows, [0.5]) for key, rows in truth.items()}
    assert detection_scores(truth, found, flavour='opentad')['action_mAP'] == 1
    swapped = dict(zip(found, list(found.values())[::-1]))
    assert detection_scores(truth, swapped)['action_mAP'] == 0


def test_body_level_takes_any_action_of_the_part_and_merges_nothing():
    truth = {'a': ([[0, 2], [0, 2]], [NODDING, SHAKING_HEAD])}
    for count, body in ((3, 1), (1, 0.5)):
        found = {'a': ([[0, 2]] * count, [SHAKING_HEAD] * count, [1.] * count)}
        scores = detection_scores(truth, found, flavour='opentad')
        assert scores['action_mAP'] == 0.5  # nodding is not found
        assert scores['body_mAP'] == body


def test_oracle():
    rng = np.random.default_rng(0)
    truth, perfect = {}, {}
    for number in range(60):
        start = rng.integers(0, 20, 3) / 2
        rows = np.stack([start, start + 2], axis=1), rng.integers(0, 40, 3)
        truth[f'{number:04}'] = rows
        perfect[f'{number:04}'] = (*rows, [1.] * 3)
    scores = detection_scores(truth, perfect, flavour='opentad')
    assert set(scores.values()) == {1.}
    present = np.unique([labels for _, labels in truth.values()])
    bodies = len(np.unique(MA52.group_index[present]))
    assert len(present) < 52 and bodies < 7
    scores = detection_scores(truth, perfect)
    assert scores['action_mAP@0.9'] == pytest.approx(len(present) / 52)
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
    scores = detection_scores(truth, shifted)
    assert scores['action_mAP'] == pytest.approx(5 / 9 * 2 / 52)
    assert scores['body_mAP'] == pytest.approx(5 / 9 * 2 / 7)


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_nothing_predicted_or_nothing_there(flavour):
    truth, found = _table()
    nothing = ([], [], [])
    for its, some in ((truth, {}), (truth, {'one': nothing}),
                      (truth, {'one': nothing, 'two': nothing}), ({}, {}),
                      ({'one': ([], [])}, found)):  # yapf: disable
        scores = detection_scores(its, some, flavour=flavour)
        assert set(scores.values()) == {0.}


def test_what_only_adds_false_positives():
    # A video without rows.
    truth, found = _table()
    truth['three'], found['three'] = ([], []), ([[0, 1]], [NODDING], [1.])
    scores = detection_scores(truth, found, [0.5], 'opentad')
    assert scores['action_mAP'] == pytest.approx((2 / 4 + 2 / 4) / 2 / 2)
    # A prediction without length.
    found = ([[1, 1], [0, 1], [2, 3]], [9, 9, 10], [0.9, 0.8, 0.7])
    scores = detection_scores(TRUTH, dict(a=found), [0.5], 'opentad')
    assert scores['action_mAP'] == (1 / 2 + 1) / 2


@pytest.mark.parametrize('rows, text', [
    (([[0, 1], [2, 1]], [9, 9], [1, 1]), 'the end must come after the start, '
     r'but row 1 has start 2 s, end 1 s, label 9, score 1 \(1 such rows\)'),
    (([[0, NAN]], [9], [1]), 'times must be finite, but row 0'),
    (([[0, float('inf')]], [9], [1]), 'times must be finite'),
    (([[0, 1]], [9], [NAN]), 'scores must be finite.* score nan'),
    (([[0, 1]], [52], [1]), 'from 0 to 51, but row 0 .* label 52'),
    (([[0, 1]], [-1], [1]), 'label -1'),
    (([[0, 1]], [0.5], [1]), 'labels must be integers'),
    (([[0, 1]], [9, 9], [1]), r'shapes \(1, 2\), \(2,\) and \(1,\)'),
    (([[0, 1]], [9], []), r'shapes \(1, 2\), \(1,\) and \(0,\)'),
    (([[0, 1, 2]], [9], [1]), r'shapes \(1, 3\)'),
])
def test_bad_predictions(rows, text):
    with pytest.raises(
            ValueError, match=f"predictions of video 'a': .*{text}"):
        detection_scores(TRUTH, dict(a=rows))


@pytest.mark.parametrize('options, text', [
    (dict(ground_truth=dict(c=([[0, 1], [2, 2]], [9, 9]))), "video 'c': the "
     'end must come after the start, but row 1 has start 2 s, end 2 s, label '
     r'9 \(1 such rows\)'),
    (dict(predictions=dict.fromkeys(['A', 'a', 'a '], ([], [], []))),
     r"2 videos .* \['A', 'a '\]"),
    (dict(flavour='OpenTAD'), "got 'OpenTAD'"),
    *((dict(thresholds=wrong), 'different numbers above 0 to 1')
      for wrong in ([], [0], [1.1], [NAN], [0.5, 0.5], 0.5)),
])
def test_other_errors(options, text):
    good = dict(ground_truth=TRUTH, predictions={}, thresholds=(0.2, 0.5, 1))
    detection_scores(**good)
    with pytest.raises(ValueError, match=text):
        detection_scores(**{**good, **options})
