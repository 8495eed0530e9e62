# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Workbooks of BORIS (``.xlsx``), the event logger of behavioural science.

============  ========================================  =====================
form          columns                                   a row for
============  ========================================  =====================
import        time, subject, code, modifier, comment    each start and stop
tabular       Time, Subject, Behavior, Behavior type    each start and stop
aggregated    Start (s), Stop (s), Subject, Behavior    each state
============  ========================================  =====================

BORIS imports the first form and exports the others; all are read. Case and
order of the columns do not matter, further ones are not looked at.

Of the rows with the same subject, code and modifier the first starts the
state, the second stops it, and so on in turn; so an action that overlaps
itself has the modifier ``overlap 2`` in its second lane. The comment, for
people and for the way back, says what a row is and the score::

    time   subject  code     modifier  comment
    1.24            nodding            START, score 0.8731
    2.08            nodding            STOP

The codes have to be *state events* of the project's ethogram. Source:
``import_observations.py`` and ``project_functions.py`` of BORIS.
"""
import io
import math
import re
from typing import (Dict, Iterable, Iterator, List, NamedTuple, Optional,
                    Sequence, Tuple)

from mmaction_microaction.results.spans import assign_lanes, in_order, to_span
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError, import_extra
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.utils.tables import read_table
from .common import find_action, report_problems

_HEADER = ('time', 'subject', 'code', 'modifier', 'comment')
_ETHOGRAM_HEADER = ('Behavior code', 'Behavior type', 'Description', 'Key',
                    'Behavioral category', 'Excluded behaviors')
START, STOP, POINT = 'START', 'STOP', 'POINT'
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


def write_boris(result: VideoResult, path: str) -> None:
    """Write the segments of a video as events of no focal subject, which BORIS
    imports.

    Raises:
        ValueError: If ``path`` does not end in ``.xlsx``.
    """
    _check_ending(path)
    rows = []
    for action in result.taxonomy.labels:
        segments = in_order(s for s in result.segments
                            if s.action == action.index)
        spans = [to_span(segment) for segment in segments]
        for segment, span, lane in zip(segments, spans, assign_lanes(spans)):
            key = '', action.name, f'overlap {lane + 1}' if lane else ''
            comment = f'{START}, score {segment.score:.4f}'
            # At one time the stop comes first, the next start second.
            rows += [(span[0], 1, *key, comment), (span[1], 0, *key, STOP)]
    rows.sort()
    table = [(time / 1000, *texts) for time, _, *texts in rows]
    write_bytes(path, _workbook('events', [_HEADER, *table]))


def write_boris_ethogram(path: str, taxonomy: Taxonomy = MA52) -> None:
    """Write an ethogram that BORIS imports, a ``.xlsx``: each micro-action is
    a state event, its body part the category."""
    _check_ending(path)
    rows = [(a.name, 'State event', a.code, '', a.group_name, '')
            for a in taxonomy.labels]
    write_bytes(path, _workbook('ethogram', [_ETHOGRAM_HEADER, *rows]))


def _check_ending(path: str) -> None:
    """Refuse what is no ``.xlsx`` by its name, as BORIS does."""
    if not str(path).lower().endswith('.xlsx'):
        raise UserError(f'{path}: expected a workbook (.xlsx); BORIS refuses '
                        'CSV, too, so save the table as .xlsx')


def _workbook(title: str, rows: Iterable[Sequence[object]]) -> bytes:
    """An .xlsx with one sheet; no text is taken for a formula."""
    openpyxl = import_extra('openpyxl', 'BORIS workbooks')
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for values in rows:
        try:  # BORIS's way to say none is an empty cell
            sheet.append([None if x == '' else x for x in values])
        except openpyxl.utils.exceptions.IllegalCharacterError:
            raise UserError('a workbook cannot hold control characters, but '
                            f'got {values}') from None
    # Every column as wide as its longest text, and the header kept in sight.
    sheet.freeze_panes = 'A2'
    for cells in sheet.columns:
        width = max(len(str(cell.value or '')) for cell in cells)
        sheet.column_dimensions[cells[0].column_letter].width = width + 2
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = 's'
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


class _Event(NamedTuple):
    """The start or the stop (``word``, '' where the file does not say) of one
    of the states with the same key."""
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
    actions are put together. The score is 1 where the start's comment has
    none.

    Args:
        strict (bool): Whether what cannot be read is an error (another code,
            a start without a stop, a point event) or left out with a warning.

    Raises:
        ValueError: If it is no workbook of one observation, or a row cannot
            be read.
    """
    _check_ending(path)
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
    raise UserError(f'{path}: expected the columns {", ".join(_HEADER)} or '
                    'those of an export of tabular or aggregated events, but '
                    f'the first row is {first}')


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
        elif word == POINT:
            problems.append(f'row {row}: {texts["code"]!r} is a point event; '
                            'only states have a length')
        else:
            yield _Event(row, time, texts['code'], key, word,
                         float(score.group(1)) if score else 1.)


def _find_word(kind: str, comment: str) -> str:
    """START, STOP, POINT or '', by the type of the event if the file has it;
    a comment tells it only in our own form, others are an annotator's."""
    if kind:
        word = re.match(f'{START}|{STOP}|{POINT}', kind, re.I)
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
        if start is not None and event.word != START:
            yield start, event
            start = None
        elif event.word == STOP:
            problems.append(f'{event} stops without a start')
        else:
            if start is not None:
                problems.append(f'{start} has no stop')
            start = event
    if start is not None:
        problems.append(f'{start} has no stop')
