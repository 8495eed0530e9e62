# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Pages for a browser without network, a video's report and an index of
pictures: all is in the one file. The template escapes strings; the pages' own
security policy lets nothing be loaded, and no script run but that which sorts
the report's tables.
"""
import base64
import hashlib
import io
import math
import os.path as osp
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import jinja2
import numpy as np
from PIL import Image

from mmaction_microaction.results.behaviour_table import (behaviour_table,
                                                          covered_time)
from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.version import __version__
from .strips import contact_sheet
from .style import (THEMES, action_colour, format_duration, format_time,
                    group_word)
from .timeline import render_timeline

INDEX_FILE = 'index.html'
_TEMPLATES = Path(__file__).parent / 'templates'


def write_report(result: VideoResult,
                 out_path: str,
                 video_path: Optional[str] = None,
                 truth: Optional[Sequence[Segment]] = None) -> None:
    """Write one page about a video.

    Args:
        out_path (str): The html file; its folder is made if it is not there.
        video_path (str, optional): For a sheet of frames; else nobody is seen.
        truth (Sequence[Segment], optional): For the timeline and the counts.

    Raises:
        FileNotFoundError, ValueError: No such video, or it is none.
    """
    script, style = ((_TEMPLATES / f'report.{kind}').read_text('utf-8')
                     for kind in ('js', 'css'))
    page = fill_template(
        _TEMPLATES / 'report.html',
        trim=False,
        version=__version__,
        style=style,
        script=script,
        script_hash=_base64(hashlib.sha256(script.encode()).digest()),
        timelines=data_timelines(result, truth),
        sheet=None if video_path is None else _sheet(video_path),
        **_numbers(result, truth))
    # Names of files may hold bytes that are no text.
    write_bytes(out_path, page.encode('utf-8', 'replace'))


def _numbers(result: VideoResult,
             truth: Optional[Sequence[Segment]]) -> Dict[str, object]:
    """What the page tells in figures."""
    taxonomy, duration = result.taxonomy, result.video.duration
    colour = partial(action_colour, taxonomy=taxonomy)
    rows = behaviour_table(result.segments, duration,
                           [s.action for s in truth or ()], taxonomy)
    counts = None if truth is None else Counter(
        (s.label.group, key) for s in truth for key in (s.action, None))
    covered = covered_time(result.segments, duration)
    actions = [row for row in rows if row.action is not None]
    most = max(actions, key=lambda row: row.count, default=None)
    return dict(
        video=result.video,
        source=result.source,
        settings=result.settings,
        segments=in_order(result.segments),
        spoken=Counter(s.label.group_name for s in result.segments),
        top=result.top(5) if np.any(result.scores) else [],
        bodies=[row for row in rows if row.action is None],
        actions=actions,
        most=most if most and most.count else None,
        covered=covered / duration if duration else math.nan,
        truth_counts=counts,
        num_truth=len(truth or ()),
        part=group_word(taxonomy),
        action_colour=colour,
        colour_of=lambda row: taxonomy.colours[row.body]
        if row.action is None else colour(row.action))


def _sheet(video_path: str) -> str:
    file = io.BytesIO()
    sheet = Image.fromarray(contact_sheet(video_path, width=1400))
    sheet.save(file, 'jpeg', quality=82)
    return _data_url(file.getvalue(), 'image/jpeg')


def data_timelines(
        result: VideoResult,
        truth: Optional[Sequence[Segment]] = None) -> Dict[str, str]:
    """Theme -> timeline, as ``data:`` address."""
    return {
        x:
        _data_url(render_timeline(result, 'svg', truth, x), 'image/svg+xml')
        for x in THEMES
    }


@dataclass
class Section:
    """A part of an index."""
    title: str  # its heading
    text: str  # what is to be seen
    # Png file beside the page, and its caption.
    pictures: List[Tuple[str, str]] = field(default_factory=list)
    header: Sequence[str] = ()  # names of the table's columns
    rows: List[Sequence] = field(default_factory=list)  # floats are shown in %
    files: List[str] = field(default_factory=list)  # tables beside the page


def write_index(out_dir: str, title: str, text: str, facts: dict,
                sections: Sequence[Section]) -> str:
    """Write ``index.html`` with title, ``text``, ``facts`` and sections into
    the folder of pictures and tables, and give its path; floats are shown in
    %. A missing picture is a FileNotFoundError.
    """

    def embed(name: str) -> str:
        return _data_url(Path(out_dir, name).read_bytes(), 'image/png')

    page = fill_template(
        _TEMPLATES / 'analysis.html',
        title=title,
        text=text,
        facts=facts,
        sections=sections,
        embed=embed)
    path = osp.join(out_dir, INDEX_FILE)
    Path(path).write_text(page, 'utf-8', 'replace')
    return path


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _data_url(data: bytes, kind: str) -> str:
    return f'data:{kind};base64,{_base64(data)}'


def fill_template(path: Path, /, trim: bool = True, **values: object) -> str:
    """Fill in an HTML template, which escapes strings; with ``trim``, lines
    that hold nothing but a block leave none."""
    return _environment(path.parent,
                        trim).get_template(path.name).render(values)


@lru_cache(maxsize=None)
def _environment(folder: Path, trim: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=trim,
        lstrip_blocks=trim,
        undefined=jinja2.StrictUndefined)

    def percent(share: float) -> str:
        return '–' if math.isnan(share) else f'{100 * share:.1f} %'

    environment.filters['show'] = lambda x: \
        f'{100 * x:.1f} %' if isinstance(x, float) else str(x)
    environment.globals.update(
        percent=percent,
        action_colour=action_colour,
        long_time=format_duration,
        fine_time=partial(format_time, step=0.01))
    return environment
