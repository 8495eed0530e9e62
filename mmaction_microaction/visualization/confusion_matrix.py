# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Confusion matrices as pictures."""
from typing import Optional, Sequence

import numpy as np
from matplotlib.patches import Rectangle

from mmaction_microaction.utils.errors import UserError
from .style import new_figure

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
        matrix (np.ndarray): (K, K) int; rows are true, columns predicted.
        names (Sequence[str]): K classes.
        normalize (bool): Whether to show percent of a row instead of counts.
        groups (Sequence[int], optional): Group of each class; adjacent classes
            of a group, e.g. a body part, are outlined.

    Raises:
        ValueError: If lengths differ.
    """
    matrix, size = np.asarray(matrix), len(names)
    if matrix.shape != (size, size):
        raise UserError(f'expected a matrix of shape {(size, size)} for '
                        f'{size} names, but got {matrix.shape}')
    if groups is not None and len(groups) != size:
        raise UserError(f'expected a group for each of {size} names, but got '
                        f'{len(groups)}')
    support = matrix.sum(axis=1)
    percent = 100 * matrix / np.maximum(support, 1)[:, None]
    cells = np.round(percent).astype(int) if normalize else matrix
    # Inches of a cell, points of numbers and of names.
    cell, small, font = (0.24, 5.5, 7) if size > 20 else (0.6, 10, 10)
    # There is room for the names.
    figure = new_figure(size * cell + 3.2, size * cell + 2.9)
    axes = figure.add_subplot()
    axes.set_facecolor(_NO_CLIPS)
    shown = np.ma.masked_array(percent, np.repeat(support == 0, size))
    image = axes.imshow(shown, cmap='Blues', vmin=0, vmax=100)
    # Zeros stay empty: a number in each of thousands of cells hides the rest.
    style = dict(fontsize=small, ha='center', va='center')
    for y, x in zip(*np.nonzero(cells)):
        ink = 'white' if percent[y, x] > 50 else 'black'
        axes.text(x, y, cells[y, x], color=ink, **style)
    bounds = [] if groups is None else [
        0, *np.flatnonzero(np.diff(groups)) + 1, size
    ]
    look = dict(fill=False, edgecolor=_OUTLINE, linewidth=1.2)
    for start, end in zip(bounds, bounds[1:]):
        corner = start - 0.5, start - 0.5
        axes.add_patch(Rectangle(corner, end - start, end - start, **look))
    rows = [f'{n} ({s})' for n, s in zip(names, support)]
    axes.set_xticks(range(size), names, rotation=90, fontsize=font)
    axes.set_yticks(range(size), rows, fontsize=font)
    percents = '% of the true class'
    title = title or f'Confusion, {percents if normalize else counted}'
    axes.set(xlabel='predicted', ylabel=f'true ({counted})', title=title)
    figure.colorbar(image, ax=axes, shrink=0.5, pad=0.01, label=percents)
    figure.savefig(path, dpi=150, bbox_inches='tight')
