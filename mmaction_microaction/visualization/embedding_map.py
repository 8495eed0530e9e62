# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Clips, and maybe labels, as points of a plane.

Drawn with matplotlib's object interface: no display, no global state.

Shapes: N clips, K classes.
"""
from typing import Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmaction_microaction.labels import BODY_COLOURS, BODY_NAMES
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .point_names import name_points


def draw_embedding_map(points: np.ndarray,
                       labels: Sequence[int],
                       correct: Sequence[bool],
                       names: Sequence[str],
                       path: str,
                       label_points: Optional[np.ndarray] = None,
                       axis_name: str = 'PCA') -> None:
    """Draw clips by their true body part into a png file.

    Args:
        points (np.ndarray): (N, 2), float.
        labels (Sequence[int]): True class of each clip.
        correct (Sequence[bool]): Whether each clip was recognised; the
            others are crosses.
        names (Sequence[str]): The K names.
        path (str): The png file to write.
        label_points (np.ndarray, optional): (K, 2), the classes' own vectors,
            drawn with their names. Defaults to None: a name stands at the
            median of the clips of a class, where there are some.
        axis_name (str): What the axes are. Defaults to ``'PCA'``.

    Raises:
        ValueError: If the numbers of points, labels or names do not fit.
    """
    points, labels = np.asarray(points), np.asarray(labels)
    correct = np.asarray(correct, bool)
    if points.shape != (len(labels), 2) or len(correct) != len(labels):
        raise UserError('expected a point, a label and a verdict for each '
                        f'clip, but got {points.shape}, {labels.shape} and '
                        f'{correct.shape}')
    if label_points is not None and label_points.shape != (len(names), 2):
        raise UserError(f'expected a point for each of {len(names)} classes, '
                        f'but got {label_points.shape}')
    parts = MA52.subset(names).group_index
    colours = np.array(BODY_COLOURS)[parts]
    figure = Figure((11, 9), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    _draw_clips(axes, points, colours[labels], correct)
    shown, places = np.arange(len(names)), label_points
    if label_points is None:
        shown = np.unique(labels)
        places = [np.median(points[labels == k], axis=0) for k in shown]
    else:
        _draw_stars(axes, label_points, colours)
    axes.set_xlabel(f'{axis_name} 1')
    axes.set_ylabel(f'{axis_name} 2')
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    figure.legend(
        handles=_legend(np.unique(parts[shown]), label_points is not None),
        loc='outside lower center',
        ncols=6,
        frameon=False)
    name_points(axes, places, [names[k] for k in shown])
    figure.savefig(path, dpi=110)


def _draw_clips(axes: Axes, points: np.ndarray, colours: np.ndarray,
                correct: np.ndarray) -> None:
    for marker, members in (('o', correct), ('x', ~correct)):
        axes.scatter(
            *points[members].T,
            s=16,
            marker=marker,
            c=colours[members],
            alpha=0.6,
            linewidths=0.9)


def _draw_stars(axes: Axes, points: np.ndarray, colours: np.ndarray) -> None:
    axes.scatter(
        *points.T,
        s=90,
        marker='*',
        c=colours,
        edgecolors='black',
        linewidths=0.6,
        zorder=3)


def _legend(bodies: np.ndarray, with_labels: bool) -> list:
    kinds = [('o', 'recognised'), ('x', 'not recognised')]
    if with_labels:
        kinds.append(('*', 'vector of a label'))
    colours = [(BODY_NAMES[b], 's', BODY_COLOURS[b]) for b in bodies]
    return [
        Line2D([], [], linestyle='', marker=marker, color=colour, label=name)
        for name, marker, colour in colours + [(name, marker, '0.3')
                                               for marker, name in kinds]
    ]
