# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv

import numpy as np
import pytest

from mmaction_microaction import labels


def test_table_equals_the_published_one(shared_data):
    with open(shared_data.parent / 'facts' / 'ma52_labels.csv') as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == labels.NUM_ACTIONS == 52
    for row, action in zip(rows, labels.ACTIONS):
        assert (str(action.index), action.name, action.code,
                str(action.body_index),
                action.body_name) == tuple(row.values())


def test_counts_per_body_part():
    counts = np.bincount(labels.ACTION_TO_BODY)
    assert counts.tolist() == [5, 6, 13, 8, 6, 10, 4]
    assert labels.NUM_BODIES == len(labels.BODY_NAMES) == 7


def test_look_ups_agree_both_ways():
    for action in labels.ACTIONS:
        for key in (action.index, np.int64(action.index), action.name,
                    action.code):
            assert labels.get_action(key) is action
        assert action in labels.actions_of_body(action.body_index)
        assert action in labels.actions_of_body(action.body_name)
    # The manual's codes are not in index order; six coincide.
    order = sorted(labels.ACTIONS, key=lambda a: (a.code[0], int(a.code[1:])))
    same = [a.code for i, a in enumerate(order) if a.index == i]
    assert same == ['A1', 'A5', 'E3', 'F9', 'G3', 'G4']


@pytest.mark.parametrize('key, error', [(52, ValueError), (-1, ValueError),
                                        ('nod', ValueError), (1.5, TypeError),
                                        (True, TypeError)])
def test_unknown_action(key, error):
    with pytest.raises(error):
        labels.get_action(key)


def test_unknown_body():
    with pytest.raises(ValueError, match='leg-hand'):
        labels.actions_of_body('tail')


def test_body_scores_equals_a_plain_loop():
    scores = np.random.default_rng(0).random((3, 4, 52))
    expected = np.zeros((3, 4, 7))
    for action in labels.ACTIONS:
        expected[..., action.body_index] += scores[..., action.index]
    np.testing.assert_allclose(labels.body_scores(scores), expected)
    with pytest.raises(ValueError, match='52'):
        labels.body_scores(scores[..., :51])


def test_pairs_are_disjoint():
    members = [i for pair in labels.TIME_REVERSED_PAIRS for i in pair]
    assert len(members) == len(set(members)) == 10


def test_the_table_cannot_be_changed():
    with pytest.raises(ValueError):
        labels.ACTION_TO_BODY[0] = 1
