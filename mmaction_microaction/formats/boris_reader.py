# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads workbooks of BORIS: what it imports and two of its exports.

============  ========================================  =====================
form          columns                                   a row for
============  ========================================  =====================
import        time, subject, code, modifier, comment    each start and stop
tabular       Time, Subject, Behavior, Behavior type    each start and stop
aggregated    Start (s), Stop (s), Subject, Behavior    each state
============  ========================================  =====================

Case and order do not matter, other columns are not looked at.
"""
import datetime
import math
import os.path as osp
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError
from .boris import BORIS_HEADER, START, STOP, check_ending, import_openpyxl
from .common import find_action, report_problems

# What the exports call our columns, in lower case.
_ALIASES = {
    'behavior': 'code',
    'behavior type': 'type',
    'status': 'type',
    'observation id': 'observation',
    'start (s)': 'start',
    'stop (s)': 'stop',
    'comment start': 'comment',
}
_POINT = 'POINT'


class _Event(NamedTuple):
    """A start or a stop.

    Attributes:
        row (int): Number in the sheet, from 1.
        time (float): Seconds.
        code (str): As it is written there.
        key (tuple): Start and stop of one state share it.
        word (str): START or STOP, '' where the file does not say.
        score (float): 0 to 1.
    """
    row: int
    time: float
    code: str
    key: Tuple[object, ...]
    word: str
    score: float


def read_boris(path: str, strict: bool = True) -> List[Segment]:
    """Read the micro-actions of a workbook of BORIS.

    Codes are names of micro-actions or manual codes; upper and lower case are
    the same. The subjects' actions are put together.

    Args:
        path (str): The ``.xlsx``; its first sheet is read.
        strict (bool): Whether what cannot be read is an error (another code,
            a start without a stop, a point event); if not, it is left out
            with a warning. Defaults to True.

    Returns:
        list[Segment]: By start. The score is 1 where the comment of the start
        has none.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If openpyxl is not installed.
        ValueError: If it is no workbook, a column is missing, it holds
            several observations, or if ``strict`` and a row cannot be read,
            naming the row.
    """
    check_ending(path)
    rows = _read_rows(path)
    number, names = _find_header(path, rows)
    _check_observations(path, names, rows[number + 1:])
    problems: List[str] = []
    events: Dict[tuple, List[_Event]] = {}
    for row, cells in enumerate(rows[number + 1:], number + 2):
        if any(cell not in (None, '') for cell in cells):
            for event in _to_events(row, dict(zip(names, cells)), problems):
                events.setdefault(event.key, []).append(event)
    segments = []
    for group in events.values():
        # At one time the stop comes first, the next start second.
        group.sort(key=lambda event: (event.time, event.word == START))
        for start, stop in _pair(group, problems):
            action = find_action(start.code)
            if action is None:
                problems.append(_where(start) + 'is no micro-action')
            elif stop.time == start.time:
                problems.append(_where(start) + 'has no length')
            else:
                segments.append(
                    Segment(start.time, stop.time, action.index, start.score))
    report_problems(problems, path, strict)
    return in_order(segments)


def _read_rows(path: str) -> List[tuple]:
    openpyxl = import_openpyxl()
    if not osp.isfile(path):
        raise FileNotFoundError(f'no workbook {path}')
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return list(book.worksheets[0].iter_rows(values_only=True))
        finally:
            book.close()
    except Exception as error:  # of zip, of XML or of a missing part
        raise UserError(f'{path}: expected a workbook (.xlsx), but it cannot '
                        f'be read ({error!r})') from error


def _find_header(path: str, rows: List[tuple]) -> Tuple[int, List[str]]:
    """Index of the header and the names of its columns. Old exports have
    lines about the observation above it."""
    for number, row in enumerate(rows[:50]):
        names = [str(cell or '').strip().lower() for cell in row]
        names = [_ALIASES.get(name, name) for name in names]
        timed = 'time' in names or {'start', 'stop'} <= set(names)
        if timed and 'code' in names:
            return number, names
    first = [str(cell) for cell in rows[0] if cell is not None] if rows else []
    raise UserError(f'{path}: expected the columns {", ".join(BORIS_HEADER)} '
                    'or those of an export of tabular or aggregated events, '
                    f'but the first row is {first}')


def _check_observations(path: str, names: List[str],
                        rows: List[tuple]) -> None:
    if 'observation' in names:
        column = names.index('observation')
        found = {str(row[column]) for row in rows if row[column] is not None}
        if len(found) > 1:
            raise UserError(
                f'{path}: expected the events of one observation, but it has '
                f'{len(found)} ({", ".join(sorted(found)[:3])}, ...); export '
                'one at a time')


def _to_events(row: int, cells: Dict[str, object],
               problems: List[str]) -> Iterator[_Event]:
    """The start or the stop that a row stands for, or both."""
    texts = {
        name: '' if cell is None else str(cell).strip()
        for name, cell in cells.items()
    }
    key = tuple(text for name, text in texts.items()
                if name in ('subject', 'code') or name.startswith('modifier'))
    comment = texts.get('comment', '')
    times = {'time': _find_word(texts.get('type', ''), comment)}
    if 'time' not in cells:
        times, key = dict(start=START, stop=STOP), (*key, row)
    score = re.search(r'score (0(?:\.\d+)?|1(?:\.0*)?)(?!\S)', comment)
    for name, word in times.items():
        time = _seconds(cells[name])
        if time is None:
            problems.append(f'row {row}: {name} must be in seconds, but it is '
                            f'{texts[name]!r}')
        elif word == _POINT:
            problems.append(f'row {row}: {texts["code"]!r} is a point event; '
                            'only states have a length')
        else:
            yield _Event(row, time, texts['code'], key, word,
                         float(score.group(1)) if score else 1.)


def _find_word(kind: str, comment: str) -> str:
    """START, STOP, POINT or '', by the type of the event if the file has it;
    a comment tells it only in our own form, others are an annotator's."""
    if kind:
        word = re.match(f'{START}|{STOP}|{_POINT}', kind, re.I)
    else:
        word = re.match(f'({START}|{STOP})(?=,|$)', comment)
    return word.group().upper() if word else ''


def _seconds(value: object) -> Optional[float]:
    """Of a number or ``hh:mm:ss.mmm``; None if it is neither."""
    if isinstance(value, datetime.time):  # what Excel makes of the latter
        value = value.isoformat()
    elif isinstance(value, datetime.timedelta):
        value = value.total_seconds()
    try:
        parts = [float(part) for part in str(value).split(':')]
    except ValueError:
        return None
    time = sum(part * 60**i for i, part in enumerate(reversed(parts)))
    return time if math.isfinite(time) and time >= 0 else None


def _pair(events: List[_Event],
          problems: List[str]) -> Iterator[Tuple[_Event, _Event]]:
    """Starts with their stops; the events of one state, by time."""
    start = None
    for event in events:
        if start is None and event.word == STOP:
            problems.append(_where(event) + 'stops without a start')
        elif start is None:
            start = event
        elif event.word == START:
            problems.append(_where(start) + 'has no stop')
            start = event
        else:
            yield start, event
            start = None
    if start is not None:
        problems.append(_where(start) + 'has no stop')


def _where(event: _Event) -> str:
    return f'row {event.row}, {event.time:.3f} s: {event.code!r} '
