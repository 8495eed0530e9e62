# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where everything of a timeline goes.

Lengths are inches on the page, x to the right, y downwards from the top of a
panel. A long video is broken into panels, like text into lines, since a second
of ten minutes would be too narrow to be seen on one.
"""
import math
from functools import lru_cache
from typing import List, NamedTuple, Optional, Sequence, Tuple

from matplotlib.textpath import TextPath

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


class Box(NamedTuple):
    """A segment, or what falls into one panel of it."""
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
    """A stretch of the video, in seconds."""
    start: float
    end: float
    stop: float  # where the video ends, if within, else ``end``
    lanes: List[Lanes]  # by group

    @property
    def height(self) -> float:
        return self.lanes[-1].y + self.lanes[-1].height

    def x(self, seconds: float) -> float:
        """Where a time is."""
        share = (seconds - self.start) / (self.end - self.start)
        return LEFT + share * (RIGHT - LEFT)


class Layout(NamedTuple):
    """The whole picture."""
    panels: List[Panel]  # from top to bottom
    row: float  # height of a row
    font_size: float  # points, of the names
    unnamed: List[int]  # actions of boxes without a name, for a legend


def lay_out(result: VideoResult, truth: Optional[Sequence[Segment]]) -> Layout:
    """Arrange a video's segments, and those that are true of it above them."""
    origins = [('', in_order(result.segments))]
    if truth is not None:
        origins = [('true', in_order(truth)), ('model', origins[0][1])]
    ends = [s.end for _, segments in origins for s in segments]
    groups = range(result.taxonomy.num_groups)
    rows = [(Panel(*stretch,
                   []), [[(group, title, *_rows(segments, group, *stretch[:2]))
                          for title, segments in origins] for group in groups])
            for stretch in _stretches(max([result.video.duration, *ends]))]
    total = sum(lane[-1] for _, bands in rows for band in bands
                for lane in band)  # yapf: disable
    row = min(_ROW, max(_THINNEST_ROW, _ALL_ROWS / total))
    font_size = min(_FONT_SIZE, 72 * row * 0.6)
    unnamed = set()
    for panel, bands in rows:
        y = 0.
        for band in bands:
            for group, title, segments, places, number in band:
                boxes = _boxes(panel, segments, places,
                               font_size if row >= _ROW_WITH_TEXT else None)
                unnamed.update(b.segment.action for b in boxes
                               if not b.is_named)  # yapf: disable
                panel.lanes.append(Lanes(group, title, y, number * row, boxes))
                y += number * row + _ORIGIN_GAP
            y += _BAND_GAP - _ORIGIN_GAP
    return Layout([x for x, _ in rows], row, font_size, sorted(unnamed))


def _stretches(duration: float) -> List[Tuple[float, float, float]]:
    """Start, end and stop of the panels."""
    if duration <= _SPANS[0]:
        return [(0., duration, duration)]
    longer = 3600 * math.ceil(duration / _MAX_PANELS / 3600)
    span = next((s for s in _SPANS if duration <= _MAX_PANELS * s), longer)
    return [(start, start + span, min(start + span, duration))
            for start in range(0, math.ceil(duration), span)]


def _rows(segments: Sequence[Segment], group: int, start: float,
          end: float) -> Tuple[List[Segment], List[int], int]:
    """Segments of a group within a stretch, the row of each, and the number
    of rows; an empty lane has one."""
    found = [
        s for s in segments
        if s.label.group == group and s.start < end and s.end > start
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
        fit = _fit(segment, width, room, font_size)
        boxes.append(Box(segment, x, width, row, *fit))
        free[row] = x
    return boxes[::-1]


def _fit(segment: Segment, width: float, room: float,
         font_size: Optional[float]) -> Tuple[str, bool]:
    """What to write, and whether into the box or behind it."""
    label = segment.label
    for text, padding in ((label.name, _PADDING), (label.code, 0.)):
        if font_size is None:
            break
        length = text_width(text) * font_size / 72
        if length + padding <= width:
            return text, True
        if length + 2 * _PADDING <= room:
            return text, False
    return '', True


@lru_cache(maxsize=1024)
def text_width(text: str) -> float:
    """Inches of a text, as matplotlib draws it, of a font of 72 points."""
    # A large size, since glyphs are placed on whole units.
    path = TextPath((0, 0), text, size=100, usetex=False)
    return path.get_extents().width / 100
