# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Annotation tables: a sheet in, rows out, wherever the header stands."""
import csv
import os.path as osp
import re
import zipfile
from typing import Dict, Iterator, List, Tuple

from .clips import ExpressionClip, cell_text, frame_number, subject_name
from .findings import Finding, merged_spellings
from .schemes import emotion_name

#: Field -> what its column may be called, lower case and letters only.
_COLUMNS = dict(
    subject=('subject', ),
    name=('filename', ),
    onset=('onsetframe', 'onset'),
    apex=('apexframe', 'apexf', 'apex'),
    offset=('offsetframe', 'offset'),
    emotion=('estimatedemotion', 'emotion'),
    action_units=('actionunits', 'actionunit', 'au'))
_NEEDED = _COLUMNS.keys() - {'action_units'}


def import_openpyxl(what: str = 'annotation tables'):
    """openpyxl, or an error that says how to get it.

    Args:
        what (str): What it is needed for. Defaults to 'annotation tables'.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise ImportError(f'{what} need openpyxl: pip install '
                          '"mmaction-microaction[export]"') from error
    return openpyxl


def read_expression_table(
        path: str, source: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the clips of a table.

    Args:
        path (str): ``.xlsx`` or ``.csv``.
        source (str): The data set.

    Returns:
        tuple[list[ExpressionClip], list[Finding]]: The clips in the order of
        the table, and what is odd about it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no table, a column is missing, there is no clip,
            or a row lacks subject, name or emotion; the message names the
            row.
    """
    clips: Dict[ExpressionClip, None] = {}
    findings, spellings = [], []
    for number, row in _rows(path):
        for field in ('subject', 'name', 'emotion'):
            if not cell_text(row[field]):
                raise ValueError(f'{path}, row {number}: no {field}; expected '
                                 'subject, name and emotion in every row')
        subject = subject_name(row['subject'], source)
        spellings.append((subject, cell_text(row['subject'])))
        clip = ExpressionClip(
            source, subject, cell_text(row['name']),
            emotion_name(cell_text(row['emotion'])),
            *(frame_number(row[key]) for key in ('onset', 'apex', 'offset')),
            cell_text(row.get('action_units')))
        if clip in clips:
            findings.append(
                Finding(clip.key, f'row {number} repeats an earlier row; '
                        'taken once'))
        clips[clip] = None
    if not clips:
        raise ValueError(f'{path} has a header, but no clip below it')
    return list(clips), merged_spellings(spellings) + findings


def _rows(path: str) -> Iterator[Tuple[int, dict]]:
    """Number (as a spreadsheet shows it) and {field: value} of every row."""
    cells = _cells(path)
    best: Dict[str, int] = {}
    for header, values in enumerate(cells):
        names = [_plain(value) for value in values]
        found = {
            field: names.index(alias)
            for field, aliases in _COLUMNS.items()
            for alias in reversed(aliases) if alias in names
        }
        if _NEEDED <= found.keys():
            break
        best = max(best, found, key=len)
    else:
        missing = sorted(_NEEDED - best.keys())
        raise ValueError(
            f'{path}: no row is the header; the most like one lacks columns '
            f'for {missing} (known as ' +
            '; '.join(' or '.join(_COLUMNS[field]) for field in missing) + ')')
    for number, values in enumerate(cells[header + 1:], header + 2):
        row = {field: values[place] for field, place in found.items()}
        if any(cell_text(value) for value in row.values()):
            yield number, row


def _cells(path: str) -> List[list]:
    """All cells of the first sheet, with the types they have there."""
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    if path.lower().endswith('.csv'):
        with open(path, newline='', encoding='utf-8-sig') as file:
            rows = list(csv.reader(file))
    else:
        openpyxl = import_openpyxl()
        try:
            book = openpyxl.load_workbook(path, data_only=True)
        except (openpyxl.utils.exceptions.InvalidFileException,
                zipfile.BadZipFile, KeyError) as error:
            raise ValueError(f'{path} is no table in .xlsx or .csv ({error}); '
                             'save it as one of them') from error
        rows = [list(row) for row in book.worksheets[0].values]
        book.close()
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]


def _plain(value: object) -> str:
    """A column's name in lower case without blanks and signs."""
    return re.sub(r'[^a-z]', '', cell_text(value).lower())
