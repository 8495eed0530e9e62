# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Agreement of two annotations of one video.

*Cohen's kappa*, frame by frame: the video is looked at in the middle of every
step of a grid. For each body part (group of the label set) the category of an
instant is the set of its actions that go on then: none, one, or several
together (a category of its own, so that nothing has to be chosen where actions
overlap; who marks one of two actions does not agree with who marks both). Over
all body parts together, every part of every instant is one judgement, and
'none' is one category. With the observed agreement p_o and that of chance p_e,
from the two annotators' own frequencies::

    kappa = (p_o - p_e) / (1 - p_e)

which is NaN where both know one category only and the same: p_e is 1, as for
a body part that neither has seen moving.

*Segment F1*: segments of the same action are matched one to one, as many as
possible, where their temporal IoU reaches a threshold; F1 = 2 matches / (M +
P). NaN where neither has a segment, 0 where one has none.

Both are symmetric: neither annotation is the truth.

Source: Cohen, "A coefficient of agreement for nominal scales", Educational
and Psychological Measurement 20(1), 1960.

Shapes: M and P segments, T instants, K classes in G groups.
"""
from typing import Dict, List, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .detection import segment_tiou
from .detection_input import GroundTruth, Rows, check_thresholds, pool_rows

#: What :func:`annotation_agreement` calls all body parts together.
ALL_BODIES = 'all'


def cohen_kappa(a: np.ndarray, b: np.ndarray) -> float:
    """Cohen's kappa of two arrays of categories, integers of one shape (else a
    ValueError): at most 1, 0 for chance; NaN for one category or nothing."""
    from sklearn.metrics import cohen_kappa_score
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise UserError('expected two annotations of the same instants, but '
                        f'got the shapes {a.shape} and {b.shape}')
    # Small numbers for the sets of actions, which scikit-learn refuses.
    categories, codes = np.unique([a.ravel(), b.ravel()], return_inverse=True)
    if len(categories) < 2:
        return float('nan')
    return float(cohen_kappa_score(*codes.reshape(2, -1)))


def frame_categories(annotation: GroundTruth,
                     duration: float,
                     step: float = 0.04,
                     taxonomy: Taxonomy = MA52) -> np.ndarray:
    """What every body part does in the middle of each step, in seconds: (G, T)
    int64, or Python's integers for more than 63 classes, the sum of 2 ** label
    over the actions of the part that go on. The last step is left out if its
    middle is outside the video; a ValueError if there is none."""
    rows = _check(annotation, 'annotation', taxonomy)
    if not (0 < step < np.inf and step / 2 < duration < np.inf):
        raise UserError('expected a step above 0 s and a video of half a '
                        f'step at least, but got {step} s and {duration} s')
    count = int(np.ceil(duration / step - 0.5))
    instants = (np.arange(count) + 0.5) * step
    categories = np.zeros((taxonomy.num_groups, count),
                          np.int64 if taxonomy.num_classes < 64 else object)
    for label, ranges in zip(rows.labels,
                             np.searchsorted(instants, rows.segments)):
        group = taxonomy.group_of[label]
        categories[group, slice(*ranges)] |= 1 << int(label)
    return categories


def match_segments(a: GroundTruth,
                   b: GroundTruth,
                   threshold: float = 0.5,
                   taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Match segments of the same action one to one, as many as possible:
    (M,) int64, the number of each one's partner in ``b``, -1 for none."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching
    check_thresholds([threshold])
    a, b = _check(a, 'a', taxonomy), _check(b, 'b', taxonomy)
    edges = [np.zeros((2, 0), np.int64)]
    for label in np.intersect1d(a.labels, b.labels):
        rows, columns = (np.flatnonzero(x.labels == label) for x in (a, b))
        tiou = segment_tiou(a.segments[rows], b.segments[columns], 'opentad')
        i, j = np.nonzero(tiou >= threshold)
        edges.append(np.stack([rows[i], columns[j]]))
    i, j = np.concatenate(edges, axis=1)
    graph = csr_array((np.ones(len(i), bool), (i, j)),
                      shape=(len(a.labels), len(b.labels)))
    return maximum_bipartite_matching(graph, 'column').astype(np.int64)


def annotation_agreement(
        a: GroundTruth,
        b: GroundTruth,
        duration: float,
        step: float = 0.04,
        threshold: float = 0.5,
        taxonomy: Taxonomy = MA52) -> Dict[str, Dict[str, Union[int, float]]]:
    """Compare two annotations of one video, per body part and ``'all'``.

    Gives ``kappa``, ``agreement`` (share of instants, 0-1), ``f1`` (0-1),
    ``matched`` (pairs of segments), ``count_a``, ``count_b`` (segments),
    ``seconds_a`` and ``seconds_b`` (sums of their durations).

    Args:
        a (tuple): Segments (M, 2) in seconds and labels (M,), 0 to K - 1.
        b (tuple): Those of the other, (P, 2) and (P,).
        duration (float): Of the video, seconds.
        step (float): Of the grid for kappa, seconds.
        threshold (float): Least temporal IoU of a match, above 0 to 1.
        taxonomy (Taxonomy): The label set.

    Raises:
        ValueError: If an argument is malformed or a segment ends after the
            video.
    """
    rows = [_check(x, name, taxonomy) for x, name in ((a, 'a'), (b, 'b'))]
    for name, its in zip('ab', rows):
        # Annotation programs round to milliseconds.
        if (its.segments > duration + 1e-3).any():
            raise UserError(
                f'annotation {name} has a segment that ends at '
                f'{its.segments.max():.3f} s, but the video at {duration:.3f}')
    grids = [frame_categories(x, duration, step, taxonomy) for x in (a, b)]
    matched = match_segments(a, b, threshold, taxonomy) >= 0
    everything = list(range(taxonomy.num_groups))
    scores = {}
    for group, name in enumerate([*taxonomy.groups, ALL_BODIES]):
        groups = everything if name == ALL_BODIES else [group]
        ours = [np.isin(taxonomy.group_index[x.labels], groups) for x in rows]
        scores[name] = _scores([grid[groups] for grid in grids],
                               [x.segments[its] for x, its in zip(rows, ours)],
                               int(matched[ours[0]].sum()))
    return scores


def _scores(grids: List[np.ndarray], segments: List[np.ndarray],
            matched: int) -> Dict[str, Union[int, float]]:
    """Of some groups: the categories and the segments of both annotations."""
    (a, b), total = grids, sum(map(len, segments))
    return dict(
        kappa=cohen_kappa(a, b),
        agreement=float((a == b).mean()),
        f1=2 * matched / total if total else float('nan'),
        matched=matched,
        count_a=len(segments[0]),
        count_b=len(segments[1]),
        seconds_a=float(np.diff(segments[0]).sum()),
        seconds_b=float(np.diff(segments[1]).sum()))


def _check(annotation: GroundTruth, name: str, taxonomy: Taxonomy) -> Rows:
    return pool_rows({name: annotation}, {name: 0}, taxonomy.num_classes,
                     'segments')
