# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Mean average precision of temporal detection, in NumPy.

For each class, over all videos together, predictions come by descending
score. Each takes, of the still free instances of its video and class with
tIoU >= threshold, the one with the largest tIoU, and is a hit; if there is
none it is a false positive. AP is the area under the precision envelope (VOC
2011, all points). Two flavours are in use:

============  =====================  ====================================
flavour       union of two segments  mean AP is taken over
============  =====================  ====================================
``baseline``  1e-4 s are added       all classes; one without ground truth
                                     counts as 0
``opentad``   at least 1e-8 s        the classes with ground truth; 0 if
                                     there are none
============  =====================  ====================================

So ``baseline`` does not give 1 to perfect predictions where a class is
absent, and misses a tIoU that is exactly the threshold.

Ties: equal scores come by video id (sorted as strings, case counts), then in
the order given; of two instances with equal tIoU the first given is taken.
The order of the videos thus never matters.

Body level: every action stands for its body part, and nothing is merged. Two
overlapping instances of one part stay two, and so do two predictions.

Source: the MMA-52 challenge baseline of 2024 (Li et al., "MMAD: Multi-label
Micro-Action Detection in Videos", ICCV 2025) and OpenTAD, both after the
evaluation of ActivityNet. The body level is that of MMA-82.

Shapes: M instances, P predictions, T thresholds, K classes in G groups, V
cells (the instances of one class in one video), I instances in the largest
cell.
"""
from typing import Dict, List, Mapping, Sequence

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .detection_input import (TIOU_THRESHOLDS, Detections, GroundTruth, Rows,
                              check_flavour, check_thresholds, pool_rows)


def segment_tiou(a: np.ndarray,
                 b: np.ndarray,
                 flavour: str = 'baseline') -> np.ndarray:
    """Temporal intersection over union (M, P) of segments (M, 2) and (P, 2).
    """
    check_flavour(flavour)
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape[1:] != (2, ) or b.shape[1:] != (2, ):
        raise UserError('expected segments of shape (M, 2) and (P, 2), but '
                        f'got {a.shape} and {b.shape}')
    return _tiou(a[:, None], b[None], flavour)


def average_precision(hits: np.ndarray, num_instances: int) -> np.ndarray:
    """Area (T,) under the precision envelope of a class, all videos together.

    ``hits`` (P, T) says which predictions found an instance at each threshold,
    by descending score. NaN if there is nothing to find, 0 if there is
    something but no prediction.
    """
    hits = np.asarray(hits, dtype=bool)
    if num_instances == 0:
        return np.full(hits.shape[1], np.nan)
    precision = hits.cumsum(axis=0) / np.arange(1, len(hits) + 1)[:, None]
    envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    # Recall grows at the hits only, each time by one instance.
    return (envelope * hits).sum(axis=0) / num_instances


def detection_ap(ground_truth: Mapping[str, GroundTruth],
                 predictions: Mapping[str, Detections],
                 thresholds: Sequence[float] = TIOU_THRESHOLDS,
                 flavour: str = 'baseline',
                 taxonomy: Taxonomy = MA52) -> Dict[str, np.ndarray]:
    """Average precision at every threshold, 0 to 1: ``action`` (T, K) and
    ``body`` (T, G); NaN where a class has no ground truth, in both flavours.

    Args:
        ground_truth (Mapping[str, tuple]): Of every video the segments (M, 2)
            in seconds and labels (M,); M may be 0.
        predictions (Mapping[str, tuple]): Of some of these videos segments
            (P, 2) in seconds, labels (P,) and scores (P,); P may be 0.
        thresholds (Sequence[float]): T values of tIoU, above 0 to 1.
        flavour (str): ``'baseline'`` or ``'opentad'``, see the table above.
        taxonomy (Taxonomy): The label set.

    Raises:
        ValueError: If a threshold or the flavour is wrong, predictions are
            for a video without an entry in ``ground_truth``, or rows are
            malformed. A prediction without length is a false positive.
    """
    check_flavour(flavour)
    thresholds = check_thresholds(thresholds)
    unknown = sorted(set(predictions) - set(ground_truth))
    if unknown:
        raise UserError(
            f'there are predictions for {len(unknown)} videos that the ground '
            f'truth does not have (first: {unknown[:3]})')
    count = taxonomy.num_classes
    videos = {video: number for number, video in enumerate(ground_truth)}
    truth = pool_rows(ground_truth, videos, count, 'ground truth')
    found = pool_rows(predictions, videos, count, 'predictions')
    order = np.argsort(-found.scores, kind='stable')
    found = Rows(*(column[order] for column in found))

    action = _class_ap(truth, found, thresholds, flavour, count)
    truth, found = (
        pool._replace(labels=taxonomy.group_index[pool.labels])
        for pool in (truth, found))
    body = _class_ap(truth, found, thresholds, flavour, taxonomy.num_groups)
    return dict(action=action, body=body)


def mean_detection_ap(ap: Mapping[str, np.ndarray],
                      thresholds: Sequence[float] = TIOU_THRESHOLDS,
                      flavour: str = 'baseline') -> Dict[str, float]:
    """Average what :func:`detection_ap` gives over the classes, then over the
    thresholds; see :func:`detection_scores`."""
    check_flavour(flavour)
    scores = {}
    for level, values in ap.items():
        classes = ~np.isnan(values[0])
        count = len(classes) if flavour == 'baseline' else classes.sum()
        means = np.nansum(values, axis=1) / max(count, 1)
        for threshold, mean in zip(thresholds, means):
            scores[f'{level}_mAP@{threshold:g}'] = float(mean)
        scores[f'{level}_mAP'] = float(means.mean())
    return scores


def detection_scores(ground_truth: Mapping[str, GroundTruth],
                     predictions: Mapping[str, Detections],
                     thresholds: Sequence[float] = TIOU_THRESHOLDS,
                     flavour: str = 'baseline',
                     taxonomy: Taxonomy = MA52) -> Dict[str, float]:
    """Mean average precision of what :func:`detection_ap` takes:
    ``action_mAP@0.1`` and so on for each threshold, their mean ``action_mAP``,
    and the same for ``body``; 0 to 1."""
    ap = detection_ap(ground_truth, predictions, thresholds, flavour, taxonomy)
    return mean_detection_ap(ap, thresholds, flavour)


def _tiou(a: np.ndarray, b: np.ndarray, flavour: str) -> np.ndarray:
    """Segments (..., 2) that broadcast against each other."""
    intersection = (np.minimum(a[..., 1], b[..., 1]) -
                    np.maximum(a[..., 0], b[..., 0])).clip(min=0)
    union = (a[..., 1] - a[..., 0]) + (b[..., 1] - b[..., 0]) - intersection
    union = union + 1e-4 if flavour == 'baseline' else union.clip(min=1e-8)
    return intersection / union


def _class_ap(truth: Rows, found: Rows, thresholds: np.ndarray, flavour: str,
              num_classes: int) -> np.ndarray:
    """AP (T, K); ``found`` is sorted by score."""
    hits = _find_hits(truth, found, thresholds, flavour, num_classes)
    counts = np.bincount(truth.labels, minlength=num_classes)
    return np.stack([
        average_precision(hits[found.labels == label], count)
        for label, count in enumerate(counts)
    ], axis=1)  # yapf: disable


def _find_hits(truth: Rows, found: Rows, thresholds: np.ndarray, flavour: str,
               num_classes: int) -> np.ndarray:
    """Which predictions (P, T) find an instance.

    A prediction only competes with those of its own cell, so the best ones of
    all cells are matched at once, then the second best, and so on.
    """
    hits = np.zeros((len(found.labels), len(thresholds)), dtype=bool)
    keys, cell_of_truth = np.unique(
        truth.videos * num_classes + truth.labels, return_inverse=True)
    found_keys = found.videos * num_classes + found.labels
    rows = np.flatnonzero(np.isin(found_keys, keys))
    if not rows.size:
        return hits
    place = _rank_in_cell(cell_of_truth)
    # (V, I, 2); NaN where a cell is smaller than the largest: a comparison
    # with it is false.
    table = np.full((len(keys), place.max() + 1, 2), np.nan)
    table[cell_of_truth, place] = truth.segments
    cells = np.searchsorted(keys, found_keys[rows])
    tiou = _tiou(table[cells], found.segments[rows, None], flavour)
    possible = (tiou >= thresholds.min()).any(axis=1)
    rows, cells, tiou = rows[possible], cells[possible], tiou[possible]

    free = np.ones((*table.shape[:2], len(thresholds)), dtype=bool)
    for now in _rounds(cells):
        overlap = tiou[now, :, None]
        eligible = free[cells[now]] & (overlap >= thresholds)
        best = np.where(eligible, overlap, -1).argmax(axis=1)
        hits[rows[now]] = eligible.any(axis=1)
        hit, threshold = np.nonzero(hits[rows[now]])
        free[cells[now][hit], best[hit, threshold], threshold] = False
    return hits


def _rounds(cells: np.ndarray) -> List[np.ndarray]:
    """Indices of the first of every cell, of the second, and so on."""
    rank = _rank_in_cell(cells)
    ends = np.cumsum(np.bincount(rank))
    return np.split(np.argsort(rank, kind='stable'), ends[:-1])


def _rank_in_cell(cells: np.ndarray) -> np.ndarray:
    """How many of its cell come before each entry, (P,) int64."""
    order = np.argsort(cells, kind='stable')
    rank = np.empty(len(cells), dtype=np.int64)
    rank[order] = np.arange(len(cells)) - np.searchsorted(
        cells[order], cells[order])
    return rank
