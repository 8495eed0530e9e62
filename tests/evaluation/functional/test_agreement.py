# Copyright (c) mmaction-microaction contributors. All rights reserved.
import itertools
import warnings
from fractions import Fraction

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mmaction_microaction.evaluation.functional import (annotation_agreement,
                                                        cohen_kappa,
                                                        frame_categories,
                                                        match_segments)
from mmaction_microaction.taxonomy import MA52, Taxonomy

NOTHING = np.zeros((0, 2)), np.zeros(0, np.int64)


def annotate(rng, count, classes=52, end=10.):
    starts = rng.uniform(0, end - 1, count)
    ends = starts + rng.uniform(0.05, 1., count)
    return np.stack([starts, ends], 1), rng.integers(0, classes, count)


def plain_kappa(a, b):
    """The definition, in fractions."""
    n = len(a)
    observed = Fraction(sum(x == y for x, y in zip(a, b)), n)
    chance = sum(Fraction(a.count(x) * b.count(x), n * n) for x in {*a, *b})
    return float((observed - chance) / (1 - chance))


@pytest.mark.parametrize('seed', range(10))
def test_kappa_by_its_definition(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, rng.integers(2, 6), (2, 200)) * 1_000_003
    b = np.where(rng.random(200) < 0.5, a, b)
    expected = pytest.approx(plain_kappa(a.tolist(), b.tolist()), rel=1e-13)
    assert cohen_kappa(a, b) == expected and cohen_kappa(b, a) == expected


def test_kappa_by_hand():
    # p_o = 35 / 50, p_e = 0.5 * 0.6 + 0.5 * 0.4
    a = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    b = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    assert cohen_kappa(a, b) == pytest.approx(0.4)
    assert cohen_kappa(a, a) == 1
    assert cohen_kappa([0, 1], [1, 0]) == -1
    assert cohen_kappa([0, 0], [1, 1]) == 0


def test_kappa_is_undefined():
    assert np.isnan(cohen_kappa([3, 3, 3], [3, 3, 3]))
    assert np.isnan(cohen_kappa([], []))
    with pytest.raises(ValueError, match=r'\(2,\) and \(3,\)'):
        cohen_kappa([0, 1], [0, 1, 2])


@pytest.mark.parametrize('seed', range(2))
def test_categories_by_loop(seed):
    rng = np.random.default_rng(seed)
    segments, labels = annotate(rng, 40)
    found = frame_categories((segments, labels), 10., 0.1)
    assert found.shape == (7, 100)
    for step, body in itertools.product(range(100), range(7)):
        time = (step + 0.5) * 0.1
        going_on = {
            label
            for (start, end), label in zip(segments, labels)
            if start <= time < end and MA52.labels[label].group == body
        }
        assert found[body, step] == sum(2**int(x) for x in going_on)


@pytest.mark.parametrize('duration, step, steps',
                         [(1., 0.04, 25), (1., 0.3, 3), (1.04, 0.3, 3),
                          (1.06, 0.3, 4), (0.03, 0.04, 1),
                          (3600., 0.04, 90000)])
def test_number_of_steps(duration, step, steps):
    assert frame_categories(NOTHING, duration, step).shape == (7, steps)


def test_half_open_at_the_instants():
    segments = np.array([[0.5, 1.5], [1.5, 2.5]])
    found = frame_categories((segments, np.array([9, 10])), 3., 1.)
    assert found[1].tolist() == [2**9, 2**10, 0]


def f1_by_brute_force(a, b, threshold):
    """Tries every one-to-one matching."""

    def fits(i, j):
        (s, e), (t, f) = a[0][i], b[0][j]
        shared = max(0, min(e, f) - max(s, t))
        return a[1][i] == b[1][j] and shared >= threshold * ((e - s) +
                                                             (f - t) - shared)

    if len(a[0]) > len(b[0]):
        return f1_by_brute_force(b, a, threshold)
    best = 0
    for order in itertools.permutations(range(len(b[0])), len(a[0])):
        best = max(best, sum(fits(i, j) for i, j in enumerate(order)))
    return best


@pytest.mark.parametrize('seed', range(30))
def test_as_many_matches_as_possible(seed):
    rng = np.random.default_rng(seed)
    threshold = rng.uniform(0.05, 0.6)
    a, b = (annotate(rng, rng.integers(0, 7), 2, 2.) for _ in range(2))
    partners = match_segments(a, b, threshold)
    matched = partners[partners >= 0]
    assert len(set(matched)) == len(matched)
    assert all(a[1][i] == b[1][j] for i, j in enumerate(partners) if j >= 0)
    assert len(matched) == f1_by_brute_force(a, b, threshold)


