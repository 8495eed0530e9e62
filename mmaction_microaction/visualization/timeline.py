# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The segments of a video as a picture: one lane for each body part.

Drawn with matplotlib's object interface: no display, no global state. One
axes covers the page, its units are inches, x to the right and y downwards.
"""
import io
import math
import os.path as osp
import warnings
from functools import lru_cache
from typing import Optional, Sequence, Tuple

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.patches import Rectangle

from mmaction_microaction.formats.common import save
from mmaction_microaction.labels import ACTIONS, BODY_COLOURS, BODY_NAMES
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.errors import UserError
from .style import (action_colour, fade, format_time, get_theme, mix,
                    text_colour)
from .timeline_layout import LEFT, RIGHT, WIDTH, Lanes, Layout, Panel, lay_out

_FORMATS = ('png', 'svg')
_DPI = 144
_MARGIN = 0.2  # inches, as the following
_TOP, _BELOW_PANEL = 0.72, 0.52
_LEGEND_ROW, _LEGEND_COLUMNS, _LEGEND_GAP = 0.2, 4, 0.12
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOST_TICKS = 13
_LONG = 60  # seconds, from which on times have minutes
# DejaVu has no Chinese, Japanese or Korean letters; names of files may.
_OTHER_FONTS = ('Noto Sans CJK SC', 'Noto Sans CJK JP', 'Noto Sans SC',
                'Microsoft YaHei', 'PingFang SC', 'WenQuanYi Micro Hei',
                'Arial Unicode MS')


def draw_timeline(result: VideoResult,
                  path: str,
                  truth: Optional[Sequence[Segment]] = None,
                  theme: str = 'light') -> None:
    """Draw the segments of a video into a file.

    Args:
        result (VideoResult): The result.
        path (str): The file, ``.png`` or ``.svg``.
        truth (Sequence[Segment], optional): What is true of the video, drawn
            above the prediction. Defaults to None.
        theme (str): ``'light'`` or ``'dark'``. Defaults to 'light'.

    Raises:
        ValueError: If the file's ending or the theme is not known.
    """
    kind = osp.splitext(path)[1][1:].lower()
    save(path, render_timeline(result, kind, truth, theme))


def render_timeline(result: VideoResult,
                    kind: str,
                    truth: Optional[Sequence[Segment]] = None,
                    theme: str = 'light') -> bytes:
    """As :func:`draw_timeline`, without a file.

    Args:
        result (VideoResult): The result.
        kind (str): ``'png'`` or ``'svg'``.
        truth (Sequence[Segment], optional): As there.
        theme (str): As there.

    Returns:
        bytes: The content of the file, the same for the same result.

    Raises:
        ValueError: If the kind or the theme is not known.
    """
    if kind not in _FORMATS:
        raise UserError('a timeline is a file .png or .svg, but got '
                        f'{kind!r}')
    page = _Page(lay_out(result, truth), theme)
    page.draw_head(result, truth)
    for panel in page.layout.panels:
        page.draw_panel(panel)
    page.draw_legend()
    file = io.BytesIO()
    # The ids within an SVG, and its date, differ from call to call otherwise.
    with matplotlib.rc_context({'svg.hashsalt': 'timeline'}), \
            warnings.catch_warnings():
        # A letter of the file's name that no font has becomes a box.
        warnings.filterwarnings('ignore', 'Glyph')
        page.figure.savefig(
            file,
            format=kind,
            dpi=_DPI,
            facecolor=page.theme.paper,
            metadata=dict(Date=None) if kind == 'svg' else None)
    return file.getvalue()


class _Page:
    """The figure; ``y`` is where the next thing goes."""

    def __init__(self, layout: Layout, theme: str) -> None:
        self.layout, self.theme, self.y = layout, get_theme(theme), _TOP
        rows = math.ceil(len(layout.unnamed) / _LEGEND_COLUMNS)
        height = _TOP + rows * _LEGEND_ROW + bool(rows) * _LEGEND_GAP + sum(
            panel.height + _BELOW_PANEL for panel in layout.panels)
        self.figure = Figure((WIDTH, height))
        FigureCanvasAgg(self.figure)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        self._axes.set_axis_off()

    def draw_head(self, result: VideoResult,
                  truth: Optional[Sequence[Segment]]) -> None:
        """Title, and what opacity means."""
        video, found = result.video, len(result.segments)
        name = ''.join(c if c.isprintable() else '\ufffd' for c in video.name)
        if len(name) > 70:
            name = f'{name[:40]}…{name[-29:]}'
        words = [f'{found} segment' + 's' * (found != 1)]
        if truth is not None:
            words.append(f'{len(truth)} true')
        words.append(
            format_time(video.duration) if video.duration >=
            _LONG else f'{video.duration:.2f} s')
        if result.source:
            words.append(result.source)
        self._text(_MARGIN, 0.22, name, size=11, fontweight='bold')
        self._text(_MARGIN, 0.44, '  ·  '.join(words), 'muted')
        step = 0.085
        for i in range(11):
            self._rect(RIGHT - 0.15 - (11 - i) * step, 0.38, step, 0.12,
                       fade(self.theme.ink, i / 10, self.theme.lane))
        for text, x in (('confidence  0', RIGHT - 0.2 - 11 * step), ('1',
                                                                     RIGHT)):
            self._text(x, 0.44, text, 'muted', ha='right')

    def draw_panel(self, panel: Panel) -> None:
        """Lanes and time axis of one stretch."""
        bands = {}
        for lanes in panel.lanes:
            bands.setdefault(lanes.body, []).append(lanes)
            self._rect(LEFT, self.y + lanes.y,
                       panel.x(panel.stop) - LEFT, lanes.height,
                       self.theme.lane)
        self._draw_times(panel)
        for body, band in bands.items():
            top, height = band[0].y, sum(lanes.height for lanes in band)
            self._rect(LEFT - 0.07, self.y + top, 0.05, height,
                       BODY_COLOURS[body])
            self._text(
                LEFT - (0.55 if len(band) > 1 else 0.15),
                self.y + top + height / 2,
                BODY_NAMES[body],
                size=9,
                ha='right')
            for lanes in band:
                self._draw_lanes(lanes)
        if not any(lanes.boxes for lanes in panel.lanes):
            self._text(
                (LEFT + panel.x(panel.stop)) / 2,
                self.y + panel.height / 2,
                'no segments',
                'muted',
                9,
                ha='center')
        self.y += panel.height + _BELOW_PANEL

    def _draw_times(self, panel: Panel) -> None:
        long = self.layout.panels[-1].stop >= _LONG
        step = next(
            (s
             for s in _TICKS if (panel.end - panel.start) / s <= _MOST_TICKS),
            _TICKS[-1])
        bottom = self.y + panel.height
        first = math.ceil(panel.start / step - 1e-9)
        last = math.floor(panel.stop / step + 1e-9)
        for time in (i * step for i in range(first, last + 1)):
            x = panel.x(time)
            self._rect(x - 0.004, self.y, 0.008, panel.height + 0.05,
                       self.theme.line)
            self._text(
                x,
                bottom + 0.15,
                format_time(time) if long else f'{time:.6g} s',
                'muted',
                ha='center')

    def _draw_lanes(self, lanes: Lanes) -> None:
        if lanes.title:
            self._text(
                LEFT - 0.12,
                self.y + lanes.y + lanes.height / 2,
                lanes.title,
                'muted',
                size=7,
                ha='right')
        height = self.layout.row
        inset = 0.08 * height
        for box in lanes.boxes:
            y = self.y + lanes.y + box.row * height
            colour = action_colour(box.segment.action)
            filling = fade(colour, box.segment.score, self.theme.lane)
            self._rect(box.x, y + inset, box.width, height - 2 * inset,
                       filling, mix(colour, self.theme.ink, 0.7))
            if box.text:
                self._text(
                    box.x +
                    (box.width / 2 if box.inside else box.width + 0.04),
                    y + height / 2,
                    box.text,
                    text_colour(filling) if box.inside else 'ink',
                    size=self.layout.font_size,
                    ha='center' if box.inside else 'left')

    def draw_legend(self) -> None:
        """Actions of the boxes that bear no name."""
        unnamed = self.layout.unnamed
        rows = math.ceil(len(unnamed) / _LEGEND_COLUMNS)
        column = (RIGHT - LEFT) / _LEGEND_COLUMNS
        for i, action in enumerate(unnamed):
            x = LEFT + i // rows * column
            y = self.y + (i % rows + 0.5) * _LEGEND_ROW
            self._rect(x, y - 0.055, 0.16, 0.11, action_colour(action))
            self._text(x + 0.45, y, ACTIONS[action].code, 'muted', ha='right')
            self._text(x + 0.5, y, ACTIONS[action].name)

    def _rect(self,
              x: float,
              y: float,
              width: float,
              height: float,
              colour: str,
              edge: str = 'none') -> None:
        self._axes.add_patch(
            Rectangle((x, y),
                      width,
                      height,
                      facecolor=colour,
                      edgecolor=edge,
                      linewidth=0 if edge == 'none' else 0.7))

    def _text(self,
              x: float,
              y: float,
              text: str,
              colour: str = 'ink',
              size: float = 8,
              **kwargs) -> None:
        self._axes.text(
            x,
            y,
            text,
            color=getattr(self.theme, colour, colour),
            fontsize=size,
            fontfamily=_families(),
            va='center_baseline',
            parse_math=False,  # a '$' in the name of a file is a '$'
            **kwargs)


@lru_cache(maxsize=None)
def _families() -> Tuple[str, ...]:
    known = set(fontManager.get_font_names())
    return ('DejaVu Sans', *(f for f in _OTHER_FONTS if f in known))
