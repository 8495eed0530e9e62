# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Segments of a video as a picture, a lane for each group of actions. A single
axes covers the page; units are inches, x to the right, y downwards."""
import io
import math
import os.path as osp
import warnings
from functools import lru_cache
from typing import List, Optional, Sequence, Tuple

import matplotlib
from matplotlib.font_manager import fontManager
from matplotlib.patches import Rectangle

from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from .style import (THEMES, Theme, action_colour, fade, format_duration,
                    format_time, mix, new_figure, text_colour)
from .timeline_layout import LEFT, RIGHT, WIDTH, Lanes, Layout, Panel, lay_out

_DPI = 144
_MARGIN = 0.2  # inches, as the following
_TOP, _BELOW_PANEL = 0.72, 0.52
_LEGEND_ROW, _LEGEND_COLUMNS, _LEGEND_GAP = 0.2, 4, 0.12
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOST_TICKS = 13
# DejaVu has no Chinese, Japanese or Korean letters; names of files may.
_OTHER_FONTS = ('Noto Sans CJK SC', 'Noto Sans CJK JP', 'Noto Sans SC',
                'PingFang SC', 'WenQuanYi Micro Hei', 'Arial Unicode MS')


def draw_timeline(result: VideoResult,
                  path: str,
                  truth: Optional[Sequence[Segment]] = None,
                  theme: str = 'light') -> None:
    """Draw a video's segments, a lane for each body part.

    Args:
        result (VideoResult): The video and its segments.
        path (str): Output file, ``.png`` or ``.svg``.
        truth (Sequence[Segment], optional): Ground truth, drawn above.
        theme (str): ``'light'`` or ``'dark'``.

    Raises:
        ValueError: For another suffix or theme.
    """
    kind = osp.splitext(path)[1][1:].lower()
    write_bytes(path, render_timeline(result, kind, truth, theme))


def render_timeline(result: VideoResult,
                    kind: str,
                    truth: Optional[Sequence[Segment]] = None,
                    theme: str = 'light') -> bytes:
    """As :func:`draw_timeline`, the content of a file ``'png'`` or ``'svg'``;
    deterministic."""
    if kind not in ('png', 'svg'):
        raise UserError(f'a timeline is a file .png or .svg, but got {kind!r}')
    if theme not in THEMES:
        raise UserError(
            f'theme must be one of {list(THEMES)}, but got {theme!r}')
    page, file = _Page(result, truth, THEMES[theme]), io.BytesIO()
    page.draw_head(truth)
    for panel in page.layout.panels:
        page.draw_panel(panel)
    page.draw_legend()
    style = dict(format=kind, dpi=_DPI, facecolor=page.theme.paper)
    if kind == 'svg':  # its date and ids differ from call to call otherwise
        style.update(metadata=dict(Date=None))
    with matplotlib.rc_context({'svg.hashsalt': 'timeline'}), \
            warnings.catch_warnings():
        # A letter of the file's name that no font has becomes a box.
        warnings.filterwarnings('ignore', 'Glyph')
        page.figure.savefig(file, **style)
    return file.getvalue()


def segment_places(
    result: VideoResult,
    truth: Optional[Sequence[Segment]] = None
) -> List[Tuple[Segment, Tuple[float, ...]]]:
    """Segments of a timeline with their boxes: left, top, width and height as
    shares, 0 to 1, of the picture's size."""
    layout = lay_out(result, truth)
    y, height, found = _TOP, _rows_and_height(layout)[1], []
    for panel in layout.panels:
        for lanes in panel.lanes:
            for box in lanes.boxes:
                top = (y + lanes.y + box.row * layout.row) / height
                place = box.x / WIDTH, top, box.width / WIDTH
                found.append((box.segment, (*place, layout.row / height)))
        y += panel.height + _BELOW_PANEL
    return found


def _rows_and_height(layout: Layout) -> Tuple[int, float]:
    """Rows of the legend, and height of the picture in inches."""
    rows = math.ceil(len(layout.unnamed) / _LEGEND_COLUMNS)
    panels = sum(x.height + _BELOW_PANEL for x in layout.panels)
    return rows, _TOP + rows * _LEGEND_ROW + bool(rows) * _LEGEND_GAP + panels


