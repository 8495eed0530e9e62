# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Curves of measured costs, one panel for each quantity that was varied."""
from typing import Dict, List, Sequence

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
    ``records`` are those of :meth:`.curves.Sweep.run`.
    """
    if not records:
        raise UserError('there are no measurements to draw')
    panels: Dict[tuple, List[dict]] = {}
    for record in records:
        key = record['title'], record['quantity'], record['unit']
        panels.setdefault(key, []).append(record)
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure((3.4 * _COLUMNS, 3.4 * rows + 0.6), layout='constrained')
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    groups = list(dict.fromkeys(title for title, _, _ in panels))
    legends = {}
    for axes, ((title, quantity, unit), members) in zip(grid, panels.items()):
        names = list(
            dict.fromkeys(r['name'] for r in records if r['title'] == title))
        for name in names:
            points = [r for r in members if r['name'] == name]
            line = axes.errorbar(
                [r['value'] for r in points], [r['ms'] for r in points],
                [[r['ms'] - r['low']
                  for r in points], [r['high'] - r['ms'] for r in points]],
                marker='o',
                markersize=4,
                capsize=2,
                color=_colour(groups.index(title), names.index(name)))
            legends.setdefault(title, {})[name] = line
        _label(axes, title, quantity, unit, [r['value'] for r in members])
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


def _colour(group: int, index: int) -> str:
    """The first group takes the colours from the front, the next from the
    back, so that they are told apart."""
    order = MA52.colours[::1 if group % 2 == 0 else -1]
    return order[index % len(order)]


def _label(axes, title: str, quantity: str, unit: str,
           values: Sequence[int]) -> None:
    values = sorted(set(values))
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
