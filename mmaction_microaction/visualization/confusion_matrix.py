# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Confusion matrices as pictures.

Drawn with matplotlib's object interface: no display, no global state.

Shapes: K classes.
"""
from typing import List, Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmaction_microaction.utils.errors import UserError

_NO_CLIPS = '0.88'  # grey: a row without clips is not a row of misses
_OUTLINE = '#d95f02'


def draw_confusion_matrix(matrix: np.ndarray,
                          names: Sequence[str],
                          path: str,
                          normalize: bool = True,
                          groups: Optional[Sequence[int]] = None,
                          counted: str = 'clips',
                          title: Optional[str] = None) -> None:
    """Draw a confusion matrix into a png file.

    Args:
        matrix (np.ndarray): Shape (K, K), int; clips by true class (rows) and
            predicted class (columns).
        names (Sequence[str]): Names of the K classes.
        path (str): The png file to write.
        normalize (bool): Whether to show percent of the row's clips instead
            of their number. Defaults to True.
        groups (Sequence[int], optional): Group of each class, e.g. its body
            part; neighbours of one group are outlined. Defaults to None.
        counted (str): What the matrix counts. Defaults to ``'clips'``.
        title (str, optional): Stands above it. Defaults to None: what the
            cells are.

    Raises:
        ValueError: If matrix, names and groups differ in length.
    """
    matrix = np.asarray(matrix)
    size = len(names)
    if matrix.shape != (size, size):
        raise UserError(f'expected a matrix of shape {(size, size)} for '
                        f'{size} names, but got {matrix.shape}')
    if groups is not None and len(groups) != size:
        raise UserError(f'expected a group for each of {size} names, but got '
                        f'{len(groups)}')
    support = matrix.sum(axis=1)
    percent = 100 * matrix / np.maximum(support, 1)[:, None]
    cells = np.round(percent).astype(int) if normalize else matrix

    # Inches: 0.24 for a cell of many, 0.6 of few, and room for the names.
    side = size * (0.24 if size > 20 else 0.6)
    figure = Figure(figsize=(side + 3.2, side + 2.9), layout='constrained')
    axes = figure.add_subplot()
    shown = np.ma.masked_array(
        percent, np.broadcast_to(support[:, None] == 0, percent.shape))
    axes.set_facecolor(_NO_CLIPS)
    image = axes.imshow(shown, cmap='Blues', vmin=0, vmax=100)
    _write_cells(axes, cells, percent, fontsize=5.5 if size > 20 else 10)
    for start, end in _runs(groups):
        axes.add_patch(
            Rectangle((start - 0.5, start - 0.5),
                      end - start,
                      end - start,
                      fill=False,
                      edgecolor=_OUTLINE,
                      linewidth=1.2))
    _name_axes(axes, names, support, counted, fontsize=7 if size > 20 else 10)
    unit = '% of the true class' if normalize else counted
    axes.set_title(title or f'Confusion, {unit}')
    bar = figure.colorbar(image, ax=axes, shrink=0.5, pad=0.01)
    bar.set_label('% of the true class')
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=150, bbox_inches='tight')


def _write_cells(axes: Axes, cells: np.ndarray, percent: np.ndarray,
                 fontsize: float) -> None:
    # Zeros stay empty: a number in each of 2,704 cells hides the picture.
    for row, column in zip(*np.nonzero(cells)):
        axes.text(
            column,
            row,
            cells[row, column],
            fontsize=fontsize,
            color='white' if percent[row, column] > 50 else 'black',
            ha='center',
            va='center')


def _name_axes(axes: Axes, names: Sequence[str], support: np.ndarray,
               counted: str, fontsize: float) -> None:
    ticks = range(len(names))
    axes.set_xticks(ticks, names, rotation=90, fontsize=fontsize)
    rows = [f'{name} ({number})' for name, number in zip(names, support)]
    axes.set_yticks(ticks, rows, fontsize=fontsize)
    axes.set_xlabel('predicted')
    axes.set_ylabel(f'true ({counted})')


def _runs(groups: Optional[Sequence[int]]) -> List[Tuple[int, int]]:
    """Half-open ranges of neighbours with the same group."""
    if groups is None:
        return []
    edges = np.flatnonzero(np.diff(groups)) + 1
    bounds = [0, *edges.tolist(), len(groups)]
    return list(zip(bounds, bounds[1:]))
