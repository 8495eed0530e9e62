# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Annotations of micro-expressions: tables and folders in, clips out.

CASME II, ``CASME2-coding-20190701.xlsx``: Subject, Filename, OnsetFrame,
ApexFrame, OffsetFrame, Action Units (a number, or text such as ``4+L7+12``),
Estimated Emotion. An apex may be ``/`` or equal to the onset. 255 clips, 26
subjects, 200 fps. Yan et al., "CASME II", PLoS ONE 9(1), 2014.

SAMM, ``SAMM_Micro_FACS_Codes_v2.xlsx``: behind 13 rows of text, Subject,
Filename, Inducement Code, Onset Frame, Apex Frame, Offset Frame, Duration,
Micro, Action Units, Estimated Emotion and more. Frame numbers are padded to 4
or 5 digits in the file names. 159 clips. Davison et al., "SAMM", IEEE Trans.
Affective Computing 9(1), 2018.

SMIC-HS, whose folders are its annotation:
``HS/<subject>/micro/{negative,positive,surprise}/<clip>/reg_image<N>.bmp``,
from onset to offset, at 100 fps; no apex. 164 clips, 16 subjects. Li et al.,
"A Spontaneous Micro-expression Database", FG 2013.

The composite of MEGC 2019, ``combined_3class_gt.csv``: lines
``dataset,subject,clip,class`` without a header, where the class is 0
(negative), 1 (positive) or 2 (surprise). 442 clips of 68 subjects: 145 / 24
of CASME II, 133 / 28 of SAMM, 164 / 16 of SMIC-HS. See et al., "MEGC 2019",
FG 2019.
"""
import os.path as osp
import re
from dataclasses import replace
from typing import Dict, Iterator, List, Mapping, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import read_table, row_error
from .clips import (SOURCES, ExpressionClip, Finding, cell_text, frame_number,
                    merged_spellings, subject_name)
from .layout import list_folders
from .schemes import EMOTIONS, MEGC_CLASSES, emotion_name

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
#: What else the composite may call the data sets.
_NAMES = {'casmeii': 'casme2', 'casme 2': 'casme2', 'smic-hs': 'smic'}


def read_expression_table(
        path: str, source: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the table (.xlsx or .csv) of ``'casme2'`` or ``'samm'``: its clips,
    in order, and what is odd. UserError, with the row, if it cannot be used.
    """
    clips: Dict[tuple, Tuple[int, ExpressionClip]] = {}
    findings, spellings = [], []
    for line, row in _rows(path):
        clip = _clip(path, line, row, source)
        spellings.append((clip.subject, cell_text(row['subject'])))
        first, other = clips.setdefault((clip.subject, clip.name.lower()),
                                        (line, clip))
        if replace(clip, name=other.name) != other:
            raise UserError(f'{path}, rows {first} and {line} say different '
                            f'things of the clip {clip.key}; correct or '
                            'delete one of them')
        if first != line:
            reason = f'row {line} repeats row {first}; taken once'
            findings.append(Finding(clip.key, reason))
    if not clips:
        raise UserError(f'{path} has a header, but no clip below it')
    return ([clip for _, clip in clips.values()],
            merged_spellings(spellings, 'the table') + findings)


def _rows(path: str) -> Iterator[Tuple[int, Dict[str, str]]]:
    """Line and {field: text} of every row, wherever the header stands."""
    table = read_table(path, header=False)
    best: Dict[str, int] = {}
    for header, cells in table.iterrows():
        names = [re.sub(r'[^a-z]', '', cell.lower()) for cell in cells]
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
    for line, cells in table.loc[header + 1:].iterrows():
        row = {field: cells[place] for field, place in found.items()}
        if any(row.values()):
            yield line, row


def _clip(path: str, line: int, row: Dict[str, str],
          source: str) -> ExpressionClip:
    for field in ('subject', 'name', 'emotion'):
        if not row[field]:
            raise row_error(
                path, line, f'no {field}; expected subject, name and emotion '
                'in every row')
    frames = {x: frame_number(row[x]) for x in ('onset', 'apex', 'offset')}
    for key in ('onset', 'offset'):
        if row[key] and frames[key] is None:
            raise row_error(
                path, line, f'expected a frame number for the {key}, or '
                f'nothing, but got {row[key]!r}')
    return ExpressionClip(
        source,
        subject_name(row['subject'], source),
        cell_text(row['name']),
        emotion_name(row['emotion']),
        **frames,
        action_units=cell_text(row.get('action_units')),
        apex_cell=row['apex'] if frames['apex'] is None else '')


