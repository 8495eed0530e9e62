# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.evaluation.functional import order_sign
from mmaction_microaction.taxonomy import MA52


def test_hand_made():
    # Classes 0 and 1 are a pair, 2 is none. Margins (true - partner):
    # clip 0: 3 against 1, larger in true order; clip 1: -1 against -4, larger
    # but still wrong two-way; clip 2: 1 against 1, tied; clip 3: not counted.
    forward = [[3, 0, 9], [1, 0, 9], [2, 1, 9], [0, 0, 0]]
    backward = [[1, 0, 0], [4, 0, 0], [7, 6, 0], [5, 0, 0]]
    result = order_sign(forward, backward, [0, 1, 0, 2], pairs=[(0, 1)])
    assert result == dict(
        order_sign=2 / 3, tied=1 / 3, num_clips=3, two_way={(0, 1): 2 / 3})


def test_blind_and_seeing_models():
    rng = np.random.default_rng(0)
    labels, logits = rng.integers(0, 52, 400), rng.normal(size=(400, 52))
    # Blind: equal but for rounding.
    blind = order_sign(logits, logits + 1e-7 * rng.normal(size=(400, 52)),
                       labels)
    assert (blind['order_sign'], blind['tied']) == (0, 1)
    # Seeing: the reversed clip looks like the partner class.
    partner = np.arange(52)
    for pair in MA52.reversed_pairs:
        partner[list(pair)] = pair[::-1]
    forward = logits + 10 * np.eye(52)[labels]
    backward = forward[:, partner]
    assert order_sign(forward, backward, labels) == dict(
        order_sign=1,
        tied=0,
        num_clips=(partner[labels] != labels).sum(),
        two_way=dict.fromkeys(MA52.reversed_pairs, 1))
    # Fed the other way round, the sign turns.
    assert order_sign(backward, forward, labels)['order_sign'] == 0


@pytest.mark.parametrize('backward, labels, pairs, text', [
    (np.ones((3, 3)), [0], [(0, 1)], 'same shape'),
    (np.full((1, 3), np.nan), [0], [(0, 1)], 'NaN'),
    (np.ones((1, 3)), [2], [(0, 1)], 'none of the 1 clips'),
    (np.ones((1, 3)), [0], [(0, 1), (1, 2)], 'one partner'),
    (np.ones((1, 3)), [3], [(0, 1)], '0 to 2, but got 3'),
])
def test_refuses(backward, labels, pairs, text):
    with pytest.raises(ValueError, match=text):
        order_sign(np.ones((1, 3)), backward, labels, pairs)
