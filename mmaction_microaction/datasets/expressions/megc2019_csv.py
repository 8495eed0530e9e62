# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The composite of MEGC 2019, ``combined_3class_gt.csv``.

Lines ``dataset,subject,clip,class`` without a header, where the class is 0
(negative), 1 (positive) or 2 (surprise). 442 clips of 68 subjects: 145 / 24
of CASME II, 133 / 28 of SAMM, 164 / 16 of SMIC-HS.

Source: See et al., "MEGC 2019 - The Second Facial Micro-Expressions Grand
Challenge", FG 2019.
"""
from dataclasses import replace
from typing import Dict, List, Mapping, NamedTuple, Sequence, Tuple

from mmaction_microaction.utils.errors import UserError
from .clips import SOURCES, ExpressionClip, subject_name
from .findings import Finding
from .schemes import MEGC_CLASSES
from .tables import read_csv

#: What else the data sets are called.
_NAMES = {'casmeii': 'casme2', 'casme 2': 'casme2', 'smic-hs': 'smic'}


class CompositeEntry(NamedTuple):
    """One line: data set, subject (in one spelling), clip and class."""
    source: str
    subject: str
    name: str
    emotion: str


def read_megc2019(path: str) -> Tuple[List[CompositeEntry], List[Finding]]:
    """Read the composite's list.

    Args:
        path (str): The csv, with or without a header.

    Returns:
        tuple[list[CompositeEntry], list[Finding]]: Its lines, in order; and
        what is odd.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not in UTF-8, a line is malformed, two lines give
            one clip different classes, or there is no line.
    """
    entries: Dict[tuple, Tuple[int, CompositeEntry]] = {}
    findings = []
    for number, cells in enumerate(read_csv(path), 1):
        cells = [cell.strip() for cell in cells]
        is_header = not entries and cells[:1] and \
            cells[0].lower() in ('dataset', 'db')
        if not any(cells) or is_header:
            continue
        entry = _entry(cells, f'{path}, line {number}')
        key = (entry.source, entry.subject, entry.name.lower())
        first, other = entries.setdefault(key, (number, entry))
        if entry.emotion != other.emotion:
            raise UserError(
                f'{path}, lines {first} and {number} give the clip '
                f'{"/".join(key)} different classes, {other.emotion} and '
                f'{entry.emotion}; correct or delete one of them')
        if first != number:
            findings.append(
                Finding('/'.join(key), f'line {number} repeats line {first}; '
                        'taken once'))
    if not entries:
        raise UserError(f'{path} lists no clip')
    return [entry for _, entry in entries.values()], findings


def _entry(cells: Sequence[str], where: str) -> CompositeEntry:
    if len(cells) < 4:
        raise UserError(f'{where}: expected dataset,subject,clip,class, but '
                        f'got {",".join(cells)!r}')
    source = _NAMES.get(cells[0].lower(), cells[0].lower())
    if source not in SOURCES:
        raise UserError(f'{where}: expected a data set out of {SOURCES}, but '
                        f'got {cells[0]!r}')
    numbers = {str(i): name for i, name in enumerate(MEGC_CLASSES)}
    emotion = numbers.get(cells[3], cells[3].lower())
    if emotion not in MEGC_CLASSES:
        raise UserError(f'{where}: expected a class 0 to 2 or out of '
                        f'{MEGC_CLASSES}, but got {cells[3]!r}')
    return CompositeEntry(source, subject_name(cells[1], source), cells[2],
                          emotion)


def join_composite(
    entries: Sequence[CompositeEntry], clips: Mapping[str,
                                                      Sequence[ExpressionClip]]
) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Take the composite's clips out of the three data sets.

    Args:
        entries (Sequence[CompositeEntry]): The composite's list.
        clips (Mapping[str, Sequence[ExpressionClip]]): ``{source: its
            clips}``.

    Returns:
        tuple[list[ExpressionClip], list[Finding]]: The clips, in the order of
        the list and with its classes for emotions, their subjects named
        ``source/subject``; and the entries that no data set has.
    """
    known = {
        (source, clip.subject, clip.name.lower()): clip
        for source, group in clips.items()
        for clip in group
    }
    chosen, missing = [], []
    for source, subject, name, emotion in entries:
        clip = known.get((source, subject, name.lower()))
        subject = f'{source}/{subject}'
        if clip is None:
            missing.append(
                Finding(
                    f'{subject}/{name}', 'is in the composite, but not in '
                    f'the annotation of {source}'))
        else:
            chosen.append(replace(clip, subject=subject, emotion=emotion))
    return chosen, missing
