# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How well each class is recognised, against how often it was seen.

Drawn with matplotlib's object interface: no display, no global state.

Shapes: K classes.
"""
from typing import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from mmaction_microaction.labels import BODY_COLOURS, BODY_NAMES
from mmaction_microaction.utils.errors import UserError
from .point_names import name_points

_TICKS = [0, *(digit * 10**power for power in range(6) for digit in (1, 2, 5))]


def far_from_trend(x: np.ndarray, y: np.ndarray, number: int) -> np.ndarray:
    """The points that are the farthest from a straight line through all.

    Args:
        x (np.ndarray): (K,) float.
        y (np.ndarray): (K,) float.
        number (int): How many points at most.

    Returns:
        np.ndarray: Their numbers, int64, the farthest first.
    """
    slope = 0.
    if np.ptp(x) > 0:
        slope = np.polyfit(x, y, 1)[0]
    distance = np.abs((y - y.mean()) - slope * (x - x.mean()))
    return np.argsort(-distance, kind='stable')[:number]


def draw_class_scatter(counts: Sequence[int],
                       f1: Sequence[float],
                       names: Sequence[str],
                       bodies: Sequence[int],
                       path: str,
                       counts_name: str = 'training clips',
                       labelled: int = 14) -> None:
    """Draw F1 against the number of clips into a png file.

    Args:
        counts (Sequence[int]): Clips of the K classes.
        f1 (Sequence[float]): F1 of the K classes, 0 to 1.
        names (Sequence[str]): Their names.
        bodies (Sequence[int]): Body part of each, 0 to 6.
        path (str): The png file to write.
        counts_name (str): What is counted. Defaults to ``'training clips'``.
        labelled (int): How many classes bear their name: those far from the
            trend of F1 over the logarithm of the count. Defaults to 14.

    Raises:
        ValueError: If there is no class, or the lengths differ.
    """
    columns = [np.asarray(column) for column in (counts, f1, names, bodies)]
    if {len(column) for column in columns} != {len(names)} or not len(names):
        raise UserError('expected count, F1, name and body part of at least '
                        'one class each, but got '
                        f'{[len(column) for column in columns]}')
    counts, f1, names, bodies = columns
    figure = Figure((9, 6), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for body in np.unique(bodies):
        members = bodies == body
        axes.scatter(
            counts[members],
            100 * f1[members],
            s=36,
            color=BODY_COLOURS[body],
            edgecolors='white',
            linewidths=0.6,
            label=BODY_NAMES[body],
            zorder=3)
    _scale(axes, counts)
    axes.set_ylim(-4, 106)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.set_xlabel(f'{counts_name} of the class')
    axes.set_ylabel('F1, %')
    axes.spines[['top', 'right']].set_visible(False)
    figure.legend(loc='outside lower center', ncols=7, frameon=False)
    far = far_from_trend(np.log1p(counts), f1, labelled)
    points = np.stack([counts, 100 * f1], axis=1)
    name_points(axes, points[far], names[far], avoid=points)
    figure.savefig(path, dpi=110)


def _scale(axes: Axes, counts: np.ndarray) -> None:
    """A logarithmic axis for a long tail, a linear one for even counts."""
    low, high = counts.min(), counts.max()
    if high <= 4 * low:
        axes.set_xlim(0.85 * low - 1, 1.15 * high + 1)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        return
    # Linear up to 1, as a class may be without a clip.
    axes.set_xscale('symlog', linthresh=1)
    axes.set_xlim(0.75 * low - 0.3, 1.4 * high + 1)
    ticks = [t for t in _TICKS if 0.75 * low - 0.3 <= t <= 1.4 * high + 1]
    axes.set_xticks(ticks, [f'{t:,}' for t in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
