# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Features of the micro-actions of a session.

Shapes: N sessions, F features, G groups (body parts), E starts and ends.
"""
from itertools import combinations
from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.results.behaviour_table import behaviour_table
from mmaction_microaction.results.spans import as_arrays
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .sessions import Session

#: Kind -> what it says of every action and body part, as a report's table
#: does; the last one of every two body parts.
KINDS = dict(
    count='segments',
    rate='segments per minute',
    mean='mean seconds of a segment, 0 without any',
    total='seconds of all segments',
    share='part of the time',
    together='part of the time in which both body parts are active')


class Feature(NamedTuple):
    """One feature of a session."""
    kind: str  # key of KINDS
    what: str  # action, body part or '<one> + <other>'

    @property
    def name(self) -> str:
        """Name of the column: ``'rate: nodding'``."""
        return f'{self.kind}: {self.what}'


def feature_list(kinds: Sequence[str] = ('rate', 'mean', 'together'),
                 bodies: bool = False,
                 taxonomy: Taxonomy = MA52) -> Tuple[Feature, ...]:
    """Features of some kinds, in order; UserError for an unknown kind or none.
    ``bodies`` adds those of body parts to those of actions."""
    if set(kinds) - set(KINDS) or not kinds:
        raise UserError(f'kinds of features must be some of {list(KINDS)}, '
                        f'but got {list(kinds)}')
    names = taxonomy.names + (taxonomy.groups if bodies else ())
    pairs = [f'{a} + {b}' for a, b in combinations(taxonomy.groups, 2)]
    return tuple(
        Feature(kind, what) for kind in dict.fromkeys(kinds)
        for what in (pairs if kind == 'together' else names))


def taxonomy_of(sessions: Sequence[Session],
                default: Taxonomy = MA52) -> Taxonomy:
    """The label set of all segments, ``default`` without segments; UserError
    for several."""
    found = {s.taxonomy: x.name for x in sessions for s in x.segments}
    if len(found) > 1:
        names = [f'{x.title} ({name})' for x, name in found.items()]
        raise UserError('expected sessions of one label set, but got '
                        f'{", ".join(names)}')
    return next(iter(found), default)


def session_features(sessions: Sequence[Session],
                     features: Optional[Sequence[Feature]] = None,
                     taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Features of sessions: (N, F) float64, finite, zeros for a session
    without segments.

    Args:
        features (Sequence[Feature], optional): None: :func:`feature_list`.
        taxonomy (Taxonomy): For sessions without segments.

    Raises:
        UserError: For an unknown feature, or segments of several label sets.
    """
    taxonomy = taxonomy_of(sessions, taxonomy)
    if features is None:
        features = feature_list(taxonomy=taxonomy)
    values = np.zeros((len(sessions), len(features)))
    for row, session in zip(values, sessions):
        numbers = _numbers(session, taxonomy)
        try:
            row[:] = [numbers[feature] for feature in map(tuple, features)]
        except KeyError as error:
            raise UserError(f'unknown feature {error.args[0]} of '
                            f'{taxonomy.title}') from error
    return values


def shared_time(segments: Sequence[Segment],
                duration: float,
                taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Seconds of ``duration`` in which two body parts are both active: (G, G)
    float64, symmetric; the diagonal is each part alone."""
    spans = as_arrays(segments)[0]
    spans = np.clip(spans, 0, duration)
    edges = np.unique(spans)  # (E,)
    active = np.zeros((taxonomy.num_groups, max(len(edges) - 1, 0)))
    for segment, (start, end) in zip(segments, np.searchsorted(edges, spans)):
        active[segment.label.group, start:end] = 1
    return (active * np.diff(edges)) @ active.T


def _numbers(session: Session, taxonomy: Taxonomy) -> dict:
    """(kind, what) -> value, of all kinds."""
    rows = behaviour_table(session.segments, session.duration,
                           range(taxonomy.num_classes), taxonomy)
    numbers = {
        (kind, row.name): np.nan_to_num(getattr(row, kind))
        for kind in KINDS if kind != 'together' for row in rows
    }
    shared = shared_time(session.segments, session.duration, taxonomy)
    for (i, a), (j, b) in combinations(enumerate(taxonomy.groups), 2):
        numbers['together', f'{a} + {b}'] = shared[i, j] / session.duration
    return numbers
