# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Frequency and duration (seconds) of behaviours, as behavioural research
reports them."""
import math
from dataclasses import dataclass
from statistics import median
from typing import Iterable, List, Optional, Sequence

from mmaction_microaction.taxonomy import MA52, Taxonomy
from .video_result import Segment


@dataclass(frozen=True)
class BehaviourRow:
    """Statistics of one action, or of one group (body part)."""
    name: str  # of the action, or of the group
    body: int  # number of the group
    action: Optional[int]  # class number; None for the group as a whole
    count: int  # segments
    rate: float  # segments per minute of the video
    total: float  # total duration, seconds
    mean: float  # mean duration, seconds; nan without segments
    median: float  # median duration, seconds; nan without segments
    share: float  # share of the video's time, 0 to 1; overlaps count once
    score: float  # mean confidence, 0 to 1; nan without segments
    first: float  # earliest start, seconds; nan without segments


def behaviour_table(segments: Sequence[Segment],
                    duration: float,
                    actions: Optional[Sequence[int]] = None,
                    taxonomy: Taxonomy = MA52) -> List[BehaviourRow]:
    """Summarise the segments of a video by group and action.

    Args:
        segments (Sequence[Segment]): In any order; they may overlap.
        duration (float): Length of the video, seconds; 0 gives a rate and a
            share of nan.
        actions (Sequence[int], optional): Class numbers to list even if they
            do not occur.
        taxonomy (Taxonomy): Label set of the segments.

    Returns:
        list[BehaviourRow]: A row per group, followed by those of its actions.
    """
    shown = {s.action for s in segments}.union(actions or ())
    rows = []
    for group, name in enumerate(taxonomy.groups):
        members = [s for s in segments if s.label.group == group]
        rows.append(_summarise(members, duration, name, group, None))
        for index, name, *_ in taxonomy.members(group):
            if index in shown:
                its = [s for s in members if s.action == index]
                rows.append(_summarise(its, duration, name, group, index))
    return rows


def behaviour_total(segments: Sequence[Segment],
                    duration: float) -> BehaviourRow:
    """The row ``'all'``, of group -1: all segments of a video together."""
    return _summarise(list(segments), duration, 'all', -1, None)


def covered_time(segments: Iterable[Segment], duration: float) -> float:
    """Length of the union of the segments within ``duration``, seconds."""
    covered, reached = 0., 0.
    for segment in sorted(segments, key=lambda s: s.start):
        end = min(segment.end, duration)
        covered += max(0., end - max(segment.start, reached))
        reached = max(reached, end)
    return covered


def _summarise(segments: List[Segment], duration: float, name: str, body: int,
               action: Optional[int]) -> BehaviourRow:
    count, total = len(segments), math.fsum(s.duration for s in segments)
    return BehaviourRow(
        name,
        body,
        action,
        count,
        rate=_divide(60 * count, duration),
        total=total,
        mean=_divide(total, count),
        median=median(s.duration for s in segments) if count else math.nan,
        share=_divide(covered_time(segments, duration), duration),
        score=_divide(math.fsum(s.score for s in segments), count),
        first=min((s.start for s in segments), default=math.nan))


def _divide(amount: float, by: float) -> float:
    return amount / by if by else math.nan
