# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Agreement of two annotations of one video; neither is the truth.

*Cohen's kappa*, (p_o - p_e) / (1 - p_e) of the observed agreement and that of
chance, over the instants in the middle of every step of a grid. The category
of a body part (group of the label set) is the set of its actions that go on:
none, one, or several together (who marks one of two actions does not agree
with who marks both). Of all body parts together, every part of every instant
is one judgement. NaN where both know one category only and the same.

*Segment F1*, 2 matches / (M + P): segments of the same action are matched one
to one, as many as possible, where their temporal IoU reaches a threshold. NaN
where neither has a segment, 0 where one has none.

*Without what is unsure*: instants at which a body part does something that
either marks as unsure are not judged for it; segments marked so, and those of
the same body part that overlap one by the threshold, do not count.

Source: Cohen, "A coefficient of agreement for nominal scales", Educational
and Psychological Measurement 20(1), 1960.

Shapes: M and P segments, T instants, K classes in G groups.
"""
from typing import Dict, List, Optional, Sequence, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .detection import GroundTruth, check_rows, check_thresholds, segment_tiou


def cohen_kappa(a: np.ndarray, b: np.ndarray) -> float:
    """Of two arrays of integers of one shape (else a ValueError): at most 1, 0
    for chance; NaN for one category or nothing."""
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
    over the actions that go on. A ValueError if no middle is in the video."""
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
    """Match segments of the same action one to one, as many as possible:
    (M,) int64, the number of each one's partner in ``b``, -1 for none."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching
    check_thresholds([threshold])
    (a, ours), (b, theirs) = (_check(x, name, taxonomy)
                              for x, name in ((a, 'a'), (b, 'b')))
    fits = segment_tiou(a[:, None], b, 'opentad') >= threshold
    graph = csr_array(fits & (ours[:, None] == theirs))
    return maximum_bipartite_matching(graph, 'column').astype(np.int64)


def annotation_agreement(
    a: GroundTruth,
    b: GroundTruth,
    duration: float,
    step: float = 0.04,
    threshold: float = 0.5,
    taxonomy: Taxonomy = MA52,
    unsure: Optional[Sequence[np.ndarray]] = None
) -> Dict[str, Dict[str, Union[int, float]]]:
    """Compare two annotations of one video, per body part and ``'all'``.

    ``duration`` of the video and ``step`` of the grid for kappa are seconds;
    ``threshold`` is the least temporal IoU of a match. ``unsure``, (M,) and
    (P,) bool, leaves out what is marked. Gives ``kappa``,
    ``agreement`` (share of instants, 0-1), ``f1`` (0-1), ``matched`` (pairs of
    segments), ``count_a``, ``count_b`` (segments), ``seconds_a`` and
    ``seconds_b`` (sums). ValueError for malformed rows, also behind the end.
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
    scores = {}
    for part, groups in parts.items():
        first, second = (grid[groups][judged[groups]] for grid in grids)
        ours = [np.isin(taxonomy.group_index[x], groups) for _, x in both]
        lengths = [np.diff(x[its]) for (x, _), its in zip(both, ours)]
        total, hits = sum(map(len, lengths)), int(matched[ours[0]].sum())
        scores[part] = dict(
            kappa=cohen_kappa(first, second),
            agreement=float(
                (first == second).mean()) if len(first) else float('nan'),
            f1=2 * hits / total if total else float('nan'),
            matched=hits,
            count_a=len(lengths[0]),
            count_b=len(lengths[1]),
            seconds_a=float(lengths[0].sum()),
            seconds_b=float(lengths[1].sum()))
    return scores


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
