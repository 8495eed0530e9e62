# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How often and how long: the numbers of behavioural research.

Times in seconds.
"""
import math
from dataclasses import asdict, dataclass
from typing import Iterable, List, Optional, Sequence

from mmaction_microaction.taxonomy import MA52, Taxonomy
from .video_result import Segment


@dataclass(frozen=True)
class BehaviourRow:
    """All segments of one action, or of one group (body part).

    Attributes:
        name (str): Of the action, or of the group.
        body (int): Number of the group.
        action (int, optional): Class number; None for the group as a whole.
        count (int): Segments.
        rate (float): Segments per minute of the video.
        total (float): Sum of their durations in seconds.
        mean (float): Mean duration in seconds; nan if there is no segment.
        share (float): Part of the video's time during which at least one of
            them lasts, 0 to 1: what overlaps counts once.
        score (float): Mean confidence, 0 to 1; nan if there is no segment.
    """
    name: str
    body: int
    action: Optional[int]
    count: int
    rate: float
    total: float
    mean: float
    share: float
    score: float

    def to_dict(self) -> dict:
        """Plain types."""
        return asdict(self)


def behaviour_table(segments: Sequence[Segment],
                    duration: float,
                    actions: Optional[Sequence[int]] = None,
                    taxonomy: Taxonomy = MA52) -> List[BehaviourRow]:
    """Count and add up the segments of a video.

    Args:
        segments (Sequence[Segment]): In any order; they may overlap.
        duration (float): Of the video, seconds.
        actions (Sequence[int], optional): Actions that have a row even if
            they do not occur.
        taxonomy (Taxonomy): The label set.

    Returns:
        list[BehaviourRow]: For every group its row, followed by those of its
        actions that occur. Rate and share are nan for a video of no duration.
    """
    shown = {s.action for s in segments}.union(actions or ())
    rows = []
    for group, name in enumerate(taxonomy.groups):
        members = [s for s in segments if s.label.group == group]
        rows.append(_summarise(members, duration, name, group, None))
        for label in taxonomy.members(group):
            if label.index in shown:
                found = [s for s in members if s.action == label.index]
                rows.append(
                    _summarise(found, duration, label.name, group,
                               label.index))
    return rows


def covered_time(segments: Iterable[Segment], duration: float) -> float:
    """Seconds during which at least one segment lasts; they may overlap, and
    what lies behind ``duration`` does not count."""
    covered, reached = 0., 0.
    for segment in sorted(segments, key=lambda s: s.start):
        end = min(segment.end, duration)
        covered += max(0., end - max(segment.start, reached))
        reached = max(reached, end)
    return covered


def _summarise(segments: List[Segment], duration: float, name: str, body: int,
               action: Optional[int]) -> BehaviourRow:
    count = len(segments)
    total = math.fsum(s.duration for s in segments)
    covered = covered_time(segments, duration)
    return BehaviourRow(
        name=name,
        body=body,
        action=action,
        count=count,
        rate=_divide(60 * count, duration),
        total=total,
        mean=_divide(total, count),
        share=_divide(covered, duration),
        score=_divide(math.fsum(s.score for s in segments), count))


def _divide(amount: float, by: float) -> float:
    return amount / by if by else math.nan
