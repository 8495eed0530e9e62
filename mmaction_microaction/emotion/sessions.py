# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the table of sessions and their segments.

.. code-block:: none

    session,subject,emotion,file,duration
    s01_1,s01,calm,results/interview1/predictions.json,
    s01_1,s01,calm,results/interview1b/predictions.json,
    s01_2,s01,joy,segments_of_anna.csv,312.5

``file`` is what ``tools/infer.py`` or an annotation program has written (see
:func:`~mmaction_microaction.exporters.read_annotations`), relative to the
table. Only ``predictions.json`` knows how long its video is; for the others
``duration`` says it, in seconds. Files of one session follow each other.
"""
import csv
import io
import math
import os.path as osp
from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence, Tuple

from mmaction_microaction.datasets.list_file import refuse
from mmaction_microaction.exporters import read_annotations
from mmaction_microaction.inference.results import Segment

_COLUMNS = ('session', 'subject', 'file')


@dataclass(frozen=True)
class Session:
    """What was seen in one session.

    Attributes:
        name (str): Of the session.
        subject (str): Whose session it is.
        emotion (str | None): Its label, where known.
        segments (tuple[Segment, ...]): Times from the start of the session.
        duration (float): Seconds.
    """
    name: str
    subject: str
    emotion: Optional[str]
    segments: Tuple[Segment, ...]
    duration: float


def read_sessions(path: str,
                  labelled: bool = True,
                  classes: Optional[Sequence[str]] = None) -> List[Session]:
    """Read a table of sessions and the files it names.

    Args:
        path (str): The table, csv in UTF-8 (see the module); columns may come
            in any order, others are not looked at.
        labelled (bool): Whether every session needs an emotion.
            Defaults to True.
        classes (Sequence[str], optional): The emotions that there may be.
            Defaults to None: any.

    Returns:
        list[Session]: In order of the table.

    Raises:
        FileNotFoundError: If the table or a file is not there.
        ValueError: If a column is missing, or a row is wrong, by line: an
            empty cell, an unknown emotion, a session with two emotions or
            subjects, a file without known duration or without its form.
    """
    rows = _read_rows(path, labelled)
    problems = _find_problems(path, rows, labelled, classes)
    refuse(problems)
    sessions: Dict[str, Session] = {}
    for line, row in rows:
        segments, duration = _read_file(path, line, row)
        known = sessions.get(row['session'])
        if known is None:
            known = Session(row['session'], row['subject'],
                            row.get('emotion') or None, (), 0.)
        moved = tuple(
            replace(
                s,
                start=s.start + known.duration,
                end=min(s.end, duration) + known.duration) for s in segments
            if s.start < duration)
        sessions[known.name] = replace(
            known,
            segments=known.segments + moved,
            duration=known.duration + duration)
    return list(sessions.values())


def describe_empty(sessions: Sequence[Session]) -> str:
    """Say which sessions have no segment.

    Args:
        sessions (Sequence[Session]): The sessions.

    Returns:
        str: A line for an error; '' if there is none.
    """
    names = [s.name for s in sessions if not s.segments]
    if not names:
        return ''
    return (f'{len(names)} of {len(sessions)} sessions have no segment '
            f'(first: {", ".join(names[:5])})')


def _read_rows(path: str, labelled: bool) -> List[Tuple[int, Dict[str, str]]]:
    """Lines and their cells."""
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(io.StringIO(file.read(), newline=''))
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path}: expected a table in UTF-8 ({error})') from error
    wanted = (*_COLUMNS, 'emotion') if labelled else _COLUMNS
    missing = [x for x in wanted if x not in (reader.fieldnames or ())]
    if missing:
        raise ValueError(
            f'{path}:1: expected the columns {",".join(wanted)}, but '
            f'{", ".join(missing)} is missing in '
            f'{",".join(reader.fieldnames or ())!r}')
    rows = [(reader.line_num, {
        key: (value or '').strip()
        for key, value in row.items() if isinstance(key, str)
    }) for row in reader]
    if not rows:
        raise ValueError(f'{path}: the table has no session')
    return rows


def _find_problems(path: str, rows: List[Tuple[int, Dict[str, str]]],
                   labelled: bool,
                   classes: Optional[Sequence[str]]) -> List[str]:
    problems = []
    seen: Dict[str, tuple] = {}
    spelled: Dict[str, str] = {}
    for line, row in rows:
        emotion = row.get('emotion', '')
        empty = [x for x in _COLUMNS if not row[x]]
        if labelled and not emotion:
            empty.append('emotion')
        facts = (row['subject'], emotion)
        before = spelled.setdefault(emotion.casefold(), emotion)
        text = ''
        if empty:
            text = f'{", ".join(empty)} is empty'
        elif classes is not None and emotion and emotion not in classes:
            text = (f'unknown emotion {emotion!r}; the classes are '
                    f'{", ".join(classes)}')
        elif before != emotion:
            text = f'{emotion!r} is {before!r} in another spelling'
        elif seen.setdefault(row['session'], facts) != facts:
            text = (f'session {row["session"]!r} has the subject and emotion '
                    f'{facts}, but {seen[row["session"]]} in a row above')
        if text:
            problems.append(f'{path}:{line}: {text}')
    return problems


def _read_file(path: str, line: int,
               row: Dict[str, str]) -> Tuple[List[Segment], float]:
    file = osp.join(osp.dirname(path), row['file'])
    try:
        segments, duration = read_annotations(file)
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{path}:{line}: {error}') from error
    except ValueError as error:
        raise ValueError(f'{path}:{line}: {error}') from error
    text = row.get('duration')
    try:
        duration = float(text) if text else duration
    except ValueError:
        duration = math.nan
    if duration is None:
        raise ValueError(
            f'{path}:{line}: {row["file"]} does not say how long its video '
            'is; give seconds in the column duration, or name the '
            'predictions.json beside it')
    if not 0 < duration < math.inf:
        raise ValueError(f'{path}:{line}: duration must be seconds above 0, '
                         f'but got {text or duration!r}')
    return segments, duration
