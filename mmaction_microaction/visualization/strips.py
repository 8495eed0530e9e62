# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Frames of clips side by side, a row each.

Drawn with matplotlib's object interface: no display, no global state.

Shapes: T frames of H x W pixels.
"""
from dataclasses import dataclass
from typing import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmaction_microaction.utils.errors import UserError

_ROW = 1.35  # inches, the height of the frames
_TITLE = 0.3  # inches


@dataclass(frozen=True)
class Strip:
    """One row of the picture.

    Attributes:
        title (str): Stands above the frames.
        frames (np.ndarray): (T, H, W, 3), uint8, or float from 0 to 1; RGB.
    """
    title: str
    frames: np.ndarray


def draw_strips(strips: Sequence[Strip], path: str) -> None:
    """Draw rows of frames into a png file.

    Args:
        strips (Sequence[Strip]): One row each; their frames may differ in
            number and size.
        path (str): The png file to write.

    Raises:
        ValueError: If there is no strip.
    """
    if not strips:
        raise UserError('there are no strips to draw')
    shapes = [strip.frames.shape for strip in strips]
    width = max(_ROW * t * w / h for t, h, w, _ in shapes)
    figure = Figure((max(width, 6), (_ROW + _TITLE) * len(strips)),
                    layout='constrained')
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(strips), 1, squeeze=False)[:, 0]
    for axes, strip in zip(rows, strips):
        draw_strip(axes, strip.frames, strip.title)
        axes.set_anchor('W')
    figure.savefig(path, dpi=100)


def draw_strip(axes: Axes, frames: np.ndarray, title: str) -> None:
    """Draw one row of frames into given axes.

    Args:
        axes (Axes): Where to.
        frames (np.ndarray): (T, H, W, 3), uint8, or float from 0 to 1; RGB.
        title (str): Stands above the frames.
    """
    axes.imshow(np.concatenate(list(frames), axis=1))
    axes.set_axis_off()
    # A name is text: a dollar sign in it begins no formula.
    axes.set_title(title, loc='left', fontsize=9, parse_math=False)
