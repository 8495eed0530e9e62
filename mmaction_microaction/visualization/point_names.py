# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Names beside points, none on top of another.

Shapes: M points.
"""
from typing import List, Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

_RADIUS = 6  # of a point's mark, in points of a print
# Where a name may stand, in points from its own: beside it, else farther
# away at the end of a line.
_NEAR = [(7, 3, 'left'), (7, -10, 'left'), (-7, 3, 'right'),
         (-7, -10, 'right'), (0, 8, 'center'), (0, -16, 'center')]
_FAR = [(x * far, y * far - 3, 'left' if x > 0 else 'right')
        for far in (14, 24, 36, 52, 70, 90)
        for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1.4, 0), (-1.4, 0))]


def name_points(axes: Axes,
                points: np.ndarray,
                names: Sequence[str],
                avoid: Optional[np.ndarray] = None,
                fontsize: float = 7.5) -> List[Text]:
    """Write a name beside each point.

    To be called last: it settles the layout of the figure. The first points
    get the best places.

    Args:
        axes (Axes): Of a figure.
        points (np.ndarray): (M, 2), in the data's units.
        names (Sequence[str]): M names.
        avoid (np.ndarray, optional): (P, 2), points that no name may hide.
            Defaults to None: those that are named.
        fontsize (float): In points of a print. Defaults to 7.5.

    Returns:
        list[Text]: The names that found a free place.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    figure.set_layout_engine('none')
    renderer = FigureCanvasAgg(figure).get_renderer()
    inside = axes.get_window_extent()
    # Points of a print to pixels.
    radius = _RADIUS * figure.dpi / 72
    hidden = np.asarray(points if avoid is None else avoid)
    taken = [
        Bbox([xy - radius, xy + radius])
        for xy in axes.transData.transform(hidden.reshape(-1, 2))
    ]
    texts = []
    for point, name in zip(points, names):
        for place in _NEAR + _FAR:
            text = _write(axes, name, point, place, fontsize)
            text.update_positions(renderer)
            # Of the letters alone, without the line to the point.
            box = Text.get_window_extent(text, renderer)
            if not _hits(box, taken) and _is_inside(box, inside):
                taken.append(box)
                texts.append(text)
                break
            text.remove()
    return texts


def _write(axes: Axes, name: str, point: np.ndarray, place: tuple,
           fontsize: float) -> Annotation:
    x, y, side = place
    line = dict(arrowstyle='-', color='0.45', linewidth=0.6, shrinkB=3)
    text = axes.annotate(
        name,
        point,
        xytext=(x, y),
        textcoords='offset points',
        ha=side,
        fontsize=fontsize,
        color='0.1',
        zorder=4,
        arrowprops=None if place in _NEAR else line)
    text.set_path_effects([withStroke(linewidth=2, foreground='white')])
    return text


def _hits(box: Bbox, others: Sequence[Bbox]) -> bool:
    return any(box.overlaps(other) for other in others)


def _is_inside(box: Bbox, frame: Bbox) -> bool:
    return (frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0
            and box.y1 <= frame.y1)
