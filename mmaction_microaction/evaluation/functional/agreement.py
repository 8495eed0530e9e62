# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Agreement of two annotations of one video, in pure NumPy.

*Cohen's kappa*, frame by frame: the video is looked at in the middle of every
step of a grid. For each body part the category of an instant is the set of
its actions that go on then: none, one, or several together (a category of its
own, so that nothing has to be chosen where actions overlap; who marks one of
two actions does not agree with who marks both). Over all body parts together,
every part of every instant is one judgement, and 'none' is one category. With
the observed agreement p_o and that of chance p_e, from the two annotators' own
frequencies::

    kappa = (p_o - p_e) / (1 - p_e)

which is NaN where both know one category only and the same: p_e is 1, as for
a body part that neither has seen moving.

*Segment F1*: segments of the same action are matched one to one, as many as
possible, where their temporal IoU reaches a threshold; F1 = 2 matches / (M +
P). NaN where neither has a segment, 0 where one has none.

Both are symmetric: neither annotation is the truth.

Source: Cohen, "A coefficient of agreement for nominal scales", Educational
and Psychological Measurement 20(1), 1960.

Shapes: M and P segments, T instants, B = 7 body parts.
"""
from typing import Dict, Mapping, Sequence, Union

import numpy as np

from mmaction_microaction.labels import (ACTION_TO_BODY, BODY_NAMES,
                                         NUM_ACTIONS, NUM_BODIES)
from mmaction_microaction.utils.errors import UserError
from .detection import segment_tiou
from .detection_input import GroundTruth, Rows, check_thresholds, pool_rows

#: What :func:`annotation_agreement` calls all body parts together.
ALL_BODIES = 'all'


def cohen_kappa(a: np.ndarray, b: np.ndarray) -> float:
    """Cohen's kappa of two sequences of categories.

    Args:
        a (np.ndarray): Any shape, integers; the first annotator's category of
            every instant.
        b (np.ndarray): The same shape; the second annotator's.

    Returns:
        float: At most 1, 0 for chance; NaN if there is one category only, or
        nothing at all.

    Raises:
        ValueError: If the shapes differ.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise UserError('expected two annotations of the same instants, but '
                        f'got the shapes {a.shape} and {b.shape}')
    categories, codes = np.unique([a.ravel(), b.ravel()], return_inverse=True)
    first, second = codes.reshape(2, -1)
    counts = [np.bincount(x, minlength=len(categories)).astype(object)
              for x in (first, second)]  # yapf: disable
    # Whole numbers, N^2 times the shares, so that p_e == 1 is exact.
    total = a.size**2
    by_chance = int(np.dot(*counts)) if total else 0
    observed = int((first == second).sum()) * a.size
    if by_chance == total:
        return float('nan')
    return (observed - by_chance) / (total - by_chance)


def frame_categories(annotation: GroundTruth,
                     duration: float,
                     step: float = 0.04) -> np.ndarray:
    """What every body part does in the middle of each step.

    Args:
        annotation (tuple): Segments (M, 2) in seconds and labels (M,).
        duration (float): Of the video, seconds.
        step (float): Seconds. Defaults to 0.04, a frame of 25 per second.

    Returns:
        np.ndarray: Shape (B, T), int64: the sum of 2 ** label over the
        actions of the part that go on; 0 for none. The last step is left out
        if its middle is outside the video.

    Raises:
        ValueError: If there is no step, or the annotation is malformed.
    """
    rows = _check(annotation, 'annotation')
    if not (0 < step < np.inf and step / 2 < duration < np.inf):
        raise UserError('expected a step above 0 s and a video of half a '
                        f'step at least, but got {step} s and {duration} s')
    count = int(np.ceil(duration / step - 0.5))
    instants = (np.arange(count) + 0.5) * step
    categories = np.zeros((NUM_BODIES, count), dtype=np.int64)
    for label, ranges in zip(rows.labels,
                             np.searchsorted(instants, rows.segments)):
        categories[ACTION_TO_BODY[label], slice(*ranges)] |= 1 << int(label)
    return categories


