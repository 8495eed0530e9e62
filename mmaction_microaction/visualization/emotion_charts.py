# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What speaks for an emotion, and how honest its probabilities are.

Drawn with matplotlib's object interface: no display, no global state.
"""
from typing import Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmaction_microaction.labels import BODY_COLOURS, BODY_NAMES, get_action

_PAIR_COLOUR = '#5b6672'  # of two body parts together


def draw_evidence(rows: Sequence[tuple], path: str, number: int = 8) -> None:
    """Draw the features with the largest weights for every emotion.

    Filled bars are those whose interval leaves 0 out.

    Args:
        rows (Sequence[Evidence]): Of all emotions, as
            :func:`~mmaction_microaction.emotion.bootstrap_evidence` gives.
        path (str): The png file to write.
        number (int): Features of each emotion, those with the largest
            absolute weights. Defaults to 8.

    Raises:
        ValueError: If there is no row.
    """
    emotions = list(dict.fromkeys(row.emotion for row in rows))
    if not emotions:
        raise ValueError('there is no feature to draw')
    figure = Figure((8.5, 0.5 + len(emotions) * (0.7 + 0.24 * number)),
                    layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(emotions), sharex=True, squeeze=False)[:, 0]
    for axes, emotion in zip(panels, emotions):
        own = [row for row in rows if row.emotion == emotion]
        own = sorted(own, key=lambda row: -abs(row.weight))[:number]
        _draw_bars(axes, sorted(own, key=lambda row: row.weight))
        axes.set_title(emotion, loc='left', fontweight='bold', fontsize=11)
    panels[-1].set_xlabel(
        'against                weight per standard deviation, with bootstrap '
        'interval                for')
    figure.savefig(path, dpi=120)


def draw_reliability(bins: Sequence[Tuple[int, float, float]],
                     path: str,
                     unit: str = 'sessions') -> None:
    """Draw accuracy against confidence.

    Args:
        bins (Sequence[tuple[int, float, float]]): Number, mean confidence and
            accuracy of each bin, 0 to 1.
        path (str): The png file to write.
        unit (str): What is counted. Defaults to ``'sessions'``.

    Raises:
        ValueError: If there is no bin.
    """
    if not len(bins):
        raise ValueError('there is no bin to draw')
    counts, confidence, accuracy = np.array(bins, float).T
    figure = Figure((5, 4.6), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], '--', color='0.6', label='honest')
    axes.plot(confidence, accuracy, '-', color=BODY_COLOURS[0], linewidth=1)
    axes.scatter(
        confidence,
        accuracy,
        s=20 + 380 * counts / counts.sum(),
        color=BODY_COLOURS[0],
        alpha=0.85,
        zorder=3)
    for x, y, count in zip(confidence, accuracy, counts):
        axes.annotate(f'{count:.0f}', (x, y), (9, -11),
                      textcoords='offset points', fontsize=8)  # yapf: disable
    axes.set(
        xlim=(0, 1.04),
        ylim=(-0.04, 1.06),
        xlabel='probability of the predicted emotion',
        ylabel='share that was right',
        title=f'Calibration; numbers are {unit}')
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(frameon=False, loc='lower right')
    figure.savefig(path, dpi=120)


def _draw_bars(axes: Axes, rows: Sequence[tuple]) -> None:
    for place, row in enumerate(rows):
        colour = _colour_of(row.feature.what)
        axes.barh(
            place,
            row.weight,
            color=colour if row.verdict else 'white',
            edgecolor=colour,
            height=0.7)
        axes.plot([row.low, row.high], [place, place],
                  color='#1c2127',
                  linewidth=1.2)
    axes.axvline(0, color='0.4', linewidth=0.8)
    axes.set_yticks(
        range(len(rows)), [row.feature.name for row in rows], fontsize=8)
    axes.grid(axis='x', alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)


def _colour_of(what: str) -> str:
    """That of the body part that a feature is about."""
    if what in BODY_NAMES:
        return BODY_COLOURS[BODY_NAMES.index(what)]
    if ' + ' in what:
        return _PAIR_COLOUR
    return BODY_COLOURS[get_action(what).body_index]
