# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reader of tables and projects of BORIS; see :mod:`.boris` for the forms."""
import math
import os.path as osp
import re
import warnings
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from mmaction_microaction.results.spans import sort_segments
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import read_table
from .boris import END, HEADER, POINT, START, STOP
from .common import (join_names, load_json, parse_action, pick,
                     report_problems, split_unsure)

# Our part of a comment; the rest is the annotator's.
_OURS = re.compile(rf'(?:(?:{START}|{STOP}|{END})(?:[,;] *|$))?'
                   r'(?:score (0(?:\.\d+)?|1(?:\.0*)?)(?:[,;] *|$))?')
# "No subject" in exports.
_NOBODY = 'No focal subject'
# Column names of exports (lower case) -> ours.
_ALIASES = {
    'behavior': 'code',
    'behavior type': 'type',
    'status': 'type',
    'observation id': 'observation',
    'time offset (s)': 'offset',
    'start (s)': 'start',
    'stop (s)': 'stop',
    'comment start': 'comment',
    # Independent variables of a project, if it has them.
    **dict.fromkeys(('coder', 'rater', 'annotator'), 'observer'),
}


class _Event(NamedTuple):
    """Start or stop (``word``, '' if unknown) of a state; ``key`` identifies
    the state."""
    row: str  # 'row 4' of a table, 'event 3' of a project
    time: float
    code: str
    key: Tuple[object, ...]
    word: str
    score: float
    comment: str

    def __str__(self) -> str:
        return f'{self.row}, {self.time:.3f} s: {self.code!r}'


#: Name and cells, by column, of the rows of an observation.
_Rows = Dict[str, Dict[str, str]]


def read_boris(path: str,
               strict: bool = True,
               taxonomy: Taxonomy = MA52,
               point_duration: Optional[float] = None,
               observation: str = '') -> List[Segment]:
    """The segments of :func:`read_boris_file`."""
    return read_boris_file(path, strict, taxonomy, point_duration,
                           observation)[0]


def read_boris_file(path: str,
                    strict: bool = True,
                    taxonomy: Taxonomy = MA52,
                    point_duration: Optional[float] = None,
                    observation: str = '') -> Tuple[List[Segment], str, str]:
    """Read the micro-actions of an observation.

    Codes are names or manual codes, case-insensitive. The actions of all
    subjects are merged. The score is 1 unless a comment has one. The observer
    is an independent variable (observer, coder, rater or annotator).

    Args:
        path (str): A project (.boris), or a table: .xlsx, .ods, .xls, .tsv
            or .csv.
        strict (bool): Whether unreadable entries (unknown code, start without
            stop, point event) are an error or skipped with a warning.
        taxonomy (Taxonomy): Label set of the codes.
        point_duration (float, optional): Length of point events, seconds.
        observation (str): Name, if the file has several.

    Returns:
        tuple: Segments by start, subjects, observer.

    Raises:
        ValueError: If it is no file of BORIS, or a row is malformed.
    """
    is_project = osp.splitext(path)[1].lower() == '.boris'
    found = _project(path) if is_project else _table(path)
    rows = pick(path, (([x], y) for x, y in found.items()), observation,
                'observation')
    problems: List[str] = []
    offset = _find_offset(path, rows)
    events: Dict[tuple, List[_Event]] = {}
    for row, texts in rows.items():
        for event in _to_events(row, texts, offset, point_duration, problems):
            events.setdefault(event.key, []).append(event)
    segments = []
    for group in events.values():
        # At one time the stop comes first, the next start second.
        group.sort(key=lambda event: (event.time, event.word == START))
        for start, stop in _pair(group, problems):
            action, unsure = parse_action(start.code, taxonomy)
            remarks = filter(None, (start.comment, stop.comment))
            comment, doubt = split_unsure('; '.join(remarks), True)
            if action is None:
                problems.append(f'{start} is not a micro-action')
            elif start.time < 0:
                problems.append(f'{start} is before the video starts')
            elif stop.time == start.time:
                problems.append(f'{start} has no length')
            else:
                segments.append(
                    Segment(start.time, stop.time, action.index, start.score,
                            taxonomy, unsure or doubt, comment))
    report_problems(problems, path, strict)
    people = (
        join_names(x.get(key) for x in rows.values() if x.get(key) != _NOBODY)
        for key in ('subject', 'observer'))
    return (sort_segments(segments), *people)


def _table(path: str) -> Dict[str, _Rows]:
    """Observation -> rows, of an export or an import table."""
    rows = read_table(path, header=False).T.to_dict('list')
    names, above = _take_header(path, rows)
    found: Dict[str, _Rows] = {}
    for row, cells in rows.items():
        texts = {**above, **dict(zip(names, cells))}
        name = texts.get('observation', '')
        found.setdefault(name, {})[f'row {row}'] = texts
    return found or {'': {}}


