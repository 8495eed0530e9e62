# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the pictures of a video's result have in common: colours, fonts, times.

Colours are ``'#rrggbb'``.
"""
import colorsys
import math
import os.path as osp
from dataclasses import dataclass
from functools import lru_cache
from typing import Tuple

import matplotlib
from matplotlib.colors import to_hex, to_rgb
from PIL import ImageFont

from mmaction_microaction.labels import ACTIONS, BODY_COLOURS, actions_of_body
from mmaction_microaction.utils.errors import UserError

# Lightness of neighbouring actions: normal, dark, light. Together with a hue
# that walks slowly, no two of one body part look the same.
_LIGHTNESS = (1., 0.64, 1.42)
_HUE_STEP = 5.5 / 360  # of a turn, from one action to the next
_FAINTEST = 0.25  # opacity of score 0, which has to be seen as well


@dataclass(frozen=True)
class Theme:
    """Colours of everything that is not data.

    Attributes:
        paper (str): Background.
        lane (str): Background of a lane, of the track of a bar.
        line (str): Lines of a grid.
        ink (str): Text.
        muted (str): Text of less importance.
    """
    paper: str
    lane: str
    line: str
    ink: str
    muted: str


THEMES = dict(
    light=Theme('#ffffff', '#f2f4f6', '#d5dae0', '#1c2127', '#5b6672'),
    dark=Theme('#14181d', '#1f252c', '#38414b', '#e9ecef', '#a3adb8'))


def get_theme(name: str) -> Theme:
    """Look a theme up.

    Args:
        name (str): ``'light'`` or ``'dark'``.

    Returns:
        Theme: The theme.

    Raises:
        ValueError: If there is no such theme.
    """
    if name not in THEMES:
        raise UserError(f'theme must be one of {list(THEMES)}, but got '
                        f'{name!r}')
    return THEMES[name]


@lru_cache(maxsize=None)
def action_colour(action: int) -> str:
    """The colour of an action, of the family of its body part's colour.

    Args:
        action (int): Class number, 0 to 51.

    Returns:
        str: Different for all actions.
    """
    body = ACTIONS[action].group
    members = actions_of_body(body)
    place = action - members[0].index
    hue, light, saturation = colorsys.rgb_to_hls(*to_rgb(BODY_COLOURS[body]))
    hue += (place - (len(members) - 1) / 2) * _HUE_STEP
    light = min(0.82, light * _LIGHTNESS[place % len(_LIGHTNESS)])
    return to_hex(colorsys.hls_to_rgb(hue % 1, light, saturation))


def fade(colour: str, score: float, background: str) -> str:
    """Show a score as opacity.

    Args:
        colour (str): Of score 1.
        score (float): 0 to 1; others are clipped.
        background (str): What shines through.

    Returns:
        str: The mixture, an opaque colour.
    """
    return mix(colour, background,
               _FAINTEST + (1 - _FAINTEST) * min(max(score, 0), 1))


def mix(colour: str, other: str, share: float) -> str:
    """A colour between two others.

    Args:
        colour (str): One of them.
        other (str): The other one.
        share (float): How much there is of the first, 0 to 1.

    Returns:
        str: The mixture.
    """
    return to_hex([
        share * a + (1 - share) * b
        for a, b in zip(to_rgb(colour), to_rgb(other))
    ])


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 defines it.

    Args:
        one (str): A colour.
        other (str): Another one.

    Returns:
        float: 1 (none) to 21 (black on white); text wants 4.5 at least.
    """
    low, high = sorted(_luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def text_colour(background: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    return max('#000000', '#ffffff', key=lambda c: contrast(c, background))


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055)**2.4
        for c in to_rgb(colour)
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear))


@lru_cache(maxsize=None)
def load_font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font of matplotlib, which comes with it, for Pillow.

    Args:
        size (int): Pixels.
        bold (bool): Defaults to False.

    Returns:
        ImageFont.FreeTypeFont: DejaVu Sans.
    """
    name = 'DejaVuSans-Bold.ttf' if bold else 'DejaVuSans.ttf'
    path = osp.join(matplotlib.get_data_path(), 'fonts', 'ttf', name)
    return ImageFont.truetype(path, size)


def format_time(seconds: float, step: float = 1) -> str:
    """A time as people write it.

    Args:
        seconds (float): Not negative.
        step (float): What has to be told apart, in seconds; below 1 it adds
            decimals. Defaults to 1.

    Returns:
        str: ``'0:07'``, ``'12:30'``, ``'1:02:03'`` or ``'0:07.25'``.
    """
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    minutes, rest = divmod(round(seconds, decimals), 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 + (decimals and decimals + 1)
    head = f'{hours}:{minutes:02}' if hours else f'{minutes}'
    return f'{head}:{rest:0{width}.{decimals}f}'


def rgb_tuple(colour: str) -> Tuple[int, int, int]:
    """Three numbers of 0 to 255, for Pillow and NumPy."""
    return tuple(round(255 * c) for c in to_rgb(colour))
