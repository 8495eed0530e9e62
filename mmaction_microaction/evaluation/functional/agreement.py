# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Agreement of two annotations of one video, neither of which is the truth.

*Cohen's kappa*, (p_o - p_e) / (1 - p_e) of the observed agreement and chance
agreement, over the midpoints of the steps of a grid. The category of a body
part (group of the label set) is the set of its current actions: none, one, or
several (marking one of two actions does not agree with marking both). For all
body parts together, every part at every instant is one judgement. NaN if both
annotations have a single, equal category.

*Segment F1*, 2 matches / (M + P): segments of the same action are matched one
to one, as many as possible, where their temporal IoU reaches a threshold. NaN
if neither annotation has a segment, 0 if one has none.

*Without unsure segments*: a body part is not judged at instants that either
annotation marks as unsure for it; unsure segments, and those of the same body
part whose IoU with one reaches the threshold, do not count.

Source: Cohen, "A coefficient of agreement for nominal scales", Educational and
Psychological Measurement 20(1), 1960.

Shapes: M and P segments, T instants, K classes in G groups; D draws of S
sessions.
"""
from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .detection import GroundTruth, check_rows, check_thresholds, segment_tiou


def frame_categories(annotation: GroundTruth,
                     duration: float,
                     step: float = 0.04,
                     taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Category of every body part at the midpoint of each step.

    Args:
        annotation (Tuple[np.ndarray, np.ndarray]): (M, 2) seconds, (M,)
            classes.
        duration, step (float): Of the video and the grid, seconds.

    Returns:
        np.ndarray: (G, T) int64, the sum of 2 ** label over the current
        actions; Python integers for more than 63 classes.

    Raises:
        ValueError: If the video is shorter than half a step.
    """
    segments, labels = _check(annotation, 'of a video', taxonomy)
    if not (0 < step < np.inf and step / 2 < duration < np.inf):
        raise UserError('expected a step above 0 s and a video of half a '
                        f'step at least, but got {step} s and {duration} s')
    count = int(np.ceil(duration / step - 0.5))
    instants = (np.arange(count) + 0.5) * step
    categories = np.zeros((taxonomy.num_groups, count),
                          np.int64 if taxonomy.num_classes < 64 else object)
    for label, during in zip(labels, np.searchsorted(instants, segments)):
        categories[taxonomy.group_of[label], slice(*during)] |= 1 << int(label)
    return categories


