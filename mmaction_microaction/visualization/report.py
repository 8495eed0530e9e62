# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One page about a video, for a browser without network.

Everything is in the one file. Strings are escaped by the template, and the
page's own security policy lets nothing be loaded and no script run but the
one that sorts tables.
"""
import base64
import hashlib
import io
import math
import os.path as osp
from collections import Counter
from functools import lru_cache
from typing import Dict, Optional, Sequence

import jinja2
import numpy as np
from PIL import Image

from mmaction_microaction.formats.common import save
from mmaction_microaction.labels import BODY_COLOURS
from mmaction_microaction.results.behaviour_table import (BehaviourRow,
                                                          behaviour_table,
                                                          covered_time)
from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.version import __version__
from .contact_sheet import contact_sheet
from .style import THEMES, action_colour, format_time
from .timeline import render_timeline

_TEMPLATES = osp.join(osp.dirname(osp.abspath(__file__)), 'templates')
_SHEET = dict(num_frames=12, width=1400)
_JPEG_QUALITY = 82
_TOP = 5


def write_report(result: VideoResult,
                 out_path: str,
                 video_path: Optional[str] = None,
                 truth: Optional[Sequence[Segment]] = None) -> None:
    """Write the page.

    Args:
        result (VideoResult): The result.
        out_path (str): The html file; its folder is made if it is not there.
        video_path (str, optional): The video, for a sheet of its frames;
            without it the page shows nobody. Defaults to None.
        truth (Sequence[Segment], optional): What is true of the video, for
            the timeline and the counts. Defaults to None.

    Raises:
        FileNotFoundError: If there is no such video.
        ValueError: If it is no video.
        OSError: If the file cannot be written.
    """
    page = _template().render(**_numbers(result, truth),
                              **_pictures(result, video_path, truth))
    # Names of files may hold bytes that are no text.
    save(out_path, page.encode('utf-8', 'replace'))


def _numbers(result: VideoResult,
             truth: Optional[Sequence[Segment]]) -> Dict[str, object]:
    """What the page tells in figures."""
    rows = behaviour_table(result.segments, result.video.duration,
                           [s.action for s in truth or ()])
    counts = None
    if truth is not None:
        counts = Counter((s.label.group, s.action) for s in truth)
        counts.update((s.label.group, None) for s in truth)
    duration = result.video.duration
    covered = covered_time(result.segments, duration)
    actions = [row for row in rows if row.action is not None]
    most = max(actions, key=lambda row: row.count, default=None)
    return dict(
        video=result.video,
        source=result.source,
        settings=result.settings,
        segments=in_order(result.segments),
        top=result.top(_TOP) if np.any(result.scores) else [],
        bodies=[row for row in rows if row.action is None],
        actions=actions,
        most=most if most and most.count else None,
        covered=covered / duration if duration else math.nan,
        truth_counts=counts,
        num_truth=len(truth or ()))


def _pictures(result: VideoResult, video_path: Optional[str],
              truth: Optional[Sequence[Segment]]) -> Dict[str, object]:
    """What it shows, as ``data:`` addresses."""
    pictures: Dict[str, object] = {
        f'timeline_{theme}':
        _data_url(
            render_timeline(result, 'svg', truth, theme), 'image/svg+xml')
        for theme in THEMES
    }
    spoken = Counter(s.label.group_name for s in result.segments)
    pictures['timeline_text'] = (
        f'Timeline of {len(result.segments)} segments, a lane for each body '
        'part' + ''.join(f'; {body}: {n}' for body, n in spoken.items()))
    pictures['sheet'] = None
    if video_path is not None:
        file = io.BytesIO()
        Image.fromarray(contact_sheet(video_path, **_SHEET)).save(
            file, 'jpeg', quality=_JPEG_QUALITY)
        pictures['sheet'] = _data_url(file.getvalue(), 'image/jpeg')
    return pictures


def _data_url(data: bytes, kind: str) -> str:
    return f'data:{kind};base64,{base64.b64encode(data).decode()}'


@lru_cache(maxsize=None)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined)
    script = _read('report.js')
    environment.globals.update(
        version=__version__,
        style=_read('report.css'),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(
            script.encode()).digest()).decode(),
        action_colour=action_colour,
        colour_of=_colour_of,
        percent=_percent,
        long_time=lambda seconds: f'{seconds:.2f} s'
        if seconds < 60 else format_time(seconds),
        fine_time=lambda seconds: format_time(seconds, 0.01))
    return environment.get_template('report.html')


def _read(name: str) -> str:
    with open(osp.join(_TEMPLATES, name), encoding='utf-8') as file:
        return file.read()


def _colour_of(row: BehaviourRow) -> str:
    if row.action is None:
        return BODY_COLOURS[row.body]
    return action_colour(row.action)


def _percent(share: float) -> str:
    return '–' if math.isnan(share) else f'{100 * share:.1f} %'