@pytest.mark.parametrize('seed', range(3))
def test_agreement(seed):
    rng = np.random.default_rng(seed)
    a, b = annotate(rng, 40), annotate(rng, 30)
    b = np.concatenate([a[0][:20], b[0]]), np.concatenate([a[1][:20], b[1]])
    scores = annotation_agreement(a, b, 12., 0.05, 0.4)
    assert list(scores) == [*MA52.groups, 'all']
    grids = [frame_categories(x, 12., 0.05) for x in (a, b)]
    bodies = [[MA52.labels[x].group for x in labels] for _, labels in (a, b)]
    for body, name in enumerate(MA52.groups):
        first, second = (grid[body] for grid in grids)
        row = scores[name]
        assert row['kappa'] == pytest.approx(cohen_kappa_score(first, second))
        assert row['agreement'] == np.mean(first == second)
        ours = [np.array(x) == body for x in bodies]
        its = [(x[0][mask], x[1][mask]) for x, mask in zip((a, b), ours)]
        matched = (match_segments(*its, 0.4) >= 0).sum()
        assert row['matched'] == matched
        assert row['f1'] == pytest.approx(2 * matched /
                                          (ours[0].sum() + ours[1].sum()))
        assert (row['count_a'], row['count_b']) == tuple(x.sum() for x in ours)
        assert row['seconds_a'] == pytest.approx(np.diff(its[0][0]).sum())
        assert row['seconds_b'] == pytest.approx(np.diff(its[1][0]).sum())
    row = scores['all']
    assert row['kappa'] == pytest.approx(
        cohen_kappa_score(*(grid.ravel() for grid in grids)))
    assert row['matched'] == sum(scores[x]['matched'] for x in MA52.groups)
    assert (row['count_a'], row['count_b']) == (40, 50)


def test_same_and_nothing():
    a = annotate(np.random.default_rng(0), 30)
    scores = annotation_agreement(a, a, 10.)
    for name, row in scores.items():
        assert row['f1'] == 1 and row['agreement'] == 1
        assert row['kappa'] == 1
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        scores = annotation_agreement(NOTHING, NOTHING, 10.)
        assert all(
            np.isnan(row['kappa']) and np.isnan(row['f1'])
            and row['agreement'] == 1 for row in scores.values())
        scores = annotation_agreement(a, NOTHING, 10.)
    assert all(row['f1'] == 0 and row['kappa'] == 0 for row in scores.values())


def test_more_classes_than_an_integer_has_bits():
    many = Taxonomy('many', tuple(f'n{i}' for i in range(82)),
                    tuple(f'c{i}' for i in range(82)), ('x', 'y'), (0, 1) * 41,
                    ('#000000', '#ffffff'))
    a = annotate(np.random.default_rng(0), 60, 82)
    b = a[0], np.where(a[1] == 81, 79, a[1])
    grid = frame_categories(a, 10., 0.1, many)
    assert grid.shape == (2, 100) and grid.max() >= 1 << 75
    scores = annotation_agreement(a, b, 10., 0.1, taxonomy=many)
    assert list(scores) == ['x', 'y', 'all'] and scores['x']['kappa'] == 1
    assert scores['y']['matched'] == scores['y']['count_a'] - (a[1]
                                                               == 81).sum()


@pytest.mark.parametrize('kwargs, text', [
    (dict(b=NOTHING, duration=0.), 'half a step'),
    (dict(duration=float('nan')), 'half a step'),
    (dict(step=0.), 'step above 0'),
    (dict(step=float('inf')), 'half a step'),
    (dict(threshold=0.), 'thresholds must be'),
    (dict(threshold=1.5), 'thresholds must be'),
    (dict(duration=0.9), 'annotation b has a segment that ends at 2.000 s'),
    (dict(a=([[0, 1]], [52])), 'labels must be integers from 0 to 51'),
    (dict(a=([[1, 1]], [0])), 'end must come after'),
    (dict(b=([[0, 1]], [0, 1])), 'expected segments'),
])
def test_errors(kwargs, text):
    arguments = dict(
        dict(a=NOTHING, b=([[1., 2.]], [9]), duration=3.), **kwargs)
    with pytest.raises(ValueError, match=text):
        annotation_agreement(**arguments)
