# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Common style of all pictures: figures, colours (``'#rrggbb'``), fonts,
times."""
import colorsys
import math
import os.path as osp
from functools import lru_cache
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from PIL import ImageFont

from mmaction_microaction.taxonomy import MA52, Taxonomy

# Lightness of neighbouring actions; with a hue that walks slowly, no two of
# one group look the same.
_LIGHTNESS = (1., 0.64, 1.42)
_HUE_STEP = 5.5 / 360  # of a turn, from one action to the next
_FAINTEST = 0.25  # opacity of score 0, which has to be seen as well


class Theme(NamedTuple):
    """Colours of everything except data."""
    paper: str  # the background
    lane: str  # that of a lane or of a bar's track
    line: str  # of a grid
    ink: str  # text
    muted: str  # text of less importance


THEMES = dict(
    light=Theme('#ffffff', '#f2f4f6', '#d5dae0', '#1c2127', '#5b6672'),
    dark=Theme('#14181d', '#1f252c', '#38414b', '#e9ecef', '#a3adb8'))


def new_figure(width: float, height: float, layout='constrained') -> Figure:
    """A figure, sizes in inches, without display or global state."""
    return FigureCanvasAgg(Figure((width, height), layout=layout)).figure


def strip_axes(axes) -> None:
    """Remove the upper and right lines, and put the grid behind data."""
    axes.spines[['top', 'right']].set_visible(False)
    axes.set_axisbelow(True)


@lru_cache(maxsize=None)
def action_colour(action: int, taxonomy: Taxonomy = MA52) -> str:
    """The colour of a class, near its group's; different for all of MA-52."""
    label = taxonomy.labels[action]
    members = taxonomy.members(label.group)
    place, base = members.index(label), taxonomy.colours[label.group]
    hue, light, saturation = colorsys.rgb_to_hls(*to_rgb(base))
    hue += (place - (len(members) - 1) / 2) * _HUE_STEP
    light = min(0.82, light * _LIGHTNESS[place % len(_LIGHTNESS)])
    return to_hex(colorsys.hls_to_rgb(hue % 1, light, saturation))


def group_word(taxonomy: Taxonomy) -> str:
    """What the groups of a label set are called."""
    return 'body part' if taxonomy.groups == MA52.groups else 'group'


def fade(colour: str, score: float, background: str) -> str:
    """Show a score, 0 to 1, as opacity over a background."""
    opacity = _FAINTEST + (1 - _FAINTEST) * min(max(score, 0), 1)
    return mix(colour, background, opacity)


def mix(colour: str, other: str, share: float) -> str:
    """A colour between two; ``share`` is that of the first."""
    pairs = zip(to_rgb(colour), to_rgb(other))
    return to_hex([share * a + (1 - share) * b for a, b in pairs])


def contrast(one: str, other: str) -> float:
    """As defined by WCAG 2, 1 to 21 (black on white); text needs 4.5."""
    x = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055)**2.4)
    dark, light = sorted(linear @ (0.2126, 0.7152, 0.0722))
    return (light + 0.05) / (dark + 0.05)


def text_colour(background: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    return max('#000000', '#ffffff', key=lambda c: contrast(c, background))


@lru_cache(maxsize=None)
def load_font(size: int) -> ImageFont.FreeTypeFont:
    """Matplotlib's DejaVu Sans for Pillow, ``size`` pixels high."""
    path = osp.join(matplotlib.get_data_path(), 'fonts/ttf/DejaVuSans.ttf')
    return ImageFont.truetype(path, size)


def format_time(seconds: float, step: float = 1) -> str:
    """``'0:07'``, ``'1:02:03'`` or, if ``step`` is less, ``'0:07.25'``."""
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    minutes, rest = divmod(round(seconds, decimals), 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 + (decimals and decimals + 1)
    head = f'{hours}:{minutes:02}' if hours else f'{minutes}'
    return f'{head}:{rest:0{width}.{decimals}f}'


def format_duration(seconds: float) -> str:
    """``'7.25 s'``, from a minute on as :func:`format_time`."""
    return f'{seconds:.2f} s' if seconds < 60 else format_time(seconds)
