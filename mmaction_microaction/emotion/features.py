# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Numbers that describe the micro-actions of a session.

Shapes: N sessions, F features, B = 7 body parts, E times at which a segment
starts or ends.
"""
from itertools import combinations
from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.labels import (ACTION_NAMES, ACTION_TO_BODY,
                                         BODY_NAMES, NUM_ACTIONS, NUM_BODIES)
from mmaction_microaction.results.behaviour_table import behaviour_table
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError
from .sessions import Session

#: Kind of feature -> what it counts. All but the last are of every action and
#: every body part, as in the behaviour table of a report; the last is of every
#: two body parts.
KINDS = dict(
    count='segments',
    rate='segments per minute',
    mean='mean seconds of a segment, 0 without any',
    total='seconds of all segments',
    share='part of the time',
    together='part of the time in which both body parts are active')


class Feature(NamedTuple):
    """One number.

    Attributes:
        kind (str): A key of :data:`KINDS`.
        what (str): The action, the body part or ``'<one> + <other>'``.
    """
    kind: str
    what: str

    @property
    def name(self) -> str:
        """Of the column: ``'rate: nodding'``."""
        return f'{self.kind}: {self.what}'


def feature_list(kinds: Sequence[str] = ('rate', 'mean', 'together'),
                 bodies: bool = False) -> Tuple[Feature, ...]:
    """The features of some kinds, in order.

    Args:
        kinds (Sequence[str]): Keys of :data:`KINDS`. Defaults to
            ``('rate', 'mean', 'together')``.
        bodies (bool): Whether body parts have features, too, beside their
            actions, of which they are the sum. Defaults to False.

    Returns:
        tuple[Feature, ...]: F features.

    Raises:
        ValueError: If there is no kind, or an unknown one.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise UserError(f'kinds of features must be some of {list(KINDS)}, '
                        f'but got {list(kinds)}')
    names = ACTION_NAMES + (BODY_NAMES if bodies else ())
    pairs = [f'{a} + {b}' for a, b in combinations(BODY_NAMES, 2)]
    return tuple(
        Feature(kind, what) for kind in dict.fromkeys(kinds)
        for what in (pairs if kind == 'together' else names))


def session_features(
        sessions: Sequence[Session],
        features: Optional[Sequence[Feature]] = None) -> np.ndarray:
    """Describe sessions by numbers.

    Args:
        sessions (Sequence[Session]): N sessions.
        features (Sequence[Feature], optional): F features. Defaults to None:
            :func:`feature_list`.

    Returns:
        np.ndarray: (N, F) float64, all finite; zeros for a session without
        segments.

    Raises:
        ValueError: If a feature is unknown.
    """
    features = feature_list() if features is None else features
    values = np.zeros((len(sessions), len(features)))
    for row, session in zip(values, sessions):
        numbers = _numbers(session)
        try:
            row[:] = [numbers[feature] for feature in map(tuple, features)]
        except KeyError as error:
            raise UserError(f'unknown feature {error.args[0]}') from error
    return values


def shared_time(segments: Sequence[Segment], duration: float) -> np.ndarray:
    """Time during which two body parts are both active.

    Args:
        segments (Sequence[Segment]): In any order; they may overlap.
        duration (float): Seconds; what lies behind it does not count.

    Returns:
        np.ndarray: (B, B) float64, seconds, symmetric; the diagonal is the
        time of each part alone.
    """
    spans = np.array([(s.start, s.end) for s in segments]).reshape(-1, 2)
    spans = np.clip(spans, 0, duration)
    parts = ACTION_TO_BODY[[s.action for s in segments]] \
        if len(segments) else np.zeros(0, int)
    edges = np.unique(spans)  # (E,)
    active = np.zeros((NUM_BODIES, max(len(edges) - 1, 0)))
    for part, (start, end) in zip(parts, np.searchsorted(edges, spans)):
        active[part, start:end] = 1
    return (active * np.diff(edges)) @ active.T


def _numbers(session: Session) -> dict:
    """(kind, what) -> number, of all kinds."""
    rows = behaviour_table(session.segments, session.duration,
                           range(NUM_ACTIONS))
    numbers = {
        (kind, row.name): np.nan_to_num(getattr(row, kind))
        for kind in KINDS if kind != 'together' for row in rows
    }
    shared = shared_time(session.segments, session.duration)
    for a, b in combinations(range(NUM_BODIES), 2):
        numbers['together', f'{BODY_NAMES[a]} + {BODY_NAMES[b]}'] = \
            shared[a, b] / session.duration
    return numbers