class _Page:
    """The figure; ``y`` is where the next part begins."""

    def __init__(self, result: VideoResult, truth: Optional[Sequence[Segment]],
                 theme: Theme) -> None:
        self.result, self.taxonomy = result, result.taxonomy
        self.theme, self.y, self.layout = theme, _TOP, lay_out(result, truth)
        self.rows, height = _rows_and_height(self.layout)
        self.figure = new_figure(WIDTH, height, layout=None)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        self._axes.set_axis_off()

    def draw_head(self, truth: Optional[Sequence[Segment]]) -> None:
        """Title, and the meaning of opacity."""
        video, found = self.result.video, len(self.result.segments)
        name = ''.join(c if c.isprintable() else '\ufffd' for c in video.name)
        if len(name) > 70:
            name = f'{name[:40]}…{name[-29:]}'
        words = [
            f'{found} segment' + 's' * (found != 1),
            '' if truth is None else f'{len(truth)} true',
            format_duration(video.duration), self.result.source
        ]
        self._text(_MARGIN, 0.22, name, size=11, fontweight='bold')
        self._text(_MARGIN, 0.44, '  ·  '.join(filter(None, words)), 'muted')
        step = 0.085
        for i in range(11):
            shade = fade(self.theme.ink, i / 10, self.theme.lane)
            self._rect(RIGHT - 0.15 - (11 - i) * step, 0.38, step, 0.12, shade)
        left = RIGHT - 0.2 - 11 * step
        for x, text in ((left, 'confidence  0'), (RIGHT, '1')):
            self._text(x, 0.44, text, 'muted', ha='right')

    def draw_panel(self, panel: Panel) -> None:
        """Lanes and time axis of one panel."""
        width = panel.x(panel.stop) - LEFT
        for lanes in panel.lanes:
            place = LEFT, self.y + lanes.y, width, lanes.height
            self._rect(*place, self.theme.lane)
        self._draw_times(panel)
        for group, name in enumerate(self.taxonomy.groups):
            band = [lanes for lanes in panel.lanes if lanes.group == group]
            colour = self.taxonomy.colours[group]
            x = LEFT - (0.55 if len(band) > 1 else 0.15)
            y, height = self.y + band[0].y, sum(z.height for z in band)
            self._rect(LEFT - 0.07, y, 0.05, height, colour)
            self._text(x, y + height / 2, name, size=9, ha='right')
            for lanes in band:
                self._draw_lanes(lanes)
        if not any(lanes.boxes for lanes in panel.lanes):
            x, y = LEFT + width / 2, self.y + panel.height / 2
            self._text(x, y, 'no segments', 'muted', 9, ha='center')
        self.y += panel.height + _BELOW_PANEL

    def _draw_times(self, panel: Panel) -> None:
        long = self.layout.panels[-1].stop >= 60
        least = (panel.end - panel.start) / _MOST_TICKS
        step = next((s for s in _TICKS if s >= least), _TICKS[-1])
        y, height = self.y, panel.height
        first = math.ceil(panel.start / step - 1e-9)
        last = math.floor(panel.stop / step + 1e-9)
        for time in (i * step for i in range(first, last + 1)):
            x = panel.x(time)
            self._rect(x - 0.004, y, 0.008, height + 0.05, self.theme.line)
            text = format_time(time) if long else f'{time:.6g} s'
            self._text(x, y + height + 0.15, text, 'muted', ha='center')

    def _draw_lanes(self, lanes: Lanes) -> None:
        top, height = self.y + lanes.y, self.layout.row
        if lanes.title:
            y = top + lanes.height / 2
            self._text(LEFT - 0.12, y, lanes.title, 'muted', 7, ha='right')
        inset, font = 0.08 * height, self.layout.font_size
        for box in lanes.boxes:
            y = top + box.row * height
            colour = action_colour(box.segment.action, self.taxonomy)
            filling = fade(colour, box.segment.score, self.theme.lane)
            self._rect(box.x, y + inset, box.width, height - 2 * inset,
                       filling, mix(colour, self.theme.ink, 0.7))
            x, style = box.x + box.width + 0.04, {}
            if box.inside:
                x = box.x + box.width / 2
                style = dict(colour=text_colour(filling), ha='center')
            self._text(x, y + height / 2, box.text, size=font, **style)

    def draw_legend(self) -> None:
        """Actions of the boxes without names."""
        column = (RIGHT - LEFT) / _LEGEND_COLUMNS
        for i, action in enumerate(self.layout.unnamed):
            label = self.taxonomy.labels[action]
            x = LEFT + i // self.rows * column
            y = self.y + (i % self.rows + 0.5) * _LEGEND_ROW
            colour = action_colour(action, self.taxonomy)
            self._rect(x, y - 0.055, 0.16, 0.11, colour)
            self._text(x + 0.45, y, label.code, 'muted', ha='right')
            self._text(x + 0.5, y, label.name)

    def _rect(self, x, y, width, height, colour, edge='none') -> None:
        line = 0 if edge == 'none' else 0.7
        style = dict(facecolor=colour, edgecolor=edge, linewidth=line)
        self._axes.add_patch(Rectangle((x, y), width, height, **style))

    def _text(self, x, y, text, colour='ink', size=8, **kwargs) -> None:
        """Draw text, in which '$' (in file names) is literal."""
        style = dict(fontsize=size, fontfamily=_families(), parse_math=False)
        colour = getattr(self.theme, colour, colour)
        kwargs = dict(style, color=colour, va='center_baseline', **kwargs)
        self._axes.text(x, y, text, **kwargs)


@lru_cache(maxsize=None)
def _families() -> Tuple[str, ...]:
    known = set(fontManager.get_font_names())
    return ('DejaVu Sans', *(f for f in _OTHER_FONTS if f in known))
