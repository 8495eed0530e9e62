# Copyright (c) mmaction-microaction contributors. All rights reserved.
import itertools
import operator
from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mmaction_microaction.evaluation.functional import agreement
from mmaction_microaction.taxonomy import MA52, Taxonomy

NOTHING = np.zeros((0, 2)), np.zeros(0, np.int64)
NAN = float('nan')


def to_tally(a, b):
    """Of categories, one an instant, and two segments that match."""
    same = sum(map(operator.eq, a, b))
    return agreement.Tally(Counter(a), Counter(b), same, 1, 1, 1, 2., 2.)


def annotate(rng, count, classes=52, end=10.):
    starts = rng.uniform(0, end - 1, count)
    ends = starts + rng.uniform(0.05, 1., count)
    return np.stack([starts, ends], 1), rng.integers(0, classes, count)


@pytest.mark.parametrize(
    'a, b, kappa',
    [
        ([0, 1], [0, 1], 1),
        ([0, 1], [1, 0], -1),
        ([0, 0], [1, 1], 0),
        # p_o = 7 / 10, p_e = 0.5 * 0.6 + 0.5 * 0.4; categories of any size.
        ([1 << 80] * 5 + [0] * 5,
         [1 << 80] * 4 + [0] + [1 << 80] * 2 + [0] * 3, 0.4),
        ([3, 3, 3], [3, 3, 3], NAN),
        ([], [], NAN),
    ])
def test_kappa_by_hand(a, b, kappa):
    found = agreement.pooled_agreement([dict(x=to_tally(a, b))], 0)['x']
    assert found['kappa'] == pytest.approx(kappa, nan_ok=True)


# Multiples of 0.25 s begin and end at instants: half-open.
@pytest.mark.parametrize('step, grid', [(0.1, 0), (0.5, 4)])
def test_categories_by_loop(step, grid):
    segments, labels = annotate(np.random.default_rng(0), 40)
    if grid:
        segments = np.ceil(segments * grid) / grid + [0, 1 / grid]
    found = agreement.frame_categories((segments, labels), 10., step)
    assert found.shape == (7, 10 / step)
    for (body, place), categories in np.ndenumerate(found):
        time = (place + 0.5) * step
        assert categories == sum({
            2**int(label)
            for (start, end), label in zip(segments, labels)
            if start <= time < end and MA52.labels[label].group == body
        })


@pytest.mark.parametrize('duration, step, steps', [(1., 0.04, 25),
                                                   (1.04, 0.3, 3),
                                                   (1.06, 0.3, 4),
                                                   (0.03, 0.04, 1),
                                                   (3600., 0.04, 90000)])
def test_number_of_steps(duration, step, steps):
    assert agreement.frame_categories(NOTHING, duration,
                                      step).shape == (7, steps)


def matches_by_brute_force(a, b, threshold):
    """Tries every one-to-one matching."""

    def fits(i, j):
        (s, e), (t, f) = a[0][i], b[0][j]
        shared = max(0, min(e, f) - max(s, t))
        return a[1][i] == b[1][j] and shared >= threshold * ((e - s) +
                                                             (f - t) - shared)

    if len(a[0]) > len(b[0]):
        return matches_by_brute_force(b, a, threshold)
    return max(
        sum(map(fits, range(len(a[0])), order))
        for order in itertools.permutations(range(len(b[0])), len(a[0])))


@pytest.mark.parametrize('seed', range(30))
def test_as_many_matches_as_possible(seed):
    rng = np.random.default_rng(seed)
    threshold = rng.uniform(0.05, 0.6)
    a, b = (annotate(rng, rng.integers(0, 7), 2, 2.) for _ in range(2))
    partners = agreement.match_segments(a, b, threshold)
    matched = partners[partners >= 0]
    assert len(set(matched)) == len(matched)
    assert (a[1][partners >= 0] == b[1][matched]).all()
    assert len(matched) == matches_by_brute_force(a, b, threshold)


def test_agreement():
    rng = np.random.default_rng(0)
    a, b = annotate(rng, 40), annotate(rng, 30)
    b = tuple(np.concatenate([x[:20], y]) for x, y in zip(a, b))
    scores = agreement.annotation_agreement(a, b, 12., 0.05, 0.4)
    grids = [agreement.frame_categories(x, 12., 0.05) for x in (a, b)]
    for body, name in enumerate([*MA52.groups, 'all']):
        parts = [body] if body < 7 else list(range(7))
        first, second = (grid[parts].ravel() for grid in grids)
        its = [(segments[mask], labels[mask]) for segments, labels in (a, b)
               for mask in [np.isin(MA52.group_index[labels], parts)]]
        expected = dict(
            kappa=cohen_kappa_score(first, second),
            agreement=np.mean(first == second),
            matched=(agreement.match_segments(*its, 0.4) >= 0).sum())
        for who, (segments, labels) in zip('ab', its):
            expected[f'count_{who}'] = len(labels)
            expected[f'seconds_{who}'] = np.diff(segments).sum()
        counts = expected['count_a'], expected['count_b']
        expected['f1'] = 2 * expected['matched'] / sum(counts)
        assert scores.pop(name) == pytest.approx(expected)
    assert counts == (40, 50) and not scores


SOME = annotate(np.random.default_rng(0), 30)


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('a, b, f1, kappa', [(SOME, SOME, 1, 1),
                                             (SOME, NOTHING, 0, 0),
                                             (NOTHING, NOTHING, NAN, NAN)])
