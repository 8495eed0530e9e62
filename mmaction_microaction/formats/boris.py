# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Workbooks of BORIS (``.xlsx``), the event logger of behavioural science.

BORIS adds the rows of a workbook to the open observation. It looks for five
columns, and has none for start and stop: of the rows with the same subject,
code and modifier the first starts the state, the second stops it, and so on
in turn. So an action that overlaps itself has the modifier ``overlap 2`` in
its second lane. The comment says what a row is and holds the score, for
people and for the way back::

    time   subject  code     modifier  comment
    1.24            nodding            START, score 0.8731
    2.08            nodding            STOP

The codes have to be in the project's ethogram, as *state events*:
:func:`write_boris_ethogram` writes it in the form BORIS imports. BORIS reads
no CSV here.

Source: ``import_observations.py`` and ``project_functions.py`` of BORIS.
"""
import io
from typing import Iterable, Sequence

from mmaction_microaction.results.spans import assign_lanes, in_order, to_span
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.utils.tables import import_openpyxl

BORIS_HEADER = ('time', 'subject', 'code', 'modifier', 'comment')
START, STOP = 'START', 'STOP'
_ETHOGRAM_HEADER = ('Behavior code', 'Behavior type', 'Description', 'Key',
                    'Behavioral category', 'Excluded behaviors')


def write_boris(result: VideoResult, path: str, subject: str = '') -> None:
    """Write the segments of a video as events that BORIS imports.

    Args:
        result (VideoResult): The segments.
        path (str): The ``.xlsx`` to write.
        subject (str): Who performs them; has to be among the subjects of the
            BORIS project. Defaults to ``''``, no focal subject.

    Raises:
        ImportError: If openpyxl is not installed.
        ValueError: If the path has another ending or the subject has control
            characters.
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
    """Write the micro-actions as an ethogram that BORIS imports.

    Each is a state event, its body part the category.

    Raises:
        ImportError: If openpyxl is not installed.
        ValueError: If the path has another ending.
    """
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
    openpyxl = import_openpyxl('BORIS workbooks')
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            if value == '':
                continue  # BORIS's way to say none
            try:
                cell = sheet.cell(row, column, value)
            except openpyxl.utils.exceptions.IllegalCharacterError:
                raise UserError('a workbook cannot hold control characters, '
                                f'but got {value!r}') from None
            if isinstance(value, str):
                cell.data_type = 's'
    # Every column as wide as its longest text, and the header kept in sight.
    sheet.freeze_panes = 'A2'
    for cells in sheet.columns:
        width = max(len(str(cell.value or '')) for cell in cells)
        sheet.column_dimensions[cells[0].column_letter].width = width + 2
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
