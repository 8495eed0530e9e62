# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the segments of any file that this package writes or that ELAN and
BORIS do."""
import csv
import io
import os.path as osp
from typing import List, NamedTuple, Optional

from mmaction_microaction.labels import get_action
from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError
from .boris_reader import read_boris
from .common import find_action, report_problems
from .elan import read_elan, read_elan_duration

#: The files that :func:`read_annotations` knows.
ANNOTATION_ENDINGS = ('.eaf', '.xlsx', '.json', '.csv')


class Annotations(NamedTuple):
    """What a file says of a video.

    Attributes:
        segments (list[Segment]): By start.
        duration (float | None): Of the video, seconds; None if the file does
            not say.
    """
    segments: List[Segment]
    duration: Optional[float]


def read_annotations(path: str, strict: bool = True) -> Annotations:
    """Read an ELAN file, a workbook of BORIS, ``predictions.json`` or
    ``segments.csv``, by the ending of its name.

    Args:
        path (str): The file.
        strict (bool): Whether entries that cannot be read are an error; if
            not, they are left out with a warning. Defaults to True.

    Returns:
        Annotations: The segments and, if it is known, the video's duration.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If the package that reads this kind is not installed.
        ValueError: If the ending is unknown or the content malformed.
    """
    ending = osp.splitext(path)[1].lower()
    if ending not in ANNOTATION_ENDINGS:
        raise UserError(f'{path}: expected an ELAN file (.eaf), a workbook '
                        'of BORIS (.xlsx), predictions.json or segments.csv')
    if not osp.isfile(path):
        raise FileNotFoundError(f'no file {path}')
    if ending == '.json':
        return _read_predictions(path)
    read = {'.eaf': read_elan, '.xlsx': read_boris, '.csv': read_segments_csv}
    segments = read[ending](path, strict)
    return Annotations(segments,
                       read_elan_duration(path) if ending == '.eaf' else None)


def read_segments_csv(path: str, strict: bool = True) -> List[Segment]:
    """Read a table with a segment per row.

    Args:
        path (str): A csv with the columns ``start`` and ``end`` in seconds,
            ``action`` (a number) or ``action_name`` (a name or a manual
            code), and ``score`` if there are any; others are not looked at.
        strict (bool): Whether a row that cannot be read is an error; if not,
            it is left out with a warning. Defaults to True.

    Returns:
        list[Segment]: By start.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing, or if ``strict`` and a row cannot
            be read, naming its line.
    """
    rows = csv.DictReader(io.StringIO(_read_text(path), newline=''))
    columns = set(rows.fieldnames or ())
    if not ({'start', 'end'} <= columns
            and columns & {'action', 'action_name'}):
        raise UserError(f'{path}:1: expected the columns start, end and '
                        'action or action_name, as in segments.csv, but got '
                        f'{",".join(rows.fieldnames or ())!r}')
    segments, problems = [], []
    for row in rows:
        try:
            segments.append(_to_segment(row))
        except (TypeError, ValueError) as error:
            problems.append(f'line {rows.line_num}: {error}')
    report_problems(problems, path, strict)
    return in_order(segments)


def _to_segment(row: dict) -> Segment:
    # The number may be missing in a table that a person has made.
    if row.get('action'):
        action = get_action(int(row['action']))
    else:
        action = find_action(row.get('action_name'))
    if action is None:
        raise UserError(f'unknown micro-action {row.get("action_name")!r}')
    return Segment(
        float(row['start']), float(row['end']), action.index,
        float(row.get('score') or 1.))


def _read_predictions(path: str) -> Annotations:
    try:
        result = read_json(path)
    except ValueError as error:
        # Some of its messages name the file themselves.
        text = str(error)
        text = text if text.startswith(path) else f'{path}: {text}'
        raise UserError(text) from error
    return Annotations(in_order(result.segments), result.video.duration)


def _read_text(path: str) -> str:
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise UserError(f'{path}: expected text in UTF-8 ({error})') from error
