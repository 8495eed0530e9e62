# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the table of sessions and their segments.

.. code-block:: none

    session,subject,emotion,file,duration
    s01_1,s01,calm,results/interview1/predictions.json,
    s01_1,s01,calm,results/interview1b/predictions.json,
    s01_2,s01,joy,segments_of_anna.csv,312.5

``file`` is what ``tools/infer.py`` or an annotation program has written (see
:func:`~mmaction_microaction.formats.read_annotations`), relative to the
table. ``predictions.json`` and the ``.eaf`` of this package know how long
their video is; for others ``duration`` says it, in seconds. Files of one
session follow each other.
"""
import csv
import math
import os.path as osp
from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence, Tuple

from mmaction_microaction.formats import read_annotations
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError
from .table import Row, read_rows

# A frame at 10 per second: files round, and a window may end with its frame.
_TOLERANCE = 0.1


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
        ValueError: If the table is wrong (see
            :func:`~mmaction_microaction.emotion.table.read_rows`), or a file,
            by line: without known duration or without its form, another
            duration in the table than in the file, a segment behind the end.
    """
    sessions: Dict[str, Session] = {}
    for row in read_rows(path, labelled, classes):
        segments, duration = _read_file(path, row)
        known = sessions.get(row.session) or Session(
            row.session, row.subject, row.emotion or None, (), 0.)
        moved = tuple(
            replace(
                s,
                start=s.start + known.duration,
                end=min(s.end, duration) + known.duration) for s in segments)
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


def _read_file(path: str, row: Row) -> Tuple[List[Segment], float]:
    """The segments of a row's file, none of them behind its duration."""
    where = f'{path}:{row.line}'
    file = osp.join(osp.dirname(path), row.file)
    try:
        segments, known = read_annotations(file)
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{where}: {error}') from error
    except (ValueError, csv.Error) as error:
        raise UserError(f'{where}: {error}') from error
    duration = known
    if row.duration:
        try:
            duration = float(row.duration)
        except ValueError:
            duration = math.nan
    if duration is None:
        raise UserError(
            f'{where}: {row.file} does not say how long its video is; give '
            'seconds in the column duration, or name the predictions.json '
            'beside it')
    if not 0 < duration < math.inf:
        raise UserError(f'{where}: duration must be seconds above 0, but got '
                        f'{row.duration or duration!r}')
    if known is not None:
        if abs(duration - known) > _TOLERANCE:
            raise UserError(
                f'{where}: duration is {row.duration}, but {row.file} says '
                f'{known:.3f}; leave the cell empty, or name the right file')
        duration = known
    for s in segments:
        if s.start >= duration or s.end > duration + _TOLERANCE:
            raise UserError(
                f'{where}: {row.file} has a segment from {s.start:.3f} to '
                f'{s.end:.3f} s, but the video is {duration:.3f} s long; is '
                'duration in seconds, and of this video?')
    return segments, duration