def read_smic(folder: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """List the clips in the folder ``HS`` of SMIC, sorted, with their folders
    but without frame numbers; and what is odd. FileNotFoundError if there is
    none, UserError if two folders are of one."""
    clips: Dict[tuple, ExpressionClip] = {}
    spellings, findings = [], []
    for spelling in list_folders(folder):
        micro = osp.join(folder, spelling, 'micro')
        if not osp.isdir(micro):
            continue
        subject = subject_name(spelling, 'smic')
        spellings.append((subject, spelling))
        for emotion in list_folders(micro):
            if emotion_name(emotion) not in EMOTIONS['smic']:
                why = f'is none of {EMOTIONS["smic"]}; its clips are left out'
                findings.append(Finding(f'{subject}/{emotion}', why))
                continue
            for name in list_folders(osp.join(micro, emotion)):
                clip = ExpressionClip(
                    'smic',
                    subject,
                    name,
                    emotion_name(emotion),
                    frame_dir=osp.join(micro, emotion, name))
                other = clips.setdefault((subject, name.lower()), clip)
                if other is not clip:
                    raise UserError(
                        f'{other.frame_dir} and {clip.frame_dir} are of one '
                        f'clip, {clip.key}; delete one of them')
    if not clips:
        raise FileNotFoundError(
            f'{folder} has no clips of SMIC-HS; expected '
            '<subject>/micro/{negative,positive,surprise}/<clip>/ in it')
    return (list(clips.values()),
            merged_spellings(spellings, 'the folders') + findings)


def read_megc2019(path: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the composite's csv, with or without a header: its clips, in order,
    with its classes for emotions and without frames; and what is odd.
    UserError, with the line, if it cannot be used."""
    entries: Dict[tuple, Tuple[int, ExpressionClip]] = {}
    findings = []
    for line, row in read_table(path, header=False).iterrows():
        if not entries and row[0].lower() in ('dataset', 'db'):
            continue
        entry = _entry(path, line, list(row))
        key = (entry.source, entry.subject, entry.name.lower())
        first, other = entries.setdefault(key, (line, entry))
        if entry.emotion != other.emotion:
            raise UserError(
                f'{path}, lines {first} and {line} give the clip '
                f'{"/".join(key)} different classes, {other.emotion} and '
                f'{entry.emotion}; correct or delete one of them')
        if first != line:
            reason = f'line {line} repeats line {first}; taken once'
            findings.append(Finding('/'.join(key), reason))
    if not entries:
        raise UserError(f'{path} lists no clip')
    return [entry for _, entry in entries.values()], findings


def _entry(path: str, line: int, cells: Sequence[str]) -> ExpressionClip:
    if len(cells) < 4 or not all(cells[:4]):
        raise row_error(
            path, line, 'expected dataset,subject,clip,class, but got '
            f'{",".join(cells)!r}')
    source = _NAMES.get(cells[0].lower(), cells[0].lower())
    if source not in SOURCES:
        raise row_error(
            path, line, f'expected a data set out of {SOURCES}, but got '
            f'{cells[0]!r}')
    numbers = {str(i): name for i, name in enumerate(MEGC_CLASSES)}
    emotion = numbers.get(cells[3], cells[3].lower())
    if emotion not in MEGC_CLASSES:
        raise row_error(
            path, line, f'expected a class 0 to 2 or out of {MEGC_CLASSES}, '
            f'but got {cells[3]!r}')
    return ExpressionClip(source, subject_name(cells[1], source), cells[2],
                          emotion)


def join_composite(entries: Sequence[ExpressionClip],
                   clips: Mapping[str, Sequence[ExpressionClip]]) -> \
        Tuple[List[ExpressionClip], List[Finding]]:
    """Take the composite's clips out of ``{source: its clips}``: in the order
    of the list and with its classes for emotions, their subjects named
    ``source/subject``; and the entries that no data set has."""
    known = {
        (clip.source, clip.subject, clip.name.lower()): clip
        for group in clips.values()
        for clip in group
    }
    chosen, missing = [], []
    for entry in entries:
        clip = known.get((entry.source, entry.subject, entry.name.lower()))
        entry = replace(entry, subject=f'{entry.source}/{entry.subject}')
        if clip is None:
            why = 'is in the composite, but not in the annotation of '
            missing.append(Finding(entry.key, why + entry.source))
        else:
            chosen.append(
                replace(clip, subject=entry.subject, emotion=entry.emotion))
    return chosen, missing
