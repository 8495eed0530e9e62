# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The plain HTML parts of the page."""
from pathlib import Path

from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.visualization.report import (data_timelines,
                                                       fill_template)
from .analysis import Analysis

_TEMPLATES = Path(__file__).parent / 'templates'


def render(part: str, /, **values: object) -> str:
    """Fill in the template ``part`` (a file without its suffix)."""
    path = _TEMPLATES / f'{part}.html'
    return fill_template(path, outputs=OUTPUTS, **values)


def render_overview(analysis: Analysis) -> str:
    """Facts, problems, and the timeline in every theme, to be selected by
    CSS."""
    values = dict(result=analysis.result, failures=analysis.failures)
    timelines = data_timelines(analysis.result)
    return render('overview', timelines=timelines, **values)


def read_style() -> str:
    """The page's style sheet."""
    return (_TEMPLATES / 'page.css').read_text('utf-8')
