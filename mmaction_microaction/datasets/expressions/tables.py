# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Annotation tables: a sheet in, clips out, wherever the header stands.

CASME II, ``CASME2-coding-20190701.xlsx``: Subject, Filename, (blank),
OnsetFrame, ApexFrame, OffsetFrame, (blank), Action Units (a number, or text
such as ``4+L7+12``), Estimated Emotion. An apex may be ``/`` or equal to the
onset. 255 clips, 26 subjects, 200 fps.

SAMM, ``SAMM_Micro_FACS_Codes_v2.xlsx``: behind 13 rows of text, Subject,
Filename, Inducement Code, Onset Frame, Apex Frame, Offset Frame, Duration,
Micro, Action Units, Estimated Emotion and more. Frame numbers are padded to 4
or 5 digits in the file names. 159 clips.

Source: Yan et al., "CASME II: An Improved Spontaneous Micro-Expression
Database and the Baseline Evaluation", PLoS ONE 9(1), 2014; Davison et al.,
"SAMM: A Spontaneous Micro-Facial Movement Dataset", IEEE Trans. Affective
Computing 9(1), 2018.
"""
import csv
import os.path as osp
import re
import zipfile
from dataclasses import replace
from typing import Dict, Iterator, List, Tuple

from mmaction_microaction.utils.errors import UserError
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
_FRAME_FIELDS = ('onset', 'apex', 'offset')


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
        raise ModuleNotFoundError(f'{what} need openpyxl: pip install '
                          '"mmaction-microaction[export]"') from error
    return openpyxl


def read_expression_table(
        path: str, source: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the annotation of CASME II or SAMM (see the module).

    Args:
        path (str): ``.xlsx`` or ``.csv``.
        source (str): ``'casme2'`` or ``'samm'``.

    Returns:
        tuple[list[ExpressionClip], list[Finding]]: The clips in the order of
        the table, and what is odd about it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no table, a column is missing, there is no clip, a
            row lacks subject, name or emotion, its onset or offset is no frame
            number, or two rows say different things of one clip; the message
            names the row.
    """
    clips: Dict[tuple, Tuple[int, ExpressionClip]] = {}
    findings, spellings = [], []
    for number, row in _rows(path):
        clip = _clip(row, source, f'{path}, row {number}')
        spellings.append((clip.subject, cell_text(row['subject'])))
        first, other = clips.setdefault((clip.subject, clip.name.lower()),
                                        (number, clip))
        if replace(clip, name=other.name) != other:
            raise UserError(f'{path}, rows {first} and {number} say different '
                            f'things of the clip {clip.key}; correct or '
                            'delete one of them')
        if first != number:
            findings.append(
                Finding(clip.key,
                        f'row {number} repeats row {first}; taken once'))
    if not clips:
        raise UserError(f'{path} has a header, but no clip below it')
    return ([clip for _, clip in clips.values()],
            merged_spellings(spellings, 'the table') + findings)


def read_csv(path: str) -> List[List[str]]:
    """The cells of a csv file.

    Args:
        path (str): The file, UTF-8 with or without a byte order mark.

    Returns:
        list[list[str]]: Its rows; an empty line is an empty row.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not in UTF-8.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path} does not exist')
    try:
        with open(path, newline='', encoding='utf-8-sig') as file:
            return list(csv.reader(file))
    except UnicodeDecodeError as error:
        raise UserError(f'{path} is not in UTF-8 ({error}); save it as '
                        '"CSV UTF-8"') from error


def _clip(row: dict, source: str, where: str) -> ExpressionClip:
    """The clip in a row."""
    for field in ('subject', 'name', 'emotion'):
        if not cell_text(row[field]):
            raise UserError(f'{where}: no {field}; expected subject, name '
                            'and emotion in every row')
    frames = {key: frame_number(row[key]) for key in _FRAME_FIELDS}
    for key in ('onset', 'offset'):
        text = cell_text(row[key])
        if text and frames[key] is None:
            raise UserError(f'{where}: expected a frame number for the '
                            f'{key}, or nothing, but got {text!r}')
    return ExpressionClip(
        source,
        subject_name(row['subject'], source),
        cell_text(row['name']),
        emotion_name(cell_text(row['emotion'])),
        **frames,
        action_units=cell_text(row.get('action_units')),
        apex_cell=cell_text(row['apex']) if frames['apex'] is None else '')


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
        raise UserError(
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
        rows = read_csv(path)
    else:
        openpyxl = import_openpyxl()
        try:
            book = openpyxl.load_workbook(path, data_only=True)
        except (openpyxl.utils.exceptions.InvalidFileException,
                zipfile.BadZipFile, KeyError) as error:
            raise UserError(f'{path} is no table in .xlsx or .csv ({error}); '
                            'save it as one of them') from error
        rows = [list(row) for row in book.worksheets[0].values]
        book.close()
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]


def _plain(value: object) -> str:
    """A column's name in lower case without blanks and signs."""
    return re.sub(r'[^a-z]', '', cell_text(value).lower())
