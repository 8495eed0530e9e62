# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Workbooks of BORIS (``.xlsx``), the event logger of behavioural science.

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
from typing import Iterable, Sequence

from mmaction_microaction.results.spans import assign_lanes, in_order, to_span
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError, import_extra
from mmaction_microaction.utils.files import write_bytes

BORIS_HEADER = ('time', 'subject', 'code', 'modifier', 'comment')
START, STOP = 'START', 'STOP'
_ETHOGRAM_HEADER = ('Behavior code', 'Behavior type', 'Description', 'Key',
                    'Behavioral category', 'Excluded behaviors')


def write_boris(result: VideoResult, path: str, subject: str = '') -> None:
    """Write the segments of a video as events that BORIS imports.

    Args:
        subject (str): Who performs them, one of the BORIS project's subjects;
            ``''`` is no focal subject.

    Raises:
        ValueError: If ``path`` does not end in ``.xlsx``, or the subject has
            control characters.
    """
    check_ending(path)
    rows = []
    for action in result.taxonomy.labels:
        segments = in_order(s for s in result.segments
                            if s.action == action.index)
        spans = [to_span(segment) for segment in segments]
        for segment, span, lane in zip(segments, spans, assign_lanes(spans)):
            key = subject, action.name, f'overlap {lane + 1}' if lane else ''
            comment = f'{START}, score {segment.score:.4f}'
            # At one time the stop comes first, the next start second.
            rows += [(span[0], 1, *key, comment), (span[1], 0, *key, STOP)]
    rows.sort()
    table = [(time / 1000, *texts) for time, _, *texts in rows]
    write_bytes(path, _workbook('events', [BORIS_HEADER, *table]))


def write_boris_ethogram(path: str, taxonomy: Taxonomy = MA52) -> None:
    """Write an ethogram that BORIS imports, a ``.xlsx``: each micro-action is
    a state event, its body part the category."""
    check_ending(path)
    rows = [(a.name, 'State event', a.code, '', a.group_name, '')
            for a in taxonomy.labels]
    write_bytes(path, _workbook('ethogram', [_ETHOGRAM_HEADER, *rows]))


def check_ending(path: str) -> None:
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
