# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.datasets import read_mma52
from mmaction_microaction.evaluation.functional import (TIOU_THRESHOLDS,
                                                        detection_ap,
                                                        detection_scores)
from mmaction_microaction.formats import read_detection_submission
from mmaction_microaction.taxonomy import MA52

THRESHOLDS = (0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.75, 0.9)
TRUTH = {'a': ([[0, 1], [2, 3]], [9, 10]), 'b': ([], [])}
NAN = float('nan')
NODDING, WAVING = 9, 19
FLAVOURS = ('baseline', 'opentad')


# The plain reference: one class, one threshold, one prediction at a time, in
# Python numbers.
def _plain_tiou(a, b, flavour):
    overlap = max(0., min(a[1], b[1]) - max(a[0], b[0]))
    union = (a[1] - a[0]) + (b[1] - b[0]) - overlap
    if flavour == 'baseline':
        return overlap / (union + 1e-4)
    return overlap / max(union, 1e-8)


def _plain_hits(instances, predictions, threshold, flavour):
    hits, locked = [], set()
    for video, segment, *_ in predictions:
        walk = sorted((-_plain_tiou(segment, target, flavour), number)
                      for number, (other, target, _) in enumerate(instances)
                      if other == video and number not in locked)
        free = [number for negative, number in walk if -negative >= threshold]
        locked.update(free[:1])
        hits.append(bool(free))
    return hits


def _plain_voc_ap(hits, count):
    """At each hit the best precision from there on."""
    precisions = [sum(hits[:n]) / n for n in range(1, len(hits) + 1)]
    return sum(max(precisions[n:])
               for n, hit in enumerate(hits) if hit) / count


def _plain_scores(truth, found, flavour, class_to_body, thresholds=THRESHOLDS):

    def rows_of(videos, label):
        return [(video, *row) for video in sorted(videos)
                for row in zip(*videos[video]) if number[row[1]] == label]

    result, count = {}, len(class_to_body)
    for level, classes, number in (('action', count, range(count)),
                                   ('body', 7, class_to_body)):
        means = []
        for threshold in thresholds:
            aps = []
            for label in range(classes):
                instances = rows_of(truth, label)
                predictions = rows_of(found, label)
                predictions.sort(key=lambda row: -row[-1])  # stable
                if instances:
                    hits = _plain_hits(instances, predictions, threshold,
                                       flavour)
                    aps.append(_plain_voc_ap(hits, len(instances)))
                elif flavour == 'baseline':
                    aps.append(0.)
            means.append(sum(aps) / len(aps) if aps else 0.)
            result[f'{level}_mAP@{threshold:g}'] = means[-1]
        result[f'{level}_mAP'] = sum(means) / len(means)
    return result


def _segments(rng, count, grid):
    start = rng.uniform(0, 8, count)
    segments = np.stack([start, start + rng.uniform(0.3, 5, count)], axis=1)
    if grid:  # many equal segments and tIoUs that hit a threshold exactly
        segments = np.round(segments * 2) / 2
        segments[:, 1] = np.maximum(segments[:, 1], segments[:, 0] + 0.5)
    return segments


def _random_case(seed):
    """Few classes, so that a class overlaps itself, and one is absent."""
    rng = np.random.default_rng(seed)
    grid = seed % 3 > 0
    truth, found = {}, {}
    for video in ('b_01', 'B_01', 'a', 'c'):
        count = rng.integers(0, 6)
        segments = _segments(rng, count, grid)
        truth[video] = (segments, rng.integers(0, 4, count))
        if rng.random() < 0.2:
            continue
        more = rng.integers(0, 20)
        near = rng.integers(0, count, more if count else 0)
        jitter = rng.integers(-1, 2, (len(near), 2)) / 2
        predicted = np.concatenate([
            _segments(rng, more, grid),
            np.sort(segments[near] + jitter, axis=1),
            segments[near]  # duplicates
        ])
        labels = np.concatenate(
            [rng.integers(0, 5, more), *[truth[video][1][near]] * 2])
        scores = rng.random(len(labels))
        if seed % 2:  # ties
            scores = np.round(scores * 4) / 4
        found[video] = (predicted, labels, scores)
    return truth, found


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_equals_brute_force(flavour):
    few = MA52.subset(
        ['nodding', 'head up', 'waving', 'patting legs', 'touching legs'])
    differing = set()
    for seed in range(200):
        truth, found = _random_case(seed)
        ours = detection_scores(truth, found, THRESHOLDS, flavour, few)
        plain = _plain_scores(truth, found, flavour, few.group_of)
        assert ours == pytest.approx(plain, abs=1e-12), seed
        differing.add(round(ours['action_mAP'], 6))
    assert len(differing) > 150


