# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Readers of micro-expression annotations (tables, folders).

- CASME II (Yan et al., PLoS ONE 9(1), 2014), ``CASME2-coding-20190701.xlsx``:
  255 clips, 26 subjects, 200 fps; an apex may be ``/`` or equal to the onset.
- SAMM (Davison et al., IEEE Trans. Affective Computing 9(1), 2018),
  ``SAMM_Micro_FACS_Codes_v2.xlsx``: 159 clips; 13 rows of text on top.
  Other names of these tables: see :mod:`.layout`.
- SMIC-HS (Li et al., FG 2013), whose folders are its annotation:
  ``HS/<subject>/micro/{negative,positive,surprise}/<clip>/reg_image<N>.bmp``,
  from onset to offset, no apex; 164 clips, 16 subjects, 100 fps.
- The composite of MEGC 2019 (See et al., FG 2019), ``combined_3class_gt.csv``:
  lines ``dataset,subject,clip,class``; 442 clips, 68 subjects: 145 / 24 of
  CASME II, 133 / 28 of SAMM, 164 / 16 of SMIC-HS.
"""
import os.path as osp
import re
from dataclasses import replace
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import (read_sheets, read_table,
                                               row_error)
from .clips import (SOURCES, ExpressionClip, Finding, cell_text, frame_number,
                    merged_spellings, subject_name)
from .layout import list_folders
from .schemes import EMOTIONS, MEGC_CLASSES, emotion_name

#: Field -> possible column names, lower case, letters only.
_COLUMNS = dict(
    subject=('subject', ),
    name=('filename', ),
    onset=('onsetframe', 'onset'),
    apex=('apexframe', 'apexf', 'apex'),
    offset=('offsetframe', 'offset'),
    emotion=('estimatedemotion', 'emotion'),
    action_units=('actionunits', 'actionunit', 'au'))
_NEEDED = _COLUMNS.keys() - {'action_units'}
#: Other names of the data sets in the composite.
_NAMES = {'casmeii': 'casme2', 'casme 2': 'casme2', 'smic-hs': 'smic'}


def read_expression_table(
        path: str, source: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the table (.xlsx, .xls or .csv) of ``'casme2'`` or ``'samm'``: its
    clips in order, and findings. UserError, with the row, if malformed."""
    rows, sheet = _rows(path)
    clips, findings = _once(path, ((line, _clip(path, line, row, source))
                                   for line, row in rows))
    spellings = [(subject_name(row['subject'],
                               source), cell_text(row['subject']))
                 for _, row in rows]
    if sheet:
        why = f'took the sheet {sheet!r}, the first one with such a header'
        findings.append(Finding(osp.basename(path), why))
    return clips, merged_spellings(spellings, 'the table') + findings


def _rows(path: str) -> Tuple[List[Tuple[int, Dict[str, str]]], str]:
    """Line and {field: text} of each row after the header; the sheet, if not
    the first."""
    best: Dict[str, int] = {}
    sheets = read_sheets(path)
    for sheet, table, (header, cells) in ((name, table, row)
                                          for name, table in sheets.items()
                                          for row in table.iterrows()):
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
    rows = [(line, {
        field: cells[column]
        for field, column in found.items()
    }) for line, cells in table.loc[header + 1:].iterrows()]
    return ([row for row in rows if any(row[1].values())],
            sheet if sheet != next(iter(sheets)) else '')


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
        action_units=cell_text(row.get('action_units', '')),
        apex_cell=row['apex'] if frames['apex'] is None else '')


def _once(
    path: str, clips: Iterable[Tuple[int, ExpressionClip]]
) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Deduplicate clips, and list repeated lines; UserError if two lines
    disagree, or without any."""
    known: Dict[tuple, Tuple[int, ExpressionClip]] = {}
    findings = []
    for line, clip in clips:
        first, other = known.setdefault((clip.subject, clip.name.lower()),
                                        (line, clip))
        if replace(clip, name=other.name) != other:
            raise row_error(
                path, line, f'says other things of the clip {clip.key} than '
                f'line {first}; correct or delete one of them')
        if first != line:
            reason = f'line {line} repeats line {first}; taken once'
            findings.append(Finding(clip.key, reason))
    if not known:
        raise UserError(f'{path} lists no clip')
    return [clip for _, clip in known.values()], findings


def read_smic(folder: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """List the clips in the folder ``HS`` of SMIC, sorted, with their folders
    but without frame numbers, and findings. FileNotFoundError without clips,
    UserError for two folders of one clip."""
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
                path = osp.join(micro, emotion, name)
                clip = ExpressionClip(
                    'smic',
                    subject,
                    name,
                    emotion_name(emotion),
                    frame_dir=path)
                other = clips.setdefault((subject, name.lower()), clip)
                if other is not clip:
                    raise UserError(f'{other.frame_dir} and {path} are of one '
                                    f'clip, {clip.key}; delete one of them')
    if not clips:
        raise FileNotFoundError(
            f'{folder} has no clips of SMIC-HS; expected '
            '<subject>/micro/{negative,positive,surprise}/<clip>/ in it')
    return (list(clips.values()),
            merged_spellings(spellings, 'the folders') + findings)


def read_megc2019(path: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the CSV of the composite, with or without a header: its clips in
    order (subjects ``source/subject``, classes as emotions, no frames), and
    findings. UserError, with the line, if malformed."""
    rows = [(line, list(row))
            for line, row in read_table(path, header=False).iterrows()]
    if rows and rows[0][1][0].lower() in ('dataset', 'db'):
        rows = rows[1:]
    return _once(path, ((line, _entry(path, line, row)) for line, row in rows))


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
    subject = f'{source}/{subject_name(cells[1], source)}'
    return ExpressionClip(source, subject, cells[2], emotion)


def join_composite(
    entries: Sequence[ExpressionClip], clips: Mapping[str,
                                                      Sequence[ExpressionClip]]
) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Select the composite's clips (:func:`read_megc2019`) from ``{source:
    clips}``, with subjects, classes and order of the composite; and the
    entries missing from the data sets."""
    known = {
        (f'{source}/{clip.subject}', clip.name.lower()): clip
        for source, group in clips.items()
        for clip in group
    }
    chosen, missing = [], []
    for entry in entries:
        clip = known.get((entry.subject, entry.name.lower()))
        if clip is None:
            why = 'is in the composite, but not in the annotation of '
            missing.append(Finding(entry.key, why + entry.source))
        else:
            chosen.append(
                replace(clip, subject=entry.subject, emotion=entry.emotion))
    return chosen, missing
