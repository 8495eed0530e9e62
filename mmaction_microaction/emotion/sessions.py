# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the table of sessions, see ``docs/emotion.md``, and their segments.

A person under two names would be in training and test unnoticed: names that
differ only in letter case, leading zeros, blanks or the encoding of an accent
(S01, s1) are rejected.
"""
import csv
import math
import os.path as osp
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from mmaction_microaction.formats import read_annotations
from mmaction_microaction.formats.eaf import tiers_per_file
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError, raise_for_problems
from mmaction_microaction.utils.files import to_nfc
from mmaction_microaction.utils.tables import read_table, row_error

_COLUMNS = ('session', 'subject', 'file')
_FACTS = ('subject', 'emotion')
# A frame at 10 per second: files round, and a window may end with its frame.
_TOLERANCE = 0.1

Row = Dict[str, str]


@dataclass(frozen=True)
class Session:
    """The segments of one session."""
    name: str
    subject: str  # whose it is
    emotion: Optional[str]  # its label, where known
    segments: Tuple[Segment, ...]  # times from the start of the session
    duration: float  # seconds


def read_sessions(path: str,
                  labelled: bool = True,
                  classes: Optional[Sequence[str]] = None,
                  **options) -> List[Session]:
    """Read a table of sessions and the files it names.

    Args:
        path (str): The table, with columns in any order, and any others.
        labelled (bool): Whether every session needs an emotion.
        classes (Sequence[str], optional): The allowed emotions.
        options: For :func:`~mmaction_microaction.formats.read_annotations`.

    Raises:
        FileNotFoundError: If the table or a file does not exist.
        UserError: For any other problem, by line, see ``docs/emotion.md``.
    """
    wanted = (*_COLUMNS, 'emotion') if labelled else _COLUMNS
    try:
        table = read_table(path, wanted)
    except UserError as error:
        raise UserError(f'{error}; in cells separated by commas, 312.5 has a '
                        'point, "a, b" quotation marks') from error
    rows = table.reindex(columns=[*_COLUMNS, 'emotion', 'duration'])
    rows = rows.fillna('').to_dict('index')
    if not rows:
        raise UserError(f'{path}: the table has no session')
    for row in rows.values():  # not of files: disks tell the forms apart
        for key in ('session', 'subject', 'emotion'):
            row[key] = to_nfc(row[key])
    raise_for_problems(list(_find_problems(path, rows, wanted, classes)))
    sessions: Dict[str, Session] = {}
    tiers = tiers_per_file(
        [osp.join(osp.dirname(path), row['file']) for row in rows.values()],
        options.get('tiers', ()))
    for (line, row), own in zip(rows.items(), tiers):
        try:
            segments, length = _read_file(path, row, {**options, 'tiers': own})
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{path}:{line}: {error}') from error
        except (ValueError, csv.Error) as error:
            raise row_error(path, line, error) from error
        known = sessions.get(row['session']) or Session(
            row['session'], row['subject'], row['emotion'] or None, (), 0.)
        start = known.duration
        moved = [
            replace(s, start=s.start + start, end=min(s.end, length) + start)
            for s in segments
        ]
        sessions[known.name] = replace(
            known, segments=(*known.segments, *moved), duration=start + length)
    return list(sessions.values())


def describe_empty(sessions: Sequence[Session]) -> str:
    """A line that names the sessions without segments; '' if there are
    none."""
    names = [s.name for s in sessions if not s.segments]
    return '' if not names else (
        f'{len(names)} of {len(sessions)} sessions have no segment '
        f'(first: {", ".join(names[:5])})')


def name_key(name: str) -> str:
    """Common key of the spellings of a name: ``'s1'`` for ``' S01'``."""
    text = unicodedata.normalize('NFKC', name).casefold()
    text = unicodedata.normalize('NFKC', ' '.join(text.split()))
    return re.sub(r'\d+', lambda digits: digits[0].lstrip('0') or '0', text)


def _find_problems(path: str, rows: Dict[int, Row], wanted: Sequence[str],
                   classes: Optional[Sequence[str]]) -> Iterator[str]:
    """A message for every doubtful row."""
    lines: Dict[tuple, int] = {}  # where something is named for the first time
    for line, row in rows.items():
        keys = {x: name_key(row[x]) for x in ('subject', 'session')}
        keys['emotion'] = row['emotion'].casefold()
        place = osp.realpath(osp.join(osp.dirname(path), row['file']))
        first = {
            x: lines.setdefault((x, key), line)
            for x, key in dict(keys, file=place).items()
        }
        known = rows[first['session']]
        empty = ', '.join(x for x in wanted if not row[x])
        other = next((x for x in keys if rows[first[x]][x] != row[x]), None)
        text = ''
        if empty:
            text = f'{empty} is empty'
        elif classes and row['emotion'] and row['emotion'] not in classes:
            text = (f'unknown emotion {row["emotion"]!r}; the classes are '
                    f'{", ".join(classes)}')
        elif other:
            text = (f'{other} {row[other]!r} is {rows[first[other]][other]!r} '
                    f'of line {first[other]} in another spelling; write one '
                    'name for one, and names that differ in more for two')
        elif [row[x] for x in _FACTS] != [known[x] for x in _FACTS]:
            text = (f'session {row["session"]!r} has another subject or '
                    f'emotion than in line {first["session"]}')
        elif first['file'] != line:
            text = f'{row["file"]} is the file of line {first["file"]} again'
        if text:
            yield f'{path}:{line}: {text}'


def _read_file(path: str, row: Row,
               options: dict) -> Tuple[List[Segment], float]:
    """Segments of a row's file, none of them after its duration, and the
    duration."""
    name, given = row['file'], row['duration']
    segments, known, *_ = read_annotations(
        osp.join(osp.dirname(path), name), **options)
    try:
        duration = float(given) if given else known
    except ValueError:
        duration = math.nan
    if duration is None:
        raise UserError(
            f'{name} does not say how long its video is; give seconds in the '
            'column duration, or name the predictions.json beside it')
    if not 0 < duration < math.inf:
        raise UserError('duration must be seconds above 0, but got '
                        f'{given or duration!r}')
    if known is not None and abs(duration - known) > _TOLERANCE:
        raise UserError(
            f'duration is {given}, but {name} says {known:.3f}; leave the '
            'cell empty, or name the right file')
    duration = known or duration
    for s in segments:
        if s.start >= duration or s.end > duration + _TOLERANCE:
            raise UserError(
                f'{name} has a segment from {s.start:.3f} to {s.end:.3f} s, '
                f'but the video is {duration:.3f} s long; is duration in '
                'seconds, and of this video?')
    return segments, duration
