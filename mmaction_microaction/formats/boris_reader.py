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
import math
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import read_table
from .boris import BORIS_HEADER, START, STOP, check_ending
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
    """A start or a stop, of one state with the same key; ``word`` is START or
    STOP, '' where the file does not say."""
    row: int
    time: float
    code: str
    key: Tuple[object, ...]
    word: str
    score: float

    def __str__(self) -> str:
        return f'row {self.row}, {self.time:.3f} s: {self.code!r}'


def read_boris(path: str,
               strict: bool = True,
               taxonomy: Taxonomy = MA52) -> List[Segment]:
    """Read the micro-actions of a workbook of BORIS, by start.

    Codes are names or manual codes, in upper or lower case. The subjects'
    actions are put together. The score is 1 where the comment of the start has
    none.

    Args:
        strict (bool): Whether what cannot be read is an error (another code,
            a start without a stop, a point event); if not, it is left out
            with a warning.

    Raises:
        ValueError: If it is no workbook, a column is missing, it holds
            several observations, or if ``strict`` and a row cannot be read,
            naming the row.
    """
    check_ending(path)
    rows = read_table(path, header=False).T.to_dict('list')
    names = _take_header(path, rows)
    rows = {row: dict(zip(names, cells)) for row, cells in rows.items()}
    found = sorted({x.get('observation', '') for x in rows.values()} - {''})
    if len(found) > 1:
        raise UserError(f'{path}: expected the events of one observation, but '
                        f'it has {len(found)} ({", ".join(found[:3])}, ...); '
                        'export one at a time')
    problems: List[str] = []
    events: Dict[tuple, List[_Event]] = {}
    for row, texts in rows.items():
        for event in _to_events(row, texts, problems):
            events.setdefault(event.key, []).append(event)
    segments = []
    for group in events.values():
        # At one time the stop comes first, the next start second.
        group.sort(key=lambda event: (event.time, event.word == START))
        for start, stop in _pair(group, problems):
            action = find_action(start.code, taxonomy)
            if action is None:
                problems.append(f'{start} is no micro-action')
            elif stop.time == start.time:
                problems.append(f'{start} has no length')
            else:
                segments.append(
                    Segment(start.time, stop.time, action.index, start.score,
                            taxonomy))
    report_problems(problems, path, strict)
    return in_order(segments)


def _take_header(path: str, rows: Dict[int, List[str]]) -> List[str]:
    """Names of the columns; takes out the header, and the lines about the
    observation that old exports have above it."""
    first = [cell for cell in next(iter(rows.values()), []) if cell]
    for number in list(rows)[:50]:
        names = [_ALIASES.get(x.lower(), x.lower()) for x in rows.pop(number)]
        timed = 'time' in names or {'start', 'stop'} <= set(names)
        if timed and 'code' in names:
            return names
    raise UserError(f'{path}: expected the columns {", ".join(BORIS_HEADER)} '
                    'or those of an export of tabular or aggregated events, '
                    f'but the first row is {first}')


def _to_events(row: int, texts: Dict[str, str],
               problems: List[str]) -> Iterator[_Event]:
    """The start, the stop or both that a row stands for."""
    key = tuple(text for name, text in texts.items()
                if name in ('subject', 'code') or name.startswith('modifier'))
    comment = texts.get('comment', '')
    times = {'time': _find_word(texts.get('type', ''), comment)}
    if 'time' not in texts:
        times, key = dict(start=START, stop=STOP), (*key, row)
    score = re.search(r'score (0(?:\.\d+)?|1(?:\.0*)?)(?!\S)', comment)
    for name, word in times.items():
        time = _seconds(texts[name])
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


def _seconds(text: str) -> Optional[float]:
    """Of a number or ``hh:mm:ss.mmm``, which Excel may have made a time or,
    from a day on, ``1 day, 2:03:04``; None if it is neither."""
    days, _, clock = text.rpartition(' days, ' if 'days' in text else ' day, ')
    try:
        parts = [float(part) for part in clock.split(':')]
        time = 86400 * float(days or 0)
    except ValueError:
        return None
    time += sum(part * 60**i for i, part in enumerate(reversed(parts)))
    return time if math.isfinite(time) and time >= 0 else None


def _pair(events: List[_Event],
          problems: List[str]) -> Iterator[Tuple[_Event, _Event]]:
    """Starts with their stops; the events of one state, by time."""
    start = None
    for event in events:
        if start is None and event.word == STOP:
            problems.append(f'{event} stops without a start')
        elif start is None:
            start = event
        elif event.word == START:
            problems.append(f'{start} has no stop')
            start = event
        else:
            yield start, event
            start = None
    if start is not None:
        problems.append(f'{start} has no stop')
