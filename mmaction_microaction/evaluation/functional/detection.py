# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Mean average precision of temporal detection, in NumPy.

For each class, over all videos, predictions are processed by descending score.
Each one takes, of the free instances of its video and class with tIoU >=
threshold, the one with the largest tIoU, and is a hit; otherwise it is a false
positive. AP is the area under the precision envelope (VOC 2011, all points).
There are two flavours:

- ``baseline``: adds 1e-4 s to the union of two segments, so that a tIoU of
  exactly the threshold is missed. The mean is over all classes; a class
  without ground truth counts as 0.
- ``opentad``: the union is at least 1e-8 s. The mean is over the classes with
  ground truth; 0 if there are none.

Equal scores are sorted by video id (as strings, case-sensitive), then by input
order; of two instances with equal tIoU the first is taken. At body level every
action counts as its body part, without merging: two overlapping instances or
predictions of one part remain two. Times are float64 from the file on, as
frame / fps: a tIoU often equals a threshold.

Source: the MMA-52 challenge baseline of 2024 (Li et al., "MMAD: Multi-label
Micro-Action Detection in Videos", ICCV 2025) and OpenTAD, both after the
evaluation of ActivityNet. The body level is that of MMA-82.

Shapes: M instances, P predictions, T thresholds, K classes in G groups, V
cells (a class in a video), I instances in the largest cell.
"""
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError

#: Thresholds of the baseline of 2024; later challenges report 0.2, 0.5, 0.7.
TIOU_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FLAVOURS = ('baseline', 'opentad')

#: Segments (P, 2) in seconds and labels (P,) of one video.
GroundTruth = Tuple[np.ndarray, np.ndarray]
#: Segments (P, 2) in seconds, labels (P,) and scores (P,) of one video.
Detections = Tuple[np.ndarray, np.ndarray, np.ndarray]

_EMPTY = np.empty((0, 2)), np.empty(0, np.int64), np.empty(0)


class Rows(NamedTuple):
    """Instances or predictions of many videos, concatenated."""
    segments: np.ndarray  # (P, 2), start and end in seconds
    labels: np.ndarray  # (P,)
    scores: np.ndarray  # (P,), 0 for ground truth
    videos: np.ndarray  # (P,), numbers


def detection_scores(ground_truth: Mapping[str, GroundTruth],
                     predictions: Mapping[str, Detections],
                     thresholds: Sequence[float] = TIOU_THRESHOLDS,
                     flavour: str = 'baseline',
                     taxonomy: Taxonomy = MA52) -> Dict[str, float]:
    """Mean average precision; arguments and errors of :func:`detection_ap`.

    Returns:
        dict[str, float]: ``action_mAP@0.1`` etc. for each threshold, their
        mean ``action_mAP``, and the same for ``body``; 0 to 1.
    """
    ap = detection_ap(ground_truth, predictions, thresholds, flavour, taxonomy)
    return mean_detection_ap(ap, thresholds, flavour)


def detection_ap(ground_truth: Mapping[str, GroundTruth],
                 predictions: Mapping[str, Detections],
                 thresholds: Sequence[float] = TIOU_THRESHOLDS,
                 flavour: str = 'baseline',
                 taxonomy: Taxonomy = MA52) -> Dict[str, np.ndarray]:
    """Average precision at every threshold.

    Args:
        ground_truth (Mapping[str, tuple]): Video -> segments (M, 2), seconds,
            and classes (M,).
        predictions (Mapping[str, tuple]): Video -> segments (P, 2), classes
            (P,) and scores (P,); videos may be missing. A segment without
            length is a false positive.
        thresholds (Sequence[float]): T values of tIoU in (0, 1].
        flavour (str): ``'baseline'`` or ``'opentad'``, see above.

    Returns:
        dict[str, np.ndarray]: ``action`` (T, K) and ``body`` (T, G), 0 to 1;
        NaN for a class without ground truth, in both flavours.

    Raises:
        ValueError: For an invalid argument or row, or an unknown video.
    """
    check_flavour(flavour)
    thresholds = check_thresholds(thresholds)
    truth, found = pool_rows(ground_truth, predictions, taxonomy)
    action = _class_ap(truth, found, thresholds, flavour, taxonomy.num_classes)
    truth, found = (to_groups(pool, taxonomy) for pool in (truth, found))
    body = _class_ap(truth, found, thresholds, flavour, taxonomy.num_groups)
    return dict(action=action, body=body)


def mean_detection_ap(ap: Mapping[str, np.ndarray],
                      thresholds: Sequence[float] = TIOU_THRESHOLDS,
                      flavour: str = 'baseline') -> Dict[str, float]:
    """Average the result of :func:`detection_ap` over the classes, then over
    the thresholds; returns that of :func:`detection_scores`."""
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


def average_precision(hits: np.ndarray, num_instances: int) -> np.ndarray:
    """Area (T,) under the precision envelope of a class; NaN without
    instances.

    Args:
        hits (np.ndarray): (P, T) bool, by descending score of all videos:
            whether a prediction hit an instance at each threshold.
        num_instances (int): Of the class in all videos.
    """
    if num_instances == 0:
        return np.full(hits.shape[1], np.nan)
    precision = hits.cumsum(axis=0) / np.arange(1, len(hits) + 1)[:, None]
    envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    # Recall grows at the hits only, each time by one instance.
    return (envelope * hits).sum(axis=0) / num_instances


def segment_tiou(a: np.ndarray, b: np.ndarray, flavour: str) -> np.ndarray:
    """Temporal intersection over union of segments (..., 2), broadcast."""
    intersection = (np.minimum(a[..., 1], b[..., 1]) -
                    np.maximum(a[..., 0], b[..., 0])).clip(min=0)
    union = (a[..., 1] - a[..., 0]) + (b[..., 1] - b[..., 0]) - intersection
    union = union + 1e-4 if flavour == 'baseline' else union.clip(min=1e-8)
    return intersection / union


def _class_ap(truth: Rows, found: Rows, thresholds: np.ndarray, flavour: str,
              num_classes: int) -> np.ndarray:
    """AP (T, K); ``found`` is sorted by score."""
    partners = find_partners(truth, found, thresholds, flavour, num_classes)
    counts = np.bincount(truth.labels, minlength=num_classes)
    return np.stack([
        average_precision(partners[found.labels == label] >= 0, count)
        for label, count in enumerate(counts)
    ], axis=1)  # yapf: disable


def find_partners(truth: Rows, found: Rows, thresholds: np.ndarray,
                  flavour: str, num_classes: int) -> np.ndarray:
    """Instance that each prediction hits, (P, T) int64, -1 for none; ``found``
    is sorted by score.

    Predictions compete only within their cell, so the best ones of all cells
    are matched at once, then the second best, and so on.
    """
    partners = np.full((len(found.labels), len(thresholds)), -1)
    keys, cell_of_truth = np.unique(
        truth.videos * num_classes + truth.labels, return_inverse=True)
    found_keys = found.videos * num_classes + found.labels
    rows = np.flatnonzero(np.isin(found_keys, keys))
    if not rows.size:
        return partners
    place = _rank_in_cell(cell_of_truth)
    # (V, I, 2); NaN where a cell is smaller than the largest: a comparison
    # with it is false.
    table = np.full((len(keys), place.max() + 1, 2), np.nan)
    table[cell_of_truth, place] = truth.segments
    instances = np.full(table.shape[:2], -1)
    instances[cell_of_truth, place] = np.arange(len(place))
    cells = np.searchsorted(keys, found_keys[rows])
    tiou = segment_tiou(table[cells], found.segments[rows, None], flavour)
    possible = (tiou >= thresholds.min()).any(axis=1)
    rows, cells, tiou = rows[possible], cells[possible], tiou[possible]

    free = np.ones((*table.shape[:2], len(thresholds)), dtype=bool)
    turn = _rank_in_cell(cells)
    ends = np.cumsum(np.bincount(turn))
    for now in np.split(np.argsort(turn, kind='stable'), ends[:-1]):
        overlap = tiou[now, :, None]
        eligible = free[cells[now]] & (overlap >= thresholds)
        best = np.where(eligible, overlap, -1).argmax(axis=1)
        hit, threshold = np.nonzero(eligible.any(axis=1))
        taken = cells[now][hit], best[hit, threshold]
        partners[rows[now][hit], threshold] = instances[taken]
        free[(*taken, threshold)] = False
    return partners


def _rank_in_cell(cells: np.ndarray) -> np.ndarray:
    """Number of entries of the same cell before each entry, (P,) int64."""
    import pandas
    return pandas.Series(cells).groupby(cells).cumcount().to_numpy()


def check_thresholds(thresholds: Sequence[float]) -> np.ndarray:
    """(T,) float64; ValueError if empty, repeated or not in (0, 1]."""
    values = np.asarray(thresholds, dtype=np.float64)
    fits = values.ndim == 1 and values.size and ((values > 0) &
                                                 (values <= 1)).all()
    if not fits or len(np.unique(values)) < len(values):
        raise UserError('thresholds must be different numbers above 0 to 1, '
                        f'such as (0.2, 0.5, 0.7), but got {thresholds!r}')
    return values


def check_flavour(flavour: str) -> None:
    """Raise ValueError unless it is one of :data:`FLAVOURS`."""
    if flavour not in FLAVOURS:
        raise UserError(
            f'flavour must be one of {FLAVOURS}, but got {flavour!r}')


def check_rows(segments: Any,
               labels: Any,
               scores: Optional[Any] = None,
               *,
               where: str,
               num_classes: int) -> Detections:
    """Rows of a video as float64, int64 and float64 (scores: 0 if None, for
    ground truth); ValueError, starting with ``where``, if malformed."""
    is_truth = scores is None
    segments, labels = np.asarray(segments, np.float64), np.asarray(labels)
    scores = np.zeros(labels.shape) if is_truth else np.asarray(
        scores, np.float64)
    if segments.size == labels.size == scores.size == 0:
        return _EMPTY
    if not (segments.shape == (labels.size, 2)
            and labels.shape == scores.shape == (labels.size, )):
        raise UserError(
            f'{where}: expected segments (P, 2), labels (P,) and scores (P,), '
            f'but got the shapes {segments.shape}, {labels.shape} and '
            f'{scores.shape}')
    start, end = segments.T
    # Predictions at a video's very end may be cut to no length at all.
    for wrong, rule in (
        (~np.isfinite(segments).all(axis=1), 'times must be finite'),
        (end <= start if is_truth else end < start,
         'the end must come after the start'),
        (~np.isfinite(scores), 'scores must be finite'),
        (~np.isin(labels, range(num_classes)),
         f'labels must be integers from 0 to {num_classes - 1}'),
    ):  # yapf: disable
        if wrong.any():
            row = np.flatnonzero(wrong)[0]
            score = '' if is_truth else f', score {scores[row]:g}'
            raise UserError(
                f'{where}: {rule}, but row {row} has start {start[row]:g} s, '
                f'end {end[row]:g} s, label {labels[row]:g}{score} '
                f'({wrong.sum()} such rows)')
    return segments, labels.astype(np.int64), scores


def pool_rows(ground_truth: Mapping[str, GroundTruth],
              predictions: Mapping[str, Detections],
              taxonomy: Taxonomy) -> Tuple[Rows, Rows]:
    """Instances of all videos, and predictions by descending score; ValueError
    for malformed rows or videos without ground truth."""
    unknown = sorted(set(predictions) - set(ground_truth))
    if unknown:
        raise UserError(f'there are predictions for {len(unknown)} videos '
                        f'without truth (first: {unknown[:3]})')
    videos = {video: number for number, video in enumerate(ground_truth)}
    truth, found = (_pool(rows, videos, taxonomy.num_classes, what)
                    for rows, what in ((ground_truth, 'ground truth'),
                                       (predictions, 'predictions')))
    order = np.argsort(-found.scores, kind='stable')
    return truth, Rows(*(column[order] for column in found))


def to_groups(pool: Rows, taxonomy: Taxonomy) -> Rows:
    """Rows with groups as classes."""
    return pool._replace(labels=taxonomy.group_index[pool.labels])


def _pool(rows: Mapping[str, tuple], videos: Dict[str, int], num_classes: int,
          what: str) -> Rows:
    """Concatenate the rows of all videos, sorted by video id."""
    pools = [(*_EMPTY, np.empty(0, np.int64))]
    for video in sorted(rows):
        columns = check_rows(
            *rows[video],
            where=f'{what} of video {video!r}',
            num_classes=num_classes)
        pools.append((*columns, np.full(len(columns[0]), videos[video])))
    return Rows(*map(np.concatenate, zip(*pools)))