def _scored_files(folder, truth, found, fps, thresholds, flavour='opentad'):
    """Scores of (video, start, end, class) in frames, as files tell them, and
    as Python's numbers do; predictions by descending score."""
    lines = ['id,video_id,start_frame,end_frame,class,total_frames,fps']
    lines += [f'0,{v},{s},{e},{c},900,{fps}' for v, s, e, c in truth]
    (folder / 'val.csv').write_text('\n'.join(lines))
    lines = [',video_id,t_start,t_end,class,score']
    lines += [
        f'{i},{v},{s / fps},{e / fps},{c},{1 - i / 4096}'
        for i, (v, s, e, c) in enumerate(found)
    ]
    (folder / 'p.csv').write_text('\n'.join(lines))
    ours = detection_scores(
        {x.video_id: (x.segments, x.labels)
         for x in read_mma52(str(folder / 'val.csv'))},
        read_detection_submission(str(folder / 'p.csv')),
        thresholds, flavour)  # yapf: disable
    plain = []
    for rows in (truth, [(*row, -i) for i, row in enumerate(found)]):
        plain.append({row[0]: tuple([] for _ in row[2:]) for row in rows})
        for video, start, end, *others in rows:
            values = [start / fps, end / fps], *others
            for column, value in zip(plain[-1][video], values):
                column.append(value)
    return ours, _plain_scores(*plain, flavour, MA52.group_index, thresholds)


# Frames at 30 fps of an instance and of a prediction: tIoUs that are the
# threshold on paper. In double precision they are it, or a bit off.
@pytest.mark.parametrize('threshold, instance, prediction, is_hit', [
    (0.4, (1, 6), (1, 3), True),
    (0.4, (6, 11), (6, 8), True),
    (0.4, (0, 5), (0, 2), False),
    (0.5, (3, 5), (4, 5), True),
    (0.5, (6, 8), (6, 7), True),
    (0.5, (0, 2), (0, 1), False),
    (0.7, (12, 22), (12, 19), True),
    (0.7, (0, 10), (0, 7), True),
    (0.7, (0, 10), (3, 10), False),
])
def test_ties_with_a_threshold(tmp_path, threshold, instance, prediction,
                               is_hit):
    ours, plain = _scored_files(tmp_path, [('a', *instance, 9)],
                                [('a', *prediction, 9)], 30., (threshold, ))
    assert ours == plain and ours['action_mAP'] == is_hit


@pytest.mark.parametrize('flavour', FLAVOURS)
@pytest.mark.parametrize('fps', [29., 30., 29.97])
def test_frames_of_random_segments(tmp_path, fps, flavour):
    rng = np.random.default_rng(0)
    truth, found = [], []
    for video in 'abcdef':
        for label, start, length in rng.integers(0, [4, 90, 8], (15, 3)):
            row = video, start, start + 5 * (1 + length), label
            truth.append(row)
            for moved in rng.integers(-2, 3, (8, 2)) * (1 + length):
                s, e = (max(x, 0) for x in row[1:3] + moved)
                found.append((video, s, max(s + 1, e), label))
    rng.shuffle(found)
    found = [(v, int(s), int(e), c) for v, s, e, c in found]
    ours, plain = _scored_files(tmp_path, truth, found, fps, TIOU_THRESHOLDS,
                                flavour)
    assert ours == pytest.approx(plain, abs=1e-14)


# Worked out by hand below: a hit, a duplicate, a tIoU of 1.5 / 2.
HAND = ({
    'one': ([[0, 2], [4, 6]], [NODDING, NODDING]),
    'two': ([[1, 2]], [WAVING])
}, {
    'one': ([[0, 2], [0, 2], [4.5, 6]], [NODDING] * 3, [0.9, 0.8, 0.7])
})


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
    scores = detection_scores(*HAND, (0.5, 0.7, 0.8), flavour)
    assert scores == pytest.approx(expected)
    assert list(scores) == list(expected)
    ap = detection_ap(*HAND, (0.5, 0.8), flavour)
    assert ap['action'].shape == (2, 52) and ap['body'].shape == (2, 7)
    present = ~np.isnan(ap['action'])  # nan where there is nothing to find
    assert np.flatnonzero(present[0]).tolist() == [NODDING, WAVING]
    assert ap['action'][:, WAVING].tolist() == [0, 0]


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_nothing_predicted_or_nothing_there(flavour):
    truth, found = HAND
    for its, some in ((truth, {}), (truth, dict(one=([], [], []))), ({}, {}),
                      (dict(one=([], [])), found)):  # yapf: disable
        scores = detection_scores(its, some, flavour=flavour)
        assert set(scores.values()) == {0.}


@pytest.mark.parametrize('rows, text', [
    (([[0, 1], [2, 1]], [9, 9], [1, 1]), 'the end must come after the start, '
     r'but row 1 has start 2 s, end 1 s, label 9, score 1 \(1 such rows\)'),
    (([[0, NAN]], [9], [1]), 'times must be finite, but row 0'),
    (([[0, 1]], [9], [NAN]), 'scores must be finite.* score nan'),
    (([[0, 1]], [52], [1]), 'from 0 to 51, but row 0 .* label 52'),
    (([[0, 1]], [-1], [1]), 'label -1'),
    (([[0, 1]], [0.5], [1]), 'labels must be integers'),
    (([[0, 1]], [9, 9], [1]), r'shapes \(1, 2\), \(2,\) and \(1,\)'),
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
