# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The parts of the page that are plain HTML.

Strings are escaped by the templates; pictures are ``data:`` addresses.
"""
import base64
import os.path as osp
from functools import lru_cache

import jinja2

from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.results.behaviour_table import covered_time
from mmaction_microaction.visualization.style import (THEMES, action_colour,
                                                      format_time)
from mmaction_microaction.visualization.timeline import render_timeline
from .analysis import Analysis

_TEMPLATES = osp.join(osp.dirname(osp.abspath(__file__)), 'templates')


def render(part: str, **values: object) -> str:
    """Fill in the template ``part`` (a file without its ending)."""
    return _environment().get_template(f'{part}.html').render(values)


def render_overview(analysis: Analysis) -> str:
    """Facts, problems, and the timeline in every theme, for the style."""
    result = analysis.result
    pictures = {x: render_timeline(result, 'svg', theme=x) for x in THEMES}
    covered = covered_time(result.segments, result.video.duration)
    return render(
        'overview',
        result=result,
        covered=100 * covered / result.video.duration,
        failures=analysis.failures,
        timelines={
            theme: base64.b64encode(picture).decode()
            for theme, picture in pictures.items()
        })


def read_style() -> str:
    """The page's style sheet."""
    with open(osp.join(_TEMPLATES, 'page.css'), encoding='utf-8') as file:
        return file.read()


@lru_cache(maxsize=None)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined)
    environment.globals.update(
        outputs=OUTPUTS,
        action_colour=action_colour,
        long_time=lambda seconds: f'{seconds:.2f} s'
        if seconds < 60 else format_time(seconds),
        fine_time=lambda seconds: format_time(seconds, 0.01))
    return environment
