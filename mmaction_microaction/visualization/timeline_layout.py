# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where everything of a timeline goes.

Lengths are inches on the page, x to the right, y downwards from the top of a
panel. A long video is broken into panels below each other, like lines of text,
since a second of ten minutes on one line would be too narrow to be seen.
"""
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import List, Optional, Sequence, Tuple

from matplotlib.textpath import TextPath

from mmaction_microaction.labels import BODY_NAMES
from mmaction_microaction.results.spans import assign_lanes, in_order
from mmaction_microaction.results.video_result import Segment, VideoResult

#: Of the page, and of the lanes on it.
WIDTH, LEFT, RIGHT = 12., 1.75, 11.7
_ROW = 0.25  # height, as long as all rows together do not get too high
_THINNEST_ROW, _ALL_ROWS = 0.05, 24.
_BAND_GAP, _ORIGIN_GAP = 0.08, 0.03
_ROW_WITH_TEXT = 0.12  # lower ones have no room for it
_FONT_SIZE = 8.  # points
_PADDING = 0.05
_MAX_PANELS = 6
_SPANS = (120, 300, 600, 1200, 1800, 3600)  # seconds of a panel


@dataclass(frozen=True)
class Box:
    """A segment, or what falls into one panel of it.

    Attributes:
        segment (Segment): The segment.
        x (float): Left side.
        width (float): At least so wide as to be seen.
        row (int): Row within its lanes; no two of a row overlap in time.
        text (str): Name or, if that has no room, code of the action, or ''.
        inside (bool): Whether the text goes into the box, else behind it.
    """
    segment: Segment
    x: float
    width: float
    row: int
    text: str
    inside: bool

    @property
    def is_named(self) -> bool:
        return self.text == self.segment.label.name


@dataclass(frozen=True)
class Lanes:
    """Boxes of one body part and one origin within a panel.

    Attributes:
        body (int): The body part.
        title (str): The origin, where there are two of them.
        y (float): Top.
        height (float): Of all rows.
        boxes (list[Box]): By start.
    """
    body: int
    title: str
    y: float
    height: float
    boxes: List[Box]


@dataclass(frozen=True)
class Panel:
    """A stretch of the video.

    Attributes:
        start (float): Seconds at the left end.
        end (float): Seconds at the right end.
        stop (float): Seconds where the video ends, if within, else ``end``.
        lanes (list[Lanes]): By body part.
    """
    start: float
    end: float
    stop: float
    lanes: List[Lanes]

    @property
    def height(self) -> float:
        return self.lanes[-1].y + self.lanes[-1].height

    def x(self, seconds: float) -> float:
        """Where a time is."""
        share = (seconds - self.start) / (self.end - self.start)
        return LEFT + share * (RIGHT - LEFT)


@dataclass(frozen=True)
class Layout:
    """The whole picture.

    Attributes:
        panels (list[Panel]): From top to bottom.
        row (float): Height of a row.
        font_size (float): Points, of the names.
        unnamed (list[int]): Actions of boxes without a name, which a legend
            has to tell.
    """
    panels: List[Panel]
    row: float
    font_size: float
    unnamed: List[int]


def lay_out(result: VideoResult, truth: Optional[Sequence[Segment]]) -> Layout:
    """Arrange the segments of a video.

    Args:
        result (VideoResult): The result.
        truth (Sequence[Segment], optional): To be shown above it.

    Returns:
        Layout: Where they go.
    """
    origins = [('', in_order(result.segments))]
    if truth is not None:
        origins = [('true', in_order(truth)),
                   ('model', in_order(result.segments))]
    ends = [s.end for _, segments in origins for s in segments]
    stretches = _stretches(max([result.video.duration, *ends]))
    rows = [[[(body, title, *_rows(segments, body, start, end))
              for title, segments in origins]
             for body in range(len(BODY_NAMES))]
            for start, end, _ in stretches]  # yapf: disable
    total = sum(lane[-1] for panel in rows for band in panel for lane in band)
    row = min(_ROW, max(_THINNEST_ROW, _ALL_ROWS / total))
    font_size = min(_FONT_SIZE, 72 * row * 0.6)
    panels = []
    for stretch, bands in zip(stretches, rows):
        panel, y = Panel(*stretch, []), 0.
        for band in bands:
            for body, title, segments, places, number in band:
                boxes = _boxes(panel, segments, places,
                               font_size if row >= _ROW_WITH_TEXT else None)
                panel.lanes.append(Lanes(body, title, y, number * row, boxes))
                y += number * row + _ORIGIN_GAP
            y += _BAND_GAP - _ORIGIN_GAP
        panels.append(panel)
    unnamed = {
        box.segment.action
        for panel in panels
        for lanes in panel.lanes
        for box in lanes.boxes if not box.is_named
    }
    return Layout(panels, row, font_size, sorted(unnamed))


def _stretches(duration: float) -> List[Tuple[float, float, float]]:
    """Start, end and stop of the panels."""
    if duration <= _SPANS[0]:
        return [(0., duration, duration)]
    span = next((s for s in _SPANS if duration <= _MAX_PANELS * s), None)
    if span is None:
        span = 3600 * math.ceil(duration / _MAX_PANELS / 3600)
    starts = range(0, math.ceil(duration), span)
    return [(start, start + span, min(start + span, duration))
            for start in starts]


def _rows(segments: Sequence[Segment], body: int, start: float,
          end: float) -> Tuple[List[Segment], List[int], int]:
    """Segments of a body part within a stretch, the row of each, and the
    number of rows; an empty lane has one."""
    found = [
        s for s in segments
        if s.label.group == body and s.start < end and s.end > start
    ]
    places = assign_lanes([(s.start, s.end) for s in found])
    return found, places, max(places, default=0) + 1


def _boxes(panel: Panel, segments: Sequence[Segment], places: Sequence[int],
           font_size: Optional[float]) -> List[Box]:
    boxes = []
    free = {}  # row -> where the box to the right begins
    for segment, row in reversed(list(zip(segments, places))):
        x = panel.x(max(segment.start, panel.start))
        width = max(panel.x(min(segment.end, panel.end)) - x, 0.02)
        room = free.get(row, RIGHT) - x - width
        text, inside = _fit(segment, width, room, font_size)
        boxes.append(Box(segment, x, width, row, text, inside))
        free[row] = x
    return boxes[::-1]


def _fit(segment: Segment, width: float, room: float,
         font_size: Optional[float]) -> Tuple[str, bool]:
    """What to write, and whether into the box or behind it."""
    if font_size is None:
        return '', True
    name, code = segment.label.name, segment.label.code
    if text_width(name, font_size) + _PADDING <= width:
        return name, True
    if text_width(name, font_size) + 2 * _PADDING <= room:
        return name, False
    if text_width(code, font_size) <= width:
        return code, True
    if text_width(code, font_size) + 2 * _PADDING <= room:
        return code, False
    return '', True


def text_width(text: str, font_size: float) -> float:
    """Width of a text in inches.

    Args:
        text (str): The text.
        font_size (float): Points.

    Returns:
        float: As matplotlib draws it.
    """
    return _unit_width(text) * font_size / 72


@lru_cache(maxsize=1024)
def _unit_width(text: str) -> float:
    # A large size, since glyphs are placed on whole units.
    return TextPath((0, 0), text, size=100, usetex=False).get_extents().width \
        / 100
