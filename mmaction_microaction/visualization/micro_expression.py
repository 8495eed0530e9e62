# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Attention of a model of onset and apex, one micro-expression per row."""
from dataclasses import dataclass
from typing import Sequence

import numpy as np
from matplotlib.axes import Axes

from mmaction_microaction.utils.errors import UserError
from .style import new_figure

_SIZE, _TITLE = 1.5, 0.65  # inches, the heights of a picture and its texts
_LEAST = 8  # grey levels; noise alone does not fill the colours


@dataclass(frozen=True)
class ExpressionMaps:
    """Content of one row of the picture."""
    title: str
    onset: np.ndarray  # (H, W, 3), uint8, RGB
    apex: np.ndarray  # the same
    attention: Sequence[np.ndarray]  # A maps (h, w) of any sizes, 0 to 1
    position: np.ndarray  # (g, g), distance of features from their mean


def signed_difference(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
    """Change of brightness of two frames (H, W, 3) uint8: (H, W) float64, grey
    levels from -255 to 255; ValueError if shapes differ."""
    if onset.shape != apex.shape:
        raise UserError('onset and apex must have one size, but got '
                        f'{onset.shape} and {apex.shape}')
    return apex.mean(axis=2) - onset.mean(axis=2)


def draw_micro_expressions(clips: Sequence[ExpressionMaps], path: str) -> None:
    """Draw onset, apex, difference, attention and position into a png file.

    Each map is coloured between its own minimum and maximum, printed above it.
    ValueError without clips, or if onset and apex differ in size.
    """
    if not clips:
        raise UserError('there are no micro-expressions to draw')
    columns = 4 + max(len(clip.attention) for clip in clips)
    height, width = clips[0].onset.shape[:2]
    figure = new_figure(columns * _SIZE * max(width / height, 0.8),
                        len(clips) * (_SIZE + _TITLE))
    rows = figure.subfigures(len(clips), 1, squeeze=False)[:, 0]
    for row, clip in zip(rows, clips):
        # A name is text: a dollar sign in it begins no formula.
        style = dict(ha='left', fontsize=10, parse_math=False)
        row.suptitle(clip.title, x=0.01, **style)
        axes = row.subplots(1, columns, squeeze=False)[0]
        for ax in axes:
            ax.set_axis_off()
        _draw_frames(axes[:3], clip)
        for i, (ax, weights) in enumerate(zip(axes[3:], clip.attention), 1):
            _draw_map(ax, clip.apex, weights, f'attention {i}', 'inferno')
        _draw_map(axes[-1], clip.onset, clip.position, 'positions', 'viridis')
    figure.savefig(path, dpi=110)


def _draw_frames(axes: Sequence[Axes], clip: ExpressionMaps) -> None:
    difference = signed_difference(clip.onset, clip.apex)
    # A few pixels of noise shall not pale the rest.
    limit = max(_LEAST, np.quantile(np.abs(difference), 0.999))
    look = dict(cmap='RdBu_r', vmin=-limit, vmax=limit)
    pictures = dict(onset=clip.onset, apex=clip.apex)
    pictures[f'apex - onset\n±{limit:.0f} of 255'] = difference
    for ax, (title, picture) in zip(axes, pictures.items()):
        ax.imshow(picture, **look)  # colours are for the difference alone
        ax.set_title(title, fontsize=8)


def _draw_map(axes: Axes, frame: np.ndarray, values: np.ndarray, name: str,
              colours: str) -> None:
    """A coarse map over a grey face."""
    height, width = frame.shape[:2]
    axes.imshow(frame.mean(axis=2), cmap='gray', vmin=0, vmax=255)
    look = dict(cmap=colours, alpha=0.6, interpolation='bilinear')
    axes.imshow(values, extent=(-0.5, width - 0.5, height - 0.5, -0.5), **look)
    span = f'{values.min():.2f} to {values.max():.2f}'
    axes.set_title(f'{name}\n{span}', fontsize=8)
