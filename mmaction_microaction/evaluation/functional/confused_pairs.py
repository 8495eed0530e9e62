# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which classes are taken for each other.

Shapes: K classes.
"""
from typing import List, NamedTuple

import numpy as np

from mmaction_microaction.utils.errors import UserError


class ConfusedPair(NamedTuple):
    """Two classes, the one that suffers more first.

    Attributes:
        first (int): Class number.
        second (int): Class number.
        first_as_second (int): Clips of the first taken for the second.
        second_as_first (int): Clips of the second taken for the first.
    """
    first: int
    second: int
    first_as_second: int
    second_as_first: int


def confused_pairs(matrix: np.ndarray, number: int = 10) -> List[ConfusedPair]:
    """Find the pairs of classes with the most confused clips.

    Args:
        matrix (np.ndarray): Shape (K, K), int; clips by true class (rows) and
            predicted class (columns).
        number (int): How many pairs at most. Defaults to 10.

    Returns:
        list[ConfusedPair]: By the clips of both directions, the most first,
        then by class number; pairs without any are left out.

    Raises:
        ValueError: If the matrix is not square or ``number`` is negative.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise UserError('expected a confusion matrix of shape (K, K), but '
                        f'got {matrix.shape}')
    if number < 0:
        raise UserError(f'number must not be negative, but got {number}')
    both = np.triu(matrix + matrix.T, k=1)
    first, second = np.nonzero(both)  # by class number
    order = np.argsort(-both[first, second], kind='stable')[:number]
    pairs = []
    for a, b in zip(first[order].tolist(), second[order].tolist()):
        if matrix[b, a] > matrix[a, b]:
            a, b = b, a
        pairs.append(ConfusedPair(a, b, int(matrix[a, b]), int(matrix[b, a])))
    return pairs
