# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Curves of measured costs, one panel for each quantity that was varied."""
from typing import Sequence

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from PIL import Image

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError

_COLUMNS = 4


def draw_cost_curves(records: Sequence[dict], path: str) -> None:
    """Draw times against quantities into a png file.

    Both axes are logarithmic where all values are above zero, so that a cost
    that grows in proportion is a line at 45 degrees; bars span the quartiles.
    ``records`` are those of :meth:`.curves.Sweep.run`. The first title takes
    its colours from the front, the next from the back, to be told apart.
    """
    if not records:
        raise UserError('there are no measurements to draw')
    table = pd.DataFrame(records)
    panels = table.groupby(['title', 'quantity', 'unit'], sort=False)
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure((3.4 * _COLUMNS, 3.4 * rows + 0.6), layout='constrained')
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    groups = {
        title: list(part['name'].unique())
        for title, part in table.groupby('title', sort=False)
    }
    legends = {}
    for axes, ((title, quantity, unit), panel) in zip(grid, panels):
        for name, part in panel.groupby('name', sort=False):
            order = MA52.colours[::-1 if list(groups).index(title) % 2 else 1]
            legends.setdefault(title, {})[name] = axes.errorbar(
                part['value'],
                part['ms'],
                (part['ms'] - part['low'], part['high'] - part['ms']),
                marker='o',
                markersize=4,
                capsize=2,
                color=order[groups[title].index(name) % len(order)])
        _label(axes, title, quantity, unit, sorted(set(panel['value'])))
    for axes in grid[len(panels):]:
        axes.axis('off')
    for i, (title, lines) in enumerate(legends.items()):
        figure.legend(
            lines.values(),
            lines,
            title=title,
            loc='outside lower ' + ('left', 'right')[i % 2],
            ncols=2,
            frameon=False,
            fontsize=9)
    figure.savefig(path, dpi=80, facecolor='white')
    with Image.open(path) as picture:  # few colours: a third of the bytes
        small = picture.convert('RGB').quantize(64)
    small.save(path, optimize=True)


def _label(axes, title: str, quantity: str, unit: str,
           values: Sequence[int]) -> None:
    if min(values) > 0:
        axes.set_xscale('log')
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yscale('log')
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f'{y:g}'))
    axes.set_xticks(values, [str(v) for v in values])
    axes.set_xlabel(quantity)
    axes.set_ylabel(unit)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.3)