def match_segments(a: GroundTruth,
                   b: GroundTruth,
                   threshold: float = 0.5) -> np.ndarray:
    """Match segments of the same action one to one, as many as possible.

    Args:
        a (tuple): Segments (M, 2) in seconds and labels (M,).
        b (tuple): Segments (P, 2) in seconds and labels (P,).
        threshold (float): Least temporal IoU of a match, above 0 to 1.
            Defaults to 0.5.

    Returns:
        np.ndarray: Shape (M,), int64: the number of the partner in ``b``, -1
        for none.

    Raises:
        ValueError: If an argument is malformed.
    """
    check_thresholds([threshold])
    a, b = _check(a, 'a'), _check(b, 'b')
    neighbours = [()] * len(a.labels)
    for label in np.intersect1d(a.labels, b.labels):
        rows, columns = (np.flatnonzero(x.labels == label) for x in (a, b))
        tiou = segment_tiou(a.segments[rows], b.segments[columns], 'opentad')
        for row, reached in zip(rows, tiou >= threshold):
            neighbours[row] = columns[reached]
    partner_of_b = np.full(len(b.labels), -1)
    for start in range(len(neighbours)):
        _augment(start, neighbours, partner_of_b)
    partners = np.full(len(a.labels), -1)
    matched = np.flatnonzero(partner_of_b >= 0)
    partners[partner_of_b[matched]] = matched
    return partners


def annotation_agreement(
        a: GroundTruth,
        b: GroundTruth,
        duration: float,
        step: float = 0.04,
        threshold: float = 0.5) -> Dict[str, Dict[str, Union[int, float]]]:
    """Compare two annotations of one video, per body part and altogether.

    Args:
        a (tuple): Segments (M, 2) in seconds and labels (M,), 0 to 51.
        b (tuple): Segments (P, 2) in seconds and labels (P,), 0 to 51.
        duration (float): Of the video, seconds.
        step (float): Of the grid for kappa, seconds. Defaults to 0.04.
        threshold (float): Least temporal IoU of a match. Defaults to 0.5.

    Returns:
        dict[str, dict]: By name of the body part, and ``'all'``: ``kappa``,
        ``agreement`` (share of instants, 0-1), ``f1`` (0-1), ``matched``
        (pairs of segments), ``count_a``, ``count_b`` (segments),
        ``seconds_a`` and ``seconds_b`` (sums of their durations).

    Raises:
        ValueError: If an argument is malformed or a segment ends after the
            video.
    """
    rows = dict(a=_check(a, 'a'), b=_check(b, 'b'))
    for name, its in rows.items():
        # Annotation programs round to milliseconds.
        if (its.segments > duration + 1e-3).any():
            raise UserError(
                f'annotation {name} has a segment that ends at '
                f'{its.segments.max():.3f} s, but the video at {duration:.3f}')
    categories = [frame_categories(x, duration, step) for x in (a, b)]
    partners = match_segments(a, b, threshold)
    scores = {}
    for body, name in enumerate([*BODY_NAMES, ALL_BODIES]):
        bodies = [body] if name != ALL_BODIES else list(range(NUM_BODIES))
        ours = {
            key: np.isin(ACTION_TO_BODY[its.labels], bodies)
            for key, its in rows.items()
        }
        scores[name] = _scores(*(x[bodies] for x in categories), rows, ours,
                               int((partners[ours['a']] >= 0).sum()))
    return scores


def _scores(a: np.ndarray, b: np.ndarray, rows: Mapping[str, Rows],
            ours: Mapping[str, np.ndarray],
            matched: int) -> Dict[str, Union[int, float]]:
    """Categories of some body parts, and which segments are of them."""
    counts = {key: int(mask.sum()) for key, mask in ours.items()}
    total = sum(counts.values())
    lengths = {
        key: float(np.diff(rows[key].segments[mask]).sum())
        for key, mask in ours.items()
    }
    return dict(
        kappa=cohen_kappa(a, b),
        agreement=float((a == b).mean()),
        f1=2 * matched / total if total else float('nan'),
        matched=matched,
        **{
            f'count_{key}': value
            for key, value in counts.items()
        },
        **{
            f'seconds_{key}': value
            for key, value in lengths.items()
        })


def _augment(start: int, neighbours: Sequence[np.ndarray],
             partner_of_b: np.ndarray) -> None:
    """Find one match more by breadth-first search, if there is any."""
    came_from, queue = {}, [start]
    for row in queue:
        for column in neighbours[row]:
            if column in came_from:
                continue
            came_from[column] = row
            if partner_of_b[column] >= 0:
                queue.append(partner_of_b[column])
                continue
            while column is not None:  # each on the way changes its partner
                row = came_from[column]
                taken = np.flatnonzero(partner_of_b == row)
                partner_of_b[column] = row
                column = taken[0] if len(taken) else None
            return


def _check(annotation: GroundTruth, name: str) -> Rows:
    return pool_rows({name: annotation}, {name: 0}, NUM_ACTIONS, 'segments')
