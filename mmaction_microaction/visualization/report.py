# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Self-contained offline pages: a video's report and an index of pictures. The
template escapes strings; the pages' security policy allows only the video of a
report, and the script that sorts tables and plays segments."""
import io
import math
import os
import os.path as osp
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple
from urllib.parse import quote

import jinja2
import numpy as np
from PIL import Image

from mmaction_microaction.results.behaviour_table import (BehaviourRow,
                                                          behaviour_table,
                                                          behaviour_total)
from mmaction_microaction.results.spans import sort_segments
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.version import __version__
from .strips import contact_sheet
from .style import (THEMES, action_colour, format_duration, format_time,
                    group_word)
from .timeline import render_timeline, segment_places

_TEMPLATES = Path(__file__).parent / 'templates'
# Of settings['confidence'], where scores are calibrated.
_MEASURED = dict(
    sessions='on {} sessions',
    segments='with {} segments',
    method='by {}',
    ece='wrong by {:.2f} on average (ECE)',
    f1='F1 of the segments there {:.2f}',
    body_f1='of body parts {:.2f}')


def write_report(result: VideoResult,
                 out_path: str,
                 video_path: Optional[str] = None,
                 truth: Optional[Sequence[Segment]] = None,
                 measured: Optional[dict] = None) -> None:
    """Write one page about a video.

    Args:
        result (VideoResult): Scores and segments of the video.
        out_path (str): The html file; its folder is created.
        video_path (str, optional): For a sheet of frames, and to play segments
            on a click, while its path relative to the page is unchanged. None:
            no frames, until the reader selects the video.
        truth (Sequence[Segment], optional): For the timeline and the counts.
        measured (dict, optional): Of a movement: ``seen`` and ``amounts`` by
            name, the ``dominant`` part, and ``curves``, a png.

    Raises:
        FileNotFoundError, ValueError: For a missing or invalid video.
    """
    script = read_script() + (_TEMPLATES / 'report.js').read_text('utf-8')
    if measured:
        curves = _data_url(measured['curves'], 'image/png')
        measured = dict(measured, curves=curves)
    page = fill_template(
        _TEMPLATES / 'report.html',
        trim=False,
        version=__version__,
        script=script,
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
        timelines=data_timelines(result, truth),
        sheet=None if video_path is None else _sheet(video_path),
        media=None if video_path is None else _link(video_path, out_path),
        result=result,
        segments=sort_segments(result.segments),
        spoken=Counter(s.label.group_name for s in result.segments),
        has_scores=np.any(result.scores),
        rows=behaviour_table(result.segments, result.video.duration,
                             [s.action for s in truth or ()], result.taxonomy),
        total=behaviour_total(result.segments, result.video.duration),
        truth=truth,
        measured=measured,
        truth_counts=Counter((s.label.group, key) for s in truth or ()
                             for key in (s.action, None)),
        action_colour=partial(action_colour, taxonomy=result.taxonomy))
    # Names of files may hold bytes that are no text.
    write_bytes(out_path, page.encode('utf-8', 'replace'))


def read_script() -> str:
    """The script that plays a segment on a click."""
    return (_TEMPLATES / 'play.js').read_text('utf-8')


def _link(video_path: str, out_path: str) -> str:
    """Address of a video relative to the page's folder."""
    folder = osp.dirname(osp.abspath(out_path))
    return './' + quote(os.fsencode(osp.relpath(video_path, folder)))


def _sheet(video_path: str) -> str:
    file = io.BytesIO()
    sheet = Image.fromarray(contact_sheet(video_path, width=1400))
    sheet.save(file, 'jpeg', quality=82)
    return _data_url(file.getvalue(), 'image/jpeg')


def data_timelines(
        result: VideoResult,
        truth: Optional[Sequence[Segment]] = None) -> Dict[str, str]:
    """Theme -> timeline, as ``data:`` address."""
    draw = partial(render_timeline, result, 'svg', truth)
    return {x: _data_url(draw(x), 'image/svg+xml') for x in THEMES}


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
    """Write ``index.html`` into the folder of pictures and tables, and return
    its path; floats are shown in %. FileNotFoundError for a missing
    picture."""

    def embed(name: str) -> str:
        return _data_url(Path(out_dir, name).read_bytes(), 'image/png')

    values = dict(title=title, text=text, facts=facts, sections=sections)
    page = fill_template(_TEMPLATES / 'analysis.html', embed=embed, **values)
    path = Path(out_dir, 'index.html')
    path.write_text(page, 'utf-8', 'replace')
    return str(path)


def _data_url(data: bytes, kind: str) -> str:
    return f'data:{kind};base64,{b64encode(data).decode()}'


def fill_template(path: Path, /, trim: bool = True, **values: object) -> str:
    """Fill in an HTML template, which escapes strings; ``trim`` removes lines
    that contain only a block tag."""
    template = _environment(path.parent, trim).get_template(path.name)
    return template.render(values)


@lru_cache(maxsize=None)
def _environment(folder: Path, trim: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=trim,
        lstrip_blocks=trim,
        undefined=jinja2.StrictUndefined)
    environment.filters['show'] = lambda x: \
        f'{100 * x:.1f} %' if isinstance(x, float) else str(x)
    environment.globals.update(
        percent=lambda x: '–' if math.isnan(x) else f'{100 * x:.1f} %',
        behaviour_rows=lambda result: behaviour_table(
            result.segments, result.video.duration, taxonomy=result.taxonomy),
        confidence_text=_confidence_text,
        most_frequent=_most_frequent,
        nan=math.nan,
        segment_places=segment_places,
        group_word=group_word,
        action_colour=action_colour,
        long_time=format_duration,
        fine_time=partial(format_time, step=0.01))
    return environment


def _most_frequent(rows: Sequence[BehaviourRow]) -> Tuple[str, int]:
    """Name and count of the most frequent row; 0 if there are no counts."""
    count = max((row.count for row in rows), default=0)
    names = [row.name for row in rows if row.count == count > 0]
    return names[0] if len(names) == 1 else 'several, each', count


def _confidence_text(settings: dict) -> str:
    """Statement about the scores; '' if there is none."""
    stated = settings.get('confidence') or ''
    if stated == 'not calibrated':
        return ('Scores are not calibrated: 0.8 does not mean that 8 of 10 '
                'are right.')
    if not isinstance(stated, dict):
        return stated and f'Confidence: {stated}.'
    facts = ', '.join(
        text.format(stated[key]) for key, text in _MEASURED.items()
        if key in stated and stated[key] == stated[key])  # no nan
    return ('Confidence is the share of right segments at that score, as '
            f'measured {facts}. Other recordings may differ.')
