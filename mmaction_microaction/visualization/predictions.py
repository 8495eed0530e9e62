# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Pictures of single predictions: frames beside the most probable classes.

Drawn with matplotlib's object interface: no display, no global state.

Shapes: T frames of H x W pixels, K = 52 classes.
"""
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmaction_microaction.labels import ACTIONS, BODY_COLOURS, BODY_NAMES
from mmaction_microaction.utils.errors import UserError
from .strips import draw_strip

_TOP = 5
_ALPHA = 0.6  # the names stand on the bars


@dataclass(frozen=True)
class PredictedClip:
    """What one row of the picture shows.

    Attributes:
        name (str): Name of the clip.
        frames (np.ndarray): Shape (T, H, W, 3), uint8, RGB.
        scores (np.ndarray): Shape (K,), float, probabilities.
        label (int, optional): The true class, if it is known.
    """
    name: str
    frames: np.ndarray
    scores: np.ndarray
    label: Optional[int] = None


def draw_predictions(clips: Sequence[PredictedClip], path: str) -> None:
    """Draw clips and their five most probable classes into a png file.

    Args:
        clips (Sequence[PredictedClip]): One row each; all with T frames.
        path (str): The png file to write.

    Raises:
        ValueError: If there is no clip.
    """
    if not clips:
        raise UserError('there are no clips to draw')
    num_frames, height, width = clips[0].frames.shape[:3]
    strip = 1.7 * num_frames * width / height  # inches, for rows 1.7 high
    figure = Figure((strip + 5, 1.95 * len(clips) + 0.5), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(
        len(clips), 2, width_ratios=[strip, 5], squeeze=False)
    for clip, (left, right) in zip(clips, axes):
        _draw_strip(left, clip)
        _draw_bars(right, clip)
    bodies = {ACTIONS[k].group for c in clips for k in _best(c.scores)}
    handles = [
        axes[0, 1].barh(0, 0, alpha=_ALPHA, color=BODY_COLOURS[body])[0]
        for body in sorted(bodies)
    ]
    figure.legend(
        handles, [BODY_NAMES[body] for body in sorted(bodies)],
        loc='outside lower center',
        ncols=len(bodies),
        frameon=False,
        fontsize=9)
    figure.savefig(path, dpi=80)


def _best(scores: np.ndarray) -> np.ndarray:
    return np.argsort(scores, kind='stable')[::-1][:_TOP]


def _draw_strip(axes: Axes, clip: PredictedClip) -> None:
    title = clip.name
    if clip.label is not None:
        action = ACTIONS[clip.label]
        title += f'   true: {action.name} ({action.group_name})'
    draw_strip(axes, clip.frames, title)


def _draw_bars(axes: Axes, clip: PredictedClip) -> None:
    best = _best(clip.scores)
    axes.barh(
        range(len(best)),
        clip.scores[best],
        alpha=_ALPHA,
        color=[BODY_COLOURS[ACTIONS[k].group] for k in best])
    for row, k in enumerate(best):
        hit = '  ✓' if k == clip.label else ''
        axes.text(
            0.01,
            row,
            f'{ACTIONS[k].name}  {100 * clip.scores[k]:.0f} %{hit}',
            va='center',
            fontsize=9,
            fontweight='bold' if hit else 'normal')
    axes.set(xlim=(0, 1), ylim=(len(best) - 0.5, -0.5), yticks=[], xticks=[])
    axes.spines[['top', 'right', 'bottom']].set_visible(False)