def match_segments(a: GroundTruth,
                   b: GroundTruth,
                   threshold: float = 0.5,
                   taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Match segments of the same action one to one, as many as possible.

    Args:
        a, b (Tuple[np.ndarray, np.ndarray]): Segments (M, 2) and (P, 2),
            seconds, and their classes (M,) and (P,).
        threshold (float): Least temporal IoU of a match.

    Returns:
        np.ndarray: (M,) int64, index of the partner in ``b``, -1 for none.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching
    check_thresholds([threshold])
    (a, ours), (b, theirs) = (_check(x, name, taxonomy)
                              for x, name in ((a, 'a'), (b, 'b')))
    fits = segment_tiou(a[:, None], b, 'opentad') >= threshold
    graph = csr_array(fits & (ours[:, None] == theirs))
    return maximum_bipartite_matching(graph, 'column').astype(np.int64)


class Tally(NamedTuple):
    """Counts of two annotations of a body part."""
    a: Counter  # category, see frame_categories -> instants
    b: Counter
    same: int  # instants of one category
    matched: int  # pairs of segments
    count_a: int  # segments
    count_b: int
    seconds_a: float  # sum of their durations
    seconds_b: float


def tally_agreement(
        a: GroundTruth,
        b: GroundTruth,
        duration: float,
        step: float = 0.04,
        threshold: float = 0.5,
        taxonomy: Taxonomy = MA52,
        unsure: Optional[Sequence[np.ndarray]] = None) -> Dict[str, Tally]:
    """Compare two annotations of one video, per body part and ``'all'``.

    Args:
        a, b (Tuple[np.ndarray, np.ndarray]): Segments (M, 2) and (P, 2),
            seconds, and their classes (M,) and (P,).
        duration (float): Length of the video, seconds.
        step (float): Grid for kappa, seconds.
        threshold (float): Least temporal IoU of a match.
        unsure (Sequence[np.ndarray], optional): (M,) and (P,) bool, segments
            to leave out.

    Raises:
        ValueError: For malformed rows, or segments beyond the end.
    """
    both = [_check(x, name, taxonomy) for x, name in ((a, 'a'), (b, 'b'))]
    for name, (segments, _) in zip('ab', both):
        # Annotation programs round to milliseconds.
        if (segments > duration + 1e-3).any():
            raise UserError(
                f'annotation {name} has a segment that ends at '
                f'{segments.max():.3f} s, but the video at {duration:.3f}')
    grids = [frame_categories(x, duration, step, taxonomy) for x in (a, b)]
    judged = np.ones(grids[0].shape, bool)
    if unsure is not None:
        for (segments, labels), mask in zip(both, unsure):
            its = segments[mask], labels[mask]
            judged &= frame_categories(its, duration, step, taxonomy) == 0
        both = _drop_unsure(both, unsure, threshold, taxonomy)
    matched = match_segments(*both, threshold, taxonomy) >= 0
    parts = {name: [index] for index, name in enumerate(taxonomy.groups)}
    parts['all'] = list(range(taxonomy.num_groups))
    tallies = {}
    for part, groups in parts.items():
        first, second = (grid[groups][judged[groups]] for grid in grids)
        ours = [np.isin(taxonomy.group_index[x], groups) for _, x in both]
        lengths = [np.diff(x[its]) for (x, _), its in zip(both, ours)]
        tallies[part] = Tally(
            Counter(first.tolist()), Counter(second.tolist()),
            int((first == second).sum()), int(matched[ours[0]].sum()),
            *map(len, lengths), *(float(x.sum()) for x in lengths))
    return tallies


def annotation_agreement(
        a: GroundTruth,
        b: GroundTruth,
        duration: float,
        step: float = 0.04,
        threshold: float = 0.5,
        taxonomy: Taxonomy = MA52,
        unsure: Optional[Sequence[np.ndarray]] = None) -> Dict[str, dict]:
    """:func:`pooled_agreement` of a single :func:`tally_agreement`."""
    return pooled_agreement(
        [tally_agreement(a, b, duration, step, threshold, taxonomy, unsure)],
        0)


def pooled_agreement(sessions: Sequence[Dict[str, Tally]],
                     draws: int = 2000,
                     seed: int = 0) -> Dict[str, Dict[str, float]]:
    """Agreement over sessions, whose instants and segments are added up.

    Args:
        sessions (Sequence[Dict[str, Tally]]): Of :func:`tally_agreement`.
        draws (int): Bootstrap samples of as many sessions, with replacement
            (percentile bootstrap; Efron and Tibshirani, "An Introduction to
            the Bootstrap", 1993, chapter 13). 0: no intervals.

    Returns:
        dict[str, dict[str, float]]: By body part: ``kappa``, ``agreement``
        (share of instants, 0-1), ``f1`` (0-1), the sums of :class:`Tally`, and
        95 % intervals ``kappa_low``, ``kappa_high``, ``f1_low``, ``f1_high``
        over the samples in which the number is defined; NaN unless at least
        two sessions have a segment.
    """
    weights = np.random.default_rng(seed).multinomial(
        len(sessions), [1 / len(sessions)] * len(sessions), draws)
    pooled = {}
    for part in sessions[0]:
        tallies = [x[part] for x in sessions]
        (kappa, *_), (f1, *_) = _kappa_and_f1(tallies,
                                              np.ones((1, len(tallies))))
        same, *sums = (sum(x) for x in zip(*(y[2:] for y in tallies)))
        total = sum(sum(x.a.values()) for x in tallies)
        row = dict(
            kappa=float(kappa),
            agreement=same / total if total else np.nan,
            f1=float(f1),
            **dict(zip(Tally._fields[3:], sums)))
        few = sum(x.count_a + x.count_b > 0 for x in tallies) < 2
        for key, values in zip(('kappa', 'f1'),
                               _kappa_and_f1(tallies, weights)):
            values = np.full(1, np.nan) if few else values[~np.isnan(values)]
            if draws:
                row[f'{key}_low'], row[f'{key}_high'] = np.percentile(
                    values if len(values) else np.nan, [2.5, 97.5]).tolist()
        pooled[part] = row
    return pooled


def _kappa_and_f1(tallies: Sequence[Tally],
                  weights: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """(D,) each, of S tallies summed by (D, S) weights; NaN if undefined."""
    categories = list(set().union(*(x.a | x.b for x in tallies)))
    a, b = (
        weights @ np.reshape([[counts[x] for x in categories]
                              for counts in side], (len(tallies), -1))
        for side in ([x.a for x in tallies], [x.b for x in tallies]))
    same, matched, *counts = (
        weights @ [getattr(x, key) for x in tallies]
        for key in ('same', 'matched', 'count_a', 'count_b'))
    with np.errstate(invalid='ignore', divide='ignore'):
        total = a.sum(1)
        chance = (a * b).sum(1) / total**2
        return (same / total - chance) / (1 -
                                          chance), 2 * matched / sum(counts)


def _drop_unsure(both: Sequence[GroundTruth], unsure: Sequence[np.ndarray],
                 threshold: float, taxonomy: Taxonomy) -> List[GroundTruth]:
    (a, ours), (b, theirs) = both
    groups = taxonomy.group_index[ours][:, None], taxonomy.group_index[theirs]
    near = segment_tiou(a[:, None], b, 'opentad') >= threshold
    near &= groups[0] == groups[1]
    marked = (unsure[0] | (near & unsure[1]).any(1),
              unsure[1] | (near.T & unsure[0]).any(1))
    return [(segments[~mask], labels[~mask])
            for (segments, labels), mask in zip(both, marked)]


def _check(annotation: GroundTruth, name: str,
           taxonomy: Taxonomy) -> GroundTruth:
    return check_rows(
        *annotation,
        where=f'annotation {name}',
        num_classes=taxonomy.num_classes)[:2]
