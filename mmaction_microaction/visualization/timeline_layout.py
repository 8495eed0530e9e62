# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Layout of a timeline: lengths are inches, x to the right, y downwards from
the top of a panel. Long videos are broken into panels, as text into lines."""
import math
from functools import lru_cache
from typing import List, NamedTuple, Optional, Sequence, Tuple

from matplotlib.textpath import TextPath

from mmaction_microaction.results.spans import assign_lanes, sort_segments
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


class Box(NamedTuple):
    """A segment, or its part within one panel."""
    segment: Segment
    x: float  # left side
    width: float  # at least so wide as to be seen
    row: int  # within its lanes; no two of a row overlap in time
    text: str  # name or, if that has no room, code of the action, or ''
    inside: bool  # whether the text goes into the box, else behind it

    @property
    def is_named(self) -> bool:
        return self.text == self.segment.label.name


class Lanes(NamedTuple):
    """Boxes of one group and one origin within a panel."""
    group: int
    title: str  # the origin, where there are two of them
    y: float  # top
    height: float  # of all rows
    boxes: List[Box]  # by start


class Panel(NamedTuple):
    """A span of the video, in seconds."""
    start: float
    end: float
    stop: float  # where the video ends, if within, else ``end``
    lanes: List[Lanes]  # by group

    @property
    def height(self) -> float:
        return self.lanes[-1].y + self.lanes[-1].height

    def x(self, seconds: float) -> float:
        """Position of a time."""
        share = (seconds - self.start) / (self.end - self.start)
        return LEFT + share * (RIGHT - LEFT)


class Layout(NamedTuple):
    """The whole picture."""
    panels: List[Panel]  # from top to bottom
    row: float  # height of a row
    font_size: float  # points, of the names
    unnamed: List[int]  # actions of boxes without a name, for a legend


def lay_out(result: VideoResult, truth: Optional[Sequence[Segment]]) -> Layout:
    """Arrange a video's segments, and the true ones above them."""
    origins = [('', sort_segments(result.segments))]
    if truth is not None:
        origins = [('true', sort_segments(truth)), ('model', origins[0][1])]
    ends = [s.end for _, segments in origins for s in segments]
    panels = _panels(max([result.video.duration, *ends]))
    lanes = [(panel, group, title, *_rows(panel, group, segments))
             for panel in panels for group in range(result.taxonomy.num_groups)
             for title, segments in origins]
    row = _ALL_ROWS / sum(number for *_, number in lanes)
    row = min(_ROW, max(_THINNEST_ROW, row))
    font_size = min(_FONT_SIZE, 72 * row * 0.6)
    letters = font_size if row >= _ROW_WITH_TEXT else None
    for panel, group, title, segments, places, number in lanes:
        if not panel.lanes:
            y = 0.
        elif panel.lanes[-1].group != group:
            y += _BAND_GAP - _ORIGIN_GAP
        boxes = _boxes(panel, segments, places, letters)
        panel.lanes.append(Lanes(group, title, y, number * row, boxes))
        y += number * row + _ORIGIN_GAP
    boxes = (
        box for panel in panels for lane in panel.lanes for box in lane.boxes)
    unnamed = {box.segment.action for box in boxes if not box.is_named}
    return Layout(panels, row, font_size, sorted(unnamed))


def _panels(duration: float) -> List[Panel]:
    """All of equal span, without lanes."""
    if duration <= _SPANS[0]:  # of none, any panel shows that there is none
        return [Panel(0., duration or 1., duration, [])]
    longer = 3600 * math.ceil(duration / _MAX_PANELS / 3600)
    span = next((s for s in _SPANS if duration <= _MAX_PANELS * s), longer)
    return [
        Panel(start, start + span, min(start + span, duration), [])
        for start in range(0, math.ceil(duration), span)
    ]


def _rows(panel: Panel, group: int,
          segments: Sequence[Segment]) -> Tuple[List[Segment], List[int], int]:
    """Segments of a group within a panel, the row of each, and the number of
    rows (1 for an empty lane)."""
    found = [s for s in segments if s.label.group == group]
    found = [s for s in found if s.start < panel.end and s.end > panel.start]
    places = assign_lanes([(s.start, s.end) for s in found])
    return found, places, max(places, default=0) + 1


def _boxes(panel: Panel, segments: Sequence[Segment], places: Sequence[int],
           font_size: Optional[float]) -> List[Box]:
    boxes, free = [], {}  # row -> where the box to the right begins
    for segment, row in reversed(list(zip(segments, places))):
        x = panel.x(max(segment.start, panel.start))
        width = max(panel.x(min(segment.end, panel.end)) - x, 0.02)
        room = free.get(row, RIGHT) - x - width
        fit = _fit(segment, width, room, font_size)
        boxes.append(Box(segment, x, width, row, *fit))
        free[row] = x
    return boxes[::-1]


def _fit(segment: Segment, width: float, room: float,
         font_size: Optional[float]) -> Tuple[str, bool]:
    """The text to write, and whether it is inside the box or after it."""
    label = segment.label
    for text, padding in ((label.name, _PADDING), (label.code, 0.)):
        if font_size is not None:
            length = _text_width(text) * font_size / 72
            if length + padding <= width:
                return text, True
            if length + 2 * _PADDING <= room:
                return text, False
    return '', True


@lru_cache(maxsize=1024)
def _text_width(text: str) -> float:
    """Width of a text in inches, as matplotlib draws it at 72 points."""
    # A large size, since glyphs are placed on whole units.
    path = TextPath((0, 0), text, size=100, usetex=False)
    return path.get_extents().width / 100