def _project(path: str) -> Dict[str, _Rows]:
    """Observation -> events of a project, as rows of a table."""
    content, found = load_json(path, 'a BORIS project'), {}
    try:
        # A behaviour outside the ethogram counts as a state.
        points = {
            x['code']
            for x in content.get('behaviors_conf', {}).values()
            if POINT in x['type'].upper()
        }
        for name, item in content['observations'].items():
            facts = dict(offset=str(item.get('time offset') or 0))
            facts['source'] = ';'.join((item.get('file') or {}).get('1', ()))
            known = (item.get('independent_variables') or {}).items()
            facts['observer'] = join_names(
                x for label, x in known
                if _ALIASES.get(label.lower(), label.lower()) == 'observer')
            found[name] = {
                f'event {number}':
                dict(
                    zip(HEADER, map(str, event)),
                    type=POINT if event[2] in points else 'STATE',
                    **facts)
                for number, event in enumerate(item['events'], 1)
            }
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise UserError(
            f'{path}: expected a BORIS project, but got {error!r}') from error
    return found


def _take_header(
        path: str, rows: Dict[int,
                              List[str]]) -> Tuple[List[str], Dict[str, str]]:
    """Column names, and the observation's metadata above them in old exports;
    removes both from the rows."""
    first = [cell for cell in next(iter(rows.values()), []) if cell]
    above = {}
    for number in list(rows)[:50]:
        cells = rows.pop(number)
        names = [_ALIASES.get(x.lower(), x.lower()) for x in cells]
        timed = 'time' in names or {'start', 'stop'} <= set(names)
        if timed and 'code' in names:
            return names, above
        if names[0] in ('observation', 'offset', 'observer'):
            above[names[0]] = (cells + [''])[1]
    raise UserError(f'{path}: expected the columns {", ".join(HEADER)} or '
                    'those of an export of tabular or aggregated events, but '
                    f'the first row is {first}')


def _find_offset(path: str, rows: _Rows) -> float:
    """Time offset of an observation, seconds."""
    facts = next(iter(rows.values()), {})
    videos = facts.get('source', '').split('|')[0]  # of the first player
    if ';' in videos:
        warnings.warn(f'{path}: several concatenated videos ({videos}); times '
                      'start at the first one')
    text = facts.get('offset') or '0'
    offset = _seconds(text)
    if offset is None:
        raise UserError(f'{path}: the time offset must be in seconds, but it '
                        f'is {text!r}')
    if offset:
        warnings.warn(f"{path}: subtracted the observation's time offset of "
                      f'{offset:g} s')
    return offset


def _to_events(row: str, texts: Dict[str, str], offset: float,
               point_duration: Optional[float],
               problems: List[str]) -> Iterator[_Event]:
    """The events of a row: start, stop or both."""
    code, comment = texts['code'], texts.get('comment', '')
    comments = [comment, texts.get('comment stop', '')]
    key = tuple(text for name, text in texts.items()
                if name in ('subject', 'code') or name.startswith('modifier'))
    kind = _find_word(texts.get('type', ''), comment)
    words, names = [kind], ['time']
    if 'time' not in texts:
        words, names, key = [START, STOP], ['start', 'stop'], (*key, row)
    if kind == POINT:
        if point_duration is None:
            problems.append(
                f'{row}: {code!r} is a point event; give '
                '--point-duration SECONDS to read it with a length')
            return
        words, names, key = [START, STOP], names[:1] * 2, (*key, row)
    for name, word, comment in zip(names, words, comments):
        ours = _OURS.match(comment)
        time = _seconds(texts[name])
        if time is None:
            problems.append(f'{row}: {name} must be in seconds, but it is '
                            f'{texts[name]!r}')
            return
        time -= offset
        if kind == POINT and word == STOP:
            time += point_duration
        score = float(ours[1] or 1.)
        yield _Event(row, round(time, 6), code, key, word, score,
                     comment[ours.end():])


def _find_word(kind: str, comment: str) -> str:
    """START, STOP, POINT or '', from the type of the event, else from our own
    comment."""
    if kind:
        word = re.match(f'{START}|{STOP}|{POINT}', kind, re.I)
    else:
        word = re.match(f'({START}|{STOP}|{END})(?=[,;]|$)', comment)
    return word.group().upper().replace(END, STOP) if word else ''


def _seconds(text: str) -> Optional[float]:
    """Parse seconds, ``hh:mm:ss.mmm`` or Excel's ``1 day, 2:03:04``; None for
    other text."""
    sign = -1 if text.startswith('-') else 1
    between = ' days, ' if 'days' in text else ' day, '
    days, _, clock = text.lstrip('-').rpartition(between)
    try:
        parts = [float(part) for part in clock.split(':')]
        time = 86400 * float(days or 0)
    except ValueError:
        return None
    time += sum(part * 60**i for i, part in enumerate(reversed(parts)))
    return sign * time if math.isfinite(time) else None


def _pair(events: List[_Event],
          problems: List[str]) -> Iterator[Tuple[_Event, _Event]]:
    """Pair starts and stops of one state, sorted by time."""
    start = last = None
    for event in events:
        if start is not None and event.word != START:
            yield start, event
            start, last = None, event.time
        elif event.word == STOP and event.time != last:
            # BORIS 7 calls a start at the time of a stop a stop, too.
            problems.append(f'{event} stops without a start')
        else:
            if start is not None:
                problems.append(f'{start} has no stop')
            start = event
    if start is not None:
        problems.append(f'{start} has no stop')