def test_same_and_nothing(a, b, f1, kappa):
    for row in agreement.annotation_agreement(a, b, 10.).values():
        assert [row['f1'], row['kappa']] == pytest.approx([f1, kappa],
                                                          nan_ok=True)
        assert row['agreement'] == 1 or kappa == 0


def test_more_classes_than_an_integer_has_bits():
    numbers = tuple(map(str, range(82)))
    many = Taxonomy('many', numbers, numbers, ('x', 'y'), (0, 1) * 41,
                    ('#000000', '#ffffff'))
    a = annotate(np.random.default_rng(0), 60, 82)
    a[1][:3] = 81
    b = a[0], np.where(a[1] == 81, 79, a[1])
    assert agreement.frame_categories(a, 10., 0.1, many).max() >= 1 << 75
    scores = agreement.annotation_agreement(a, b, 10., 0.1, taxonomy=many)
    assert list(scores) == ['x', 'y', 'all'] and scores['x']['kappa'] == 1
    missed = scores['y']['count_a'] - scores['y']['matched']
    assert missed == 3


def test_without_what_is_unsure():
    """What either marks, and what the other saw there, counts for nothing."""
    a = np.array([[0., 1], [2, 3], [4, 5], [4, 5]]), np.array([9, 9, 9, 51])
    b = np.array([[0., 1], [2, 3.2], [4, 5]]), np.array([9, 10, 9])
    marks = np.array([False, True, False, False]), np.arange(3) == 2
    found = agreement.annotation_agreement(a, b, 10., 0.1, unsure=marks)
    sure = [(x[0][keep], x[1][keep]) for x, keep in ((a, [0, 3]), (b, [0]))]
    expected = agreement.annotation_agreement(*sure, 10., 0.1)
    for part in ('head', 'leg-hand', 'all'):
        for key in ('matched', 'count_a', 'count_b', 'seconds_b', 'f1'):
            assert found[part][key] == expected[part][key], (part, key)
    assert found['head']['kappa'] == pytest.approx(
        cohen_kappa_score([9] * 10 + [0] * 70, [9] * 10 + [0] * 68 + [10] * 2))
    whole = np.array([[0., 10]]), np.array([9])
    row = agreement.annotation_agreement(
        whole, whole, 10., unsure=(np.array([True]), ) * 2)['head']
    assert row['count_a'] == 0 and np.isnan(row['agreement'])


@pytest.mark.parametrize('kwargs, text', [
    (dict(b=NOTHING, duration=0.), 'half a step'),
    (dict(duration=NAN), 'half a step'),
    (dict(step=0.), 'step above 0'),
    (dict(step=float('inf')), 'half a step'),
    (dict(threshold=0.), 'thresholds must be'),
    (dict(duration=0.9), 'annotation b has a segment that ends at 2.000 s'),
    (dict(a=([[0, 1]], [52])), 'annotation a: labels must be integers from 0'),
    (dict(a=([[1, 1]], [0])), 'end must come after'),
    (dict(b=([[0, 1]], [0, 1])), 'annotation b: expected segments'),
])
def test_errors(kwargs, text):
    arguments = dict(
        dict(a=NOTHING, b=([[1., 2.]], [9]), duration=3.), **kwargs)
    with pytest.raises(ValueError, match=text):
        agreement.annotation_agreement(**arguments)


def test_pooled_over_sessions():
    """Against a loop over all resamples of three sessions: each of one session
    thrice has a chance of 1/27, so the percentiles are the extremes."""
    rng = np.random.default_rng(1)
    cases = []
    for count in (12, 20, 30):
        a, b = annotate(rng, count), annotate(rng, count)
        cases.append((a, tuple(np.concatenate([x[:count // 2], y[:5]])
                               for x, y in zip(a, b))))  # yapf: disable
    sessions = [agreement.tally_agreement(*x, 12., .1, .4) for x in cases]
    found = agreement.pooled_agreement(sessions)
    for body, name in enumerate([*MA52.groups, 'all']):
        parts = [body] if body < 7 else range(7)
        grids = [[
            agreement.frame_categories(x, 12., .1)[list(parts)].ravel()
            for x in pair
        ] for pair in cases]
        drawn = []
        for order in [(0, 1, 2), *itertools.product(range(3), repeat=3)]:
            first, second = (
                np.concatenate([grids[i][side] for i in order])
                for side in (0, 1))
            rows = [sessions[i][name] for i in order]
            total = sum(x.count_a + x.count_b for x in rows)
            hits = sum(x.matched for x in rows)
            alike = np.unique([first, second]).size < 2
            drawn.append((NAN if alike else cohen_kappa_score(first, second),
                          2 * hits / total if total else NAN))
        few = sum(x[name].count_a + x[name].count_b > 0 for x in sessions) < 2
        for key, values in zip(('kappa', 'f1'), np.transpose(drawn)):
            ends = [NAN] * 2 if few else [np.nanmin(values), np.nanmax(values)]
            assert [found[name][f'{key}{x}'] for x in ('', '_low', '_high')
                    ] == pytest.approx([values[0], *ends], nan_ok=True), name
    assert repr(agreement.pooled_agreement(sessions)) == repr(found)


def test_no_interval_of_one_session():
    some = agreement.tally_agreement(SOME, SOME, 10.)
    empty = agreement.tally_agreement(NOTHING, NOTHING, 10.)
    for sessions in ([some], [some, empty, empty]):
        row = agreement.pooled_agreement(sessions, 50)['all']
        assert row['f1'] == 1 and row['count_a'] == 30
        assert np.isnan([
            row[f'{x}_{y}'] for x in ('f1', 'kappa') for y in ('low', 'high')
        ]).all()
