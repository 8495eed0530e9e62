# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scatter plots of classes and clips, with names."""
from typing import List, Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation, Text
from matplotlib.ticker import MaxNLocator, NullLocator
from matplotlib.transforms import Bbox

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError
from .style import new_figure, strip_axes

_TICKS = [0, *(digit * 10**power for power in range(6) for digit in (1, 2, 5))]
_RADIUS = 6  # of a point's mark, in points of a print
# Where a name may stand, in points from its own: beside it, else farther
# away at the end of a line.
_NEAR = [(7, 3, 'left'), (7, -10, 'left'), (-7, 3, 'right'),
         (-7, -10, 'right'), (0, 8, 'center'), (0, -16, 'center')]
_FAR = [(x * far, y * far - 3, 'left' if x > 0 else 'right')
        for far in (14, 24, 36, 52, 70, 90)
        for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1.4, 0), (-1.4, 0))]


def draw_class_scatter(counts: Sequence[int],
                       f1: Sequence[float],
                       taxonomy: Taxonomy,
                       path: str,
                       counts_name: str = 'training clips') -> None:
    """Draw F1 of each class, 0 to 1 or NaN, against its number of clips into a
    png file; names those farthest from the trend of F1 over the log count.
    ValueError if lengths differ or every F1 is NaN."""
    counts, f1 = np.asarray(counts), np.asarray(f1, float)
    shown = np.flatnonzero(~np.isnan(f1))
    if not len(counts) == len(f1) == taxonomy.num_classes or not len(shown):
        raise UserError('expected count and F1 of each of '
                        f'{taxonomy.num_classes} classes, and at least one, '
                        f'but got {len(counts)} and {len(f1)}')
    points = np.stack([counts, 100 * f1], axis=1)[shown]
    counts, f1, groups = counts[shown], f1[shown], taxonomy.group_index[shown]
    axes = new_figure(9, 6).subplots()
    style = dict(s=36, edgecolors='white', linewidths=0.6, zorder=3)
    for group in np.unique(groups):
        look = dict(style, color=taxonomy.colours[group])
        axes.scatter(
            *points[groups == group].T, label=taxonomy.groups[group], **look)
    _scale(axes, counts)
    axes.set(ylim=(-4, 106), ylabel='F1, %')
    axes.set_xlabel(f'{counts_name} of the class')
    axes.grid(alpha=0.3)
    strip_axes(axes)
    axes.figure.legend(loc='outside lower center', ncols=7, frameon=False)
    far = far_from_trend(np.log1p(counts), f1, 14)
    names = [taxonomy.names[i] for i in shown[far]]
    name_points(axes, points[far], names, avoid=points)
    axes.figure.savefig(path, dpi=110)


def far_from_trend(x: np.ndarray, y: np.ndarray, number: int) -> np.ndarray:
    """Indices of the points farthest from a line through all."""
    slope = np.polyfit(x, y, 1)[0] if np.ptp(x) > 0 else 0.
    distance = np.abs((y - y.mean()) - slope * (x - x.mean()))
    return np.argsort(-distance, kind='stable')[:number]


def _scale(axes: Axes, counts: np.ndarray) -> None:
    """A logarithmic axis for a long tail, a linear one for even counts."""
    low, high = counts.min(), counts.max()
    if high <= 4 * low:
        axes.set_xlim(0.85 * low - 1, 1.15 * high + 1)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        return
    # Linear up to 1, as a class may be without a clip.
    axes.set_xscale('symlog', linthresh=1)
    start, end = 0.75 * low - 0.3, 1.4 * high + 1
    axes.set_xlim(start, end)
    ticks = [t for t in _TICKS if start <= t <= end]
    axes.set_xticks(ticks, [f'{t:,}' for t in ticks])
    axes.xaxis.set_minor_locator(NullLocator())


