# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the rows of a table of sessions and says what is wrong with them.

A person under two names would be in the training and in the test, and nobody
would notice: names that differ in letter case, leading zeros, blanks or the
encoding of an accent only (S01, s1) are refused.
"""
import csv
import io
import os.path as osp
import re
import unicodedata
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError, refuse

_COLUMNS = ('session', 'subject', 'file')


class Row(NamedTuple):
    """A row of the table; cells that are not there are empty.

    Attributes:
        line (int): Where it ends in the file, from 1.
        session (str): In Unicode's composed form, as ``subject`` and
            ``emotion`` are.
        subject (str): Whose session it is.
        emotion (str): May be empty.
        file (str): As written, since file systems tell the forms apart.
        duration (str): May be empty.
    """
    line: int
    session: str
    subject: str
    emotion: str
    file: str
    duration: str


def name_key(name: str) -> str:
    """What two spellings of a name have in common.

    Args:
        name (str): Of a person or a session.

    Returns:
        str: Without letter case, leading zeros of numbers, blanks at the ends
        and repeated ones, and with composed accents: ``'s1'`` of ``' S01'``.
    """
    text = unicodedata.normalize('NFKC', name).casefold()
    text = unicodedata.normalize('NFKC', ' '.join(text.split()))
    return re.sub(r'\d+', lambda digits: digits[0].lstrip('0') or '0', text)


def read_rows(path: str,
              labelled: bool = True,
              classes: Optional[Sequence[str]] = None) -> List[Row]:
    """Read a table of sessions, without the files that it names.

    Args:
        path (str): The table, csv in UTF-8.
        labelled (bool): Whether every session needs an emotion.
            Defaults to True.
        classes (Sequence[str], optional): The emotions that there may be.
            Defaults to None: any.

    Returns:
        list[Row]: In order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or there twice, or a row is wrong,
            by line: an empty cell, more cells than columns, an unknown
            emotion, a name in two spellings, a session with two emotions or
            subjects, a file that is named twice.
    """
    wanted = (*_COLUMNS, 'emotion') if labelled else _COLUMNS
    header, lines = _read_cells(path)
    twice = sorted({x for x in header if x and header.count(x) > 1})
    missing = [x for x in wanted if x not in header]
    if missing or twice:
        text = ', '.join([f'{x} is missing' for x in missing] +
                         [f'{x} is there twice' for x in twice])
        if ';' in ''.join(header):
            text += '; the cells are separated by ; and should be by ,'
        raise UserError(f'{path}:1: expected the columns {",".join(wanted)}, '
                        f'each once, but {text} in {",".join(header)!r}')
    rows, problems = [], []
    for line, cells in lines:
        extra = [x for x in cells[len(header):] if x]
        if extra:
            problems.append(
                f'{path}:{line}: expected {len(header)} cells, but got '
                f'{len(cells)} ({",".join(cells)!r}); write 312.5 with a '
                'point, or "a, b" in quotation marks')
        cell = dict(zip(header, cells))
        rows.append(
            Row(
                line,
                *(unicodedata.normalize('NFC', cell.get(x, ''))
                  for x in ('session', 'subject', 'emotion')),
                cell.get('file', ''), cell.get('duration', '')))
    if not rows:
        raise UserError(f'{path}: the table has no session')
    refuse(problems or _find_problems(path, rows, labelled, classes))
    return rows


def _read_cells(path: str) -> Tuple[List[str], List[Tuple[int, List[str]]]]:
    """The header, and lines with their cells."""
    rows = []
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            reader = csv.reader(io.StringIO(file.read(), newline=''))
        for cells in reader:
            if cells:
                rows.append((reader.line_num, [x.strip() for x in cells]))
    except UnicodeDecodeError as error:
        raise UserError(
            f'{path}: expected a table in UTF-8 ({error})') from error
    except csv.Error as error:
        raise UserError(f'{path}:{reader.line_num}: expected a table, '
                        f'comma-separated, but got: {error}') from error
    return (rows[0][1] if rows else []), rows[1:]


def _find_problems(path: str, rows: List[Row], labelled: bool,
                   classes: Optional[Sequence[str]]) -> List[str]:
    problems = []
    seen: Dict[str, Row] = {}
    files: Dict[str, int] = {}
    spelled: Dict[Tuple[str, str], Row] = {}
    for row in rows:
        other = _other_spelling(row, spelled)
        first = seen.setdefault(row.session, row)
        place = osp.realpath(osp.join(osp.dirname(path), row.file))
        before = files.setdefault(place, row.line)
        empty = [x for x in _COLUMNS if not getattr(row, x)]
        if labelled and not row.emotion:
            empty.append('emotion')
        text = ''
        if empty:
            text = f'{", ".join(empty)} is empty'
        elif classes is not None and row.emotion \
                and row.emotion not in classes:
            text = (f'unknown emotion {row.emotion!r}; the classes are '
                    f'{", ".join(classes)}')
        elif other:
            text = other
        elif (row.subject, row.emotion) != (first.subject, first.emotion):
            text = (f'session {row.session!r} has the subject and emotion '
                    f'{(row.subject, row.emotion)}, but '
                    f'{(first.subject, first.emotion)} in line {first.line}')
        elif before != row.line:
            text = f'{row.file} is the file of line {before} once more'
        if text:
            problems.append(f'{path}:{row.line}: {text}')
    return problems


def _other_spelling(row: Row, spelled: Dict[Tuple[str, str], Row]) -> str:
    """What of a row was written differently above; '' if nothing."""
    for column in ('subject', 'session', 'emotion'):
        name = getattr(row, column)
        key = name.casefold() if column == 'emotion' else name_key(name)
        first = spelled.setdefault((column, key), row)
        if getattr(first, column) != name:
            return (f'{column} {name!r} is {getattr(first, column)!r} of line '
                    f'{first.line} in another spelling; write one name for '
                    'one, and names that differ in more for two')
    return ''
