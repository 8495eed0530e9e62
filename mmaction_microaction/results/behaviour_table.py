# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How often and how long: the numbers of behavioural research.

Times in seconds.
"""
import math
from dataclasses import asdict, dataclass
from typing import Iterable, List, Optional, Sequence

from mmaction_microaction.labels import ACTIONS, BODY_NAMES, actions_of_body
from .video_result import Segment


@dataclass(frozen=True)
class BehaviourRow:
    """All segments of one action, or of one body part.

    Attributes:
        body (int): Number of the body part.
        action (int, optional): Class number; None for the body part as a
            whole.
        count (int): Segments.
        rate (float): Segments per minute of the video.
        total (float): Sum of their durations in seconds.
        mean (float): Mean duration in seconds; nan if there is no segment.
        share (float): Part of the video's time during which at least one of
            them lasts, 0 to 1: what overlaps counts once.
        score (float): Mean confidence, 0 to 1; nan if there is no segment.
    """
    body: int
    action: Optional[int]
    count: int
    rate: float
    total: float
    mean: float
    share: float
    score: float

    @property
    def name(self) -> str:
        """Of the action, or of the body part."""
        if self.action is None:
            return BODY_NAMES[self.body]
        return ACTIONS[self.action].name

    def to_dict(self) -> dict:
        """Plain types, with the name."""
        return dict(asdict(self), name=self.name)


def behaviour_table(
        segments: Sequence[Segment],
        duration: float,
        actions: Optional[Sequence[int]] = None) -> List[BehaviourRow]:
    """Count and add up the segments of a video.

    Args:
        segments (Sequence[Segment]): In any order; they may overlap.
        duration (float): Of the video, seconds.
        actions (Sequence[int], optional): Actions that have a row even if
            they do not occur. Defaults to None.

    Returns:
        list[BehaviourRow]: For every body part its row, followed by those of
        its actions that occur. Rate and share are nan for a video of no
        duration.
    """
    shown = {s.action for s in segments}.union(actions or ())
    rows = []
    for body in range(len(BODY_NAMES)):
        members = [s for s in segments if s.label.body_index == body]
        rows.append(_summarise(members, duration, body, None))
        for label in actions_of_body(body):
            if label.index in shown:
                found = [s for s in members if s.action == label.index]
                rows.append(_summarise(found, duration, body, label.index))
    return rows


def covered_time(segments: Iterable[Segment], duration: float) -> float:
    """Time during which at least one segment lasts.

    Args:
        segments (Iterable[Segment]): In any order; they may overlap.
        duration (float): Of the video; what lies behind it does not count.

    Returns:
        float: Seconds.
    """
    covered, reached = 0., 0.
    for segment in sorted(segments, key=lambda s: s.start):
        end = min(segment.end, duration)
        covered += max(0., end - max(segment.start, reached))
        reached = max(reached, end)
    return covered


def _summarise(segments: List[Segment], duration: float, body: int,
               action: Optional[int]) -> BehaviourRow:
    count = len(segments)
    total = math.fsum(s.duration for s in segments)
    covered = covered_time(segments, duration)
    return BehaviourRow(
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
