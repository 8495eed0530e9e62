# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What all pictures have in common: figures, colours, fonts, times.

Colours are ``'#rrggbb'``.
"""
import colorsys
import math
import os.path as osp
from functools import lru_cache
from operator import mul
from typing import NamedTuple

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from PIL import ImageColor, ImageFont

from mmaction_microaction.taxonomy import MA52, Taxonomy

# Lightness of neighbouring actions: normal, dark, light. Together with a hue
# that walks slowly, no two of one group look the same.
_LIGHTNESS = (1., 0.64, 1.42)
_HUE_STEP = 5.5 / 360  # of a turn, from one action to the next
_FAINTEST = 0.25  # opacity of score 0, which has to be seen as well


class Theme(NamedTuple):
    """Colours of all but data."""
    paper: str  # the background
    lane: str  # that of a lane or of a bar's track
    line: str  # of a grid
    ink: str  # text
    muted: str  # text of less importance


THEMES = dict(
    light=Theme('#ffffff', '#f2f4f6', '#d5dae0', '#1c2127', '#5b6672'),
    dark=Theme('#14181d', '#1f252c', '#38414b', '#e9ecef', '#a3adb8'))


def new_figure(width: float, height: float, layout='constrained') -> Figure:
    """A figure of so many inches, without display or global state."""
    return FigureCanvasAgg(Figure((width, height), layout=layout)).figure


def strip_axes(axes) -> None:
    """Take the upper and right lines away, and put the grid behind data."""
    axes.spines[['top', 'right']].set_visible(False)
    axes.set_axisbelow(True)


@lru_cache(maxsize=None)
def action_colour(action: int, taxonomy: Taxonomy = MA52) -> str:
    """The colour of a class, of the family of its group's colour; different
    for all of MA-52."""
    label = taxonomy.labels[action]
    members = taxonomy.members(label.group)
    place = members.index(label)
    hue, light, saturation = colorsys.rgb_to_hls(
        *to_rgb(taxonomy.colours[label.group]))
    hue += (place - (len(members) - 1) / 2) * _HUE_STEP
    light = min(0.82, light * _LIGHTNESS[place % len(_LIGHTNESS)])
    return to_hex(colorsys.hls_to_rgb(hue % 1, light, saturation))


def group_word(taxonomy: Taxonomy) -> str:
    """What its groups are, in a word."""
    return 'body part' if taxonomy.groups == MA52.groups else 'group'


def fade(colour: str, score: float, background: str) -> str:
    """Show a score, 0 to 1, as opacity: an opaque mixture of a colour and of
    what shines through."""
    return mix(colour, background,
               _FAINTEST + (1 - _FAINTEST) * min(max(score, 0), 1))


def mix(colour: str, other: str, share: float) -> str:
    """A colour between two; ``share`` is how much there is of the first."""
    pairs = zip(to_rgb(colour), to_rgb(other))
    return to_hex([share * a + (1 - share) * b for a, b in pairs])


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 defines it, 1 (none) to 21 (black on
    white); text wants 4.5 at least."""
    lights = []
    for colour in (one, other):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055)**2.4
            for c in to_rgb(colour)
        ]
        lights.append(sum(map(mul, (0.2126, 0.7152, 0.0722), linear)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def text_colour(background: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    return max('#000000', '#ffffff', key=lambda c: contrast(c, background))


@lru_cache(maxsize=None)
def load_font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans of matplotlib for Pillow, so many pixels high."""
    path = osp.join(matplotlib.get_data_path(), 'fonts/ttf/DejaVuSans.ttf')
    return ImageFont.truetype(path, size)


def format_time(seconds: float, step: float = 1) -> str:
    """A time as people write it: ``'0:07'``, ``'1:02:03'`` or, where less
    than a second (``step``) has to be told apart, ``'0:07.25'``."""
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    minutes, rest = divmod(round(seconds, decimals), 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 + (decimals and decimals + 1)
    head = f'{hours}:{minutes:02}' if hours else f'{minutes}'
    return f'{head}:{rest:0{width}.{decimals}f}'


#: Three numbers of 0 to 255, for Pillow and NumPy.
rgb_tuple = ImageColor.getrgb