def draw_embedding_map(points: np.ndarray,
                       labels: Sequence[int],
                       correct: Sequence[bool],
                       taxonomy: Taxonomy,
                       path: str,
                       label_points: Optional[np.ndarray] = None,
                       axis_name: str = 'PCA') -> None:
    """Draw N clips in the colour of their true group into a png file.

    Args:
        points (np.ndarray): (N, 2) float.
        correct (Sequence[bool]): (N,), False: drawn as a cross.
        label_points (np.ndarray, optional): (K, 2) class vectors, drawn with
            their names. None: names are at the median of the clips of a class.

    Raises:
        ValueError: If lengths differ.
    """
    points, labels = np.asarray(points), np.asarray(labels)
    correct = np.asarray(correct, bool)
    if points.shape != (len(labels), 2) or len(correct) != len(labels):
        raise UserError('expected a point, a label and a verdict for each '
                        f'clip, but got {points.shape}, {labels.shape} and '
                        f'{correct.shape}')
    shown, places = np.arange(taxonomy.num_classes), label_points
    if places is not None and places.shape != (len(shown), 2):
        raise UserError(f'expected a point for each of {len(shown)} classes, '
                        f'but got {places.shape}')
    colours = np.array(taxonomy.colours)[taxonomy.group_index]
    figure = new_figure(11, 9)
    axes = figure.subplots()
    for marker, members in (('o', correct), ('x', ~correct)):
        style = dict(s=16, marker=marker, alpha=0.6, linewidths=0.9)
        axes.scatter(*points[members].T, c=colours[labels[members]], **style)
    kinds = dict(o='recognised', x='not recognised')
    if label_points is None:
        shown = np.unique(labels)
        places = [np.median(points[labels == k], axis=0) for k in shown]
    else:
        kinds['*'] = 'vector of a label'
        style = dict(s=90, edgecolors='black', linewidths=0.6, zorder=3)
        axes.scatter(*label_points.T, marker='*', c=colours, **style)
    axes.set(xlabel=f'{axis_name} 1', ylabel=f'{axis_name} 2')
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    marks = [('s', taxonomy.colours[g], taxonomy.groups[g])
             for g in np.unique(taxonomy.group_index[shown])]
    marks += [(marker, '0.3', kind) for marker, kind in kinds.items()]
    lines = [Line2D([], [], ls='', marker=m, color=c) for m, c, _ in marks]
    place = dict(loc='outside lower center', ncols=6, frameon=False)
    figure.legend(lines, [name for *_, name in marks], **place)
    name_points(axes, places, [taxonomy.names[k] for k in shown])
    figure.savefig(path, dpi=110)


def name_points(axes: Axes,
                points: np.ndarray,
                names: Sequence[str],
                avoid: Optional[np.ndarray] = None) -> List[Text]:
    """Write names beside points without overlap, also with the points to
    ``avoid`` (default: the same); returns those that fit. The first points get
    the best places. It fixes the layout of the figure."""
    figure = axes.figure
    figure.draw_without_rendering()
    figure.set_layout_engine('none')
    renderer = figure.canvas.get_renderer()
    frame = axes.get_window_extent()
    radius = _RADIUS * figure.dpi / 72  # pixels
    hidden = np.reshape(points if avoid is None else avoid, (-1, 2))
    spots, texts = axes.transData.transform(hidden), []
    taken = [Bbox([xy - radius, xy + radius]) for xy in spots]
    for point, name in zip(points, names):
        for place in _NEAR + _FAR:
            text = _write(axes, name, point, place)
            text.update_positions(renderer)
            # Of the letters alone, without the line to the point.
            box = Text.get_window_extent(text, renderer)
            if frame.count_contains(box.corners()) == 4 and \
                    not box.count_overlaps(taken):
                taken.append(box)
                texts.append(text)
                break
            text.remove()
    return texts


def _write(axes: Axes, name: str, point: np.ndarray,
           place: tuple) -> Annotation:
    *xy, side = place
    line = dict(arrowstyle='-', color='0.45', linewidth=0.6, shrinkB=3)
    style = dict(ha=side, fontsize=7.5, color='0.1', zorder=4)
    style.update(arrowprops=None if place in _NEAR else line)
    text = axes.annotate(name, point, xy, 'data', 'offset points', **style)
    text.set_path_effects([withStroke(linewidth=2, foreground='white')])
    return text
