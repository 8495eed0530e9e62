# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Accuracy of timelines: the segments shown to a person.

*Segment F1*: segments of an action are matched one to one, by descending
score, where their temporal IoU reaches a threshold; matches, detected and true
segments are summed over the videos. At body level an action counts as its body
part. *Calibration*: a confidence is right if it equals the share of matched
segments among those with this confidence.

Sources: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017,
Sec. 2 (expected calibration error); Zadrozny and Elkan, KDD 2002, Sec. 4
(isotonic regression).

Shapes: P detected segments of all videos, K classes, G groups, B points of a
curve. Times in seconds.
"""
from typing import Dict, Mapping, NamedTuple, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from .detection import (Detections, GroundTruth, check_thresholds,
                        find_partners, pool_rows, to_groups)


class Found(NamedTuple):
    """Detected segments of all videos, by descending score."""
    labels: np.ndarray  # (P,)
    scores: np.ndarray  # (P,)
    hits: np.ndarray  # (P,) bool, matched
    errors: np.ndarray  # (P, 2) of start and end, found less true; NaN if not
    counts: np.ndarray  # (K,) true segments of every class


def match_timelines(truth: Mapping[str, GroundTruth],
                    predictions: Mapping[str, Detections],
                    iou: float = .5,
                    taxonomy: Taxonomy = MA52,
                    body: bool = False) -> Found:
    """Match detections, best first, each with the free true segment of its
    video and class that it overlaps most.

    Args:
        truth (Mapping[str, GroundTruth]): Video -> segments (M, 2), seconds,
            and classes (M,).
        predictions (Mapping[str, Detections]): Video -> segments (P, 2),
            classes (P,) and scores (P,).
        iou (float): Least temporal IoU of a match.
        body (bool): Match body parts in place of classes; K is then G.

    Raises:
        ValueError: For malformed rows or an unknown video.
    """
    truth, found = pool_rows(truth, predictions, taxonomy)
    count = taxonomy.num_classes
    if body:
        truth, found = (to_groups(x, taxonomy) for x in (truth, found))
        count = taxonomy.num_groups
    partners = find_partners(truth, found, check_thresholds([iou]), 'opentad',
                             count)[:, 0]
    hits, errors = partners >= 0, np.full(found.segments.shape, np.nan)
    errors[hits] = found.segments[hits] - truth.segments[partners[hits]]
    return Found(found.labels, found.scores, hits, errors,
                 np.bincount(truth.labels, minlength=count))


def timeline_scores(truth: Mapping[str, GroundTruth],
                    predictions: Mapping[str, Detections],
                    ious: Tuple[float, ...] = (.3, .5, .7),
                    taxonomy: Taxonomy = MA52) -> Dict[str, float]:
    """Scores of segments; arguments as of :func:`match_timelines`, with
    several ``ious``.

    Returns:
        dict[str, float]: ``action_f1@0.5``, ``action_precision@0.5``,
        ``action_recall@0.5`` and so on for every IoU, and the same for
        ``body`` (0 to 1; NaN for 0 / 0); ``onset`` and ``offset``, median
        absolute errors, seconds, of the actions matched at the lowest IoU.
    """
    scores = {}
    for level in ('action', 'body'):
        for iou in ious:
            found = match_timelines(truth, predictions, iou, taxonomy,
                                    level == 'body')
            hits, true = found.hits.sum(), found.counts.sum()
            for name, part, whole in (('f1', 2 * hits, len(found.hits) + true),
                                      ('precision', hits, len(found.hits)),
                                      ('recall', hits, true)):
                scores[f'{level}_{name}@{iou:g}'] = float(
                    part / whole) if whole else float('nan')
            if level == 'action' and iou == min(ious):
                errors = np.abs(found.errors[found.hits])
                for name, column in zip(('onset', 'offset'), errors.T):
                    scores[name] = float(
                        np.median(column)) if len(column) else float('nan')
    return scores


def fit_thresholds(found: Found, prior: float = 10.) -> np.ndarray:
    """Score threshold of each class that maximizes its F1, (K,).

    Validation sessions have few true segments of a class, so the counts of all
    classes, scaled to ``prior`` true segments, are added to its own. Infinity
    if there is no match.
    """
    total = found.counts.sum()
    if not found.hits.any():
        return np.full(len(found.counts), np.inf)
    share, thresholds = prior / total, []
    for label, count in enumerate(found.counts):
        weight = share + (found.labels == label)
        hits, shown = (weight * found.hits).cumsum(), weight.cumsum()
        f1 = 2 * hits / np.maximum(shown + prior + count, 1e-9)
        # Of equal scores all are shown or none.
        last = np.append(np.diff(found.scores) < 0, True)
        best = int(np.where(last, f1, -1).argmax())
        behind = found.scores[best + 1:best + 2]
        thresholds.append((found.scores[best] + behind[0]) /
                          2 if len(behind) else found.scores[best])
    return np.array(thresholds)


def fit_reliability(scores: np.ndarray,
                    hits: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Share of hits at each score, as a non-decreasing curve of points (B,)
    and (B,) to interpolate; empty without scores."""
    from sklearn.isotonic import IsotonicRegression
    if not len(scores):
        return np.empty(0), np.empty(0)
    fit = IsotonicRegression(y_min=0, y_max=1).fit(scores, hits)
    return fit.X_thresholds_, fit.y_thresholds_


def expected_calibration_error(confidences: np.ndarray,
                               hits: np.ndarray,
                               bins: int = 10) -> float:
    """Mean difference of confidence and share of hits, weighted by count, over
    equal bins from 0 to 1; NaN without segments."""
    confidences, hits = np.asarray(confidences), np.asarray(hits, float)
    if not len(confidences):
        return float('nan')
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = np.bincount(places, confidences - hits, minlength=bins)
    return float(np.abs(gaps).sum() / len(hits))
