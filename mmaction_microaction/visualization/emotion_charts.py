# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Charts of the evidence for emotions and of their calibration."""
from typing import Dict, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .style import THEMES, new_figure, strip_axes


def draw_evidence(rows: Sequence[tuple],
                  path: str,
                  number: int = 8,
                  taxonomy: Taxonomy = MA52) -> None:
    """Draw the features with the largest weights of every emotion.

    Args:
        rows (Sequence[Evidence]): Of :func:`bootstrap_evidence`. Bars are
            filled if the interval excludes 0.

    Raises:
        ValueError: If there are no rows.
    """
    emotions = list(dict.fromkeys(row.emotion for row in rows))
    if not emotions:
        raise UserError('there is no feature to draw')
    figure = new_figure(8.5, 0.5 + len(emotions) * (0.7 + 0.24 * number))
    panels = figure.subplots(len(emotions), sharex=True, squeeze=False)[:, 0]
    for axes, emotion in zip(panels, emotions):
        own = [row for row in rows if row.emotion == emotion]
        own = sorted(own, key=lambda row: -abs(row.weight))[:number]
        _draw_bars(axes, sorted(own, key=lambda row: row.weight), taxonomy)
        axes.set_title(emotion, loc='left', fontweight='bold', fontsize=11)
    panels[-1].set_xlabel(
        'against                weight per standard deviation, with bootstrap '
        'interval                for')
    figure.savefig(path, dpi=120)


def draw_reliability(curves: Dict[str, Sequence[Tuple[int, float, float]]],
                     path: str) -> None:
    """Draw the frequency of emotions against their probability.

    Args:
        curves (dict[str, Sequence]): Emotion -> count, mean probability and
            frequency of each bin, of :meth:`CrossValidation.reliability`.

    Raises:
        ValueError: If there are no curves.
    """
    if not any(len(bins) for bins in curves.values()):
        raise UserError('there is no bin to draw')
    axes = new_figure(5, 4.6).subplots()
    axes.plot([0, 1], [0, 1], '--', color='0.6', label='honest')
    for place, (name, bins) in enumerate(curves.items()):
        counts, probability, share = np.array(bins, float).reshape(-1, 3).T
        colour = MA52.colours[place % len(MA52.colours)]
        areas = 20 + 380 * counts / max(counts.sum(), 1)
        axes.plot(probability, share, '-', color=colour, linewidth=1)
        style = dict(color=colour, alpha=0.7, label=name, zorder=3)
        axes.scatter(probability, share, s=areas, **style)
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.06))
    axes.set_xlabel('probability of the emotion')
    axes.set_ylabel('share of sessions with it')
    axes.set_title('Calibration; areas are numbers of sessions')
    axes.grid(alpha=0.3)
    strip_axes(axes)
    legend = axes.legend(frameon=False, loc='upper left')
    for handle in legend.legend_handles[1:]:
        handle.set_sizes([30])
    axes.figure.savefig(path, dpi=120)


def _draw_bars(axes: Axes, rows: Sequence[tuple], taxonomy: Taxonomy) -> None:
    line = dict(color=THEMES['light'].ink, linewidth=1.2)
    for y, row in enumerate(rows):
        colour = _colour_of(row.feature.what, taxonomy)
        bar = dict(color=colour if row.verdict else 'white', height=0.7)
        axes.barh(y, row.weight, edgecolor=colour, **bar)
        axes.plot([row.low, row.high], [y, y], **line)
    axes.axvline(0, color='0.4', linewidth=0.8)
    names = [row.feature.name for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.grid(axis='x', alpha=0.3)
    strip_axes(axes)


def _colour_of(what: str, taxonomy: Taxonomy) -> str:
    """Colour of the group of a feature; grey for two groups."""
    if what in taxonomy.groups:
        return taxonomy.colours[taxonomy.groups.index(what)]
    if what in taxonomy.names:
        return taxonomy.colours[taxonomy.find(what).group]
    return THEMES['light'].muted
