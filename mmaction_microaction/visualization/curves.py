# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Curves of measured movement, with the contacts of either hand."""
import io
from typing import Dict

import numpy as np

from .style import THEMES, new_figure, strip_axes

_SPEED = 'scales/s'  # body scales, widths of the shoulders, per second
_PANELS = (('head', ('head', ), _SPEED), ('trunk', ('trunk', ), _SPEED),
           ('arms', ('right arm', 'left arm'),
            _SPEED), ('fingers', ('right hand', 'left hand'),
                      _SPEED), ('legs', ('right leg', 'left leg'), _SPEED),
           ('nose moved by', ('pitch', 'yaw'), 'scales'))
# As in a skeleton: the person's left side is orange, the right one blue.
_COLOURS = dict(right='#0077bb', left='#dd7700', pitch='#aa3377',
                yaw='#228833')  # yapf: disable


def draw_curves(curves: Dict[str, np.ndarray]) -> bytes:
    """Draw curves (T,) of :class:`MovementResult` as png. Gaps are frames
    without the points."""
    theme, times = THEMES['light'], curves['time']
    figure = new_figure(11, 9)
    axes = figure.subplots(
        len(_PANELS) + 1, 1, sharex=True,
        height_ratios=[2] * len(_PANELS) + [1.6])  # yapf: disable
    for ax, (title, names, unit) in zip(axes, _PANELS):
        for name in names:
            word = name.split()[0]
            colour = _COLOURS.get(word, theme.ink)
            label = word if len(names) > 1 else None
            track = curves[name]
            if unit != _SPEED and np.isfinite(track).any():
                track = track - np.nanmedian(track)
            ax.plot(times, track, color=colour, linewidth=.9, label=label)
        if len(names) > 1:
            ax.legend(loc='upper right', fontsize=7, frameon=False, ncols=2)
        ax.set_ylabel(f'{title},\n{unit}', fontsize=8)
        ax.set_xlim(times[0], times[-1])
        if unit == _SPEED:
            ax.set_ylim(bottom=0)
    kinds = sorted({
        x
        for side in ('right', 'left')
        for x in curves[f'{side} hand at'] if x
    })
    for side, shift in (('right', -.15), ('left', .15)):
        places = curves[f'{side} hand at']
        for row, kind in enumerate(kinds):
            level = np.where(places == kind, row + shift, np.nan)
            axes[-1].plot(times, level, color=_COLOURS[side], linewidth=4,
                          solid_capstyle='butt')  # yapf: disable
    axes[-1].set_yticks(range(len(kinds)), kinds, fontsize=7)
    axes[-1].set_ylim(-.6, max(len(kinds), 1) - .4)
    axes[-1].set_xlabel('seconds', fontsize=8)
    axes[-1].set_ylabel('hand at', fontsize=8)
    for ax in axes:
        strip_axes(ax)
        ax.tick_params(labelsize=7)
    file = io.BytesIO()
    figure.savefig(file, format='png', dpi=100, facecolor=theme.paper)
    return file.getvalue()
