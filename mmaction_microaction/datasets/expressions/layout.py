# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Locations of tables and frames of the micro-expression data sets.

.. code-block:: none

    casme2/CASME2-coding-20190701.xlsx
    casme2/Cropped-updated/Cropped/{1,sub01}/EP02_01f/reg_img46.jpg
    samm/SAMM_Micro_FACS_Codes_v2.xlsx
    samm/006/006_1_2/006_05562.jpg
    smic/HS/s01/micro/negative/s1_ne_01/reg_image000001.bmp
    combined_3class_gt.csv                     MEGC 2019, beside the three

Names are case-insensitive. Folders may be nested, as after unpacking an
archive into a folder of its name: ``CASME2/Cropped/Cropped``. Folders with
other words in the name (``CASME2_TIM``) hold other frames and are ignored.
"""
import os
import os.path as osp
import re
from collections import defaultdict
from dataclasses import replace
from fnmatch import fnmatch
from typing import Dict, Iterator, List, Sequence, Tuple

from .clips import (SUBJECT, ExpressionClip, Finding, merged_spellings,
                    subject_name)
from .frames import list_frames

_TABLES = dict(
    casme2=('CASME2*coding*', 'CASME*II*coding*', 'CASME2*label*'),
    samm=('SAMM*Micro*FACS*', 'SAMM*coding*'),
    megc2019=('combined_3class_gt*', '*3class*'))
_ENDINGS = '.xlsx', '.xls', '.csv'
#: Permitted words in folder names.
_WORDS = dict(
    casme2='casme|ii|cropped|updated|raw|selected|preprocessed|li|xiaobai',
    samm='samm|cropped|raw',
    smic='smic|all|cropped|raw|hs',
    megc2019='megc')
#: Words in names of frame folders, in order of preference.
_FRAMES = dict(
    casme2=('updated', 'cropped|preprocessed', 'raw(?!.*selected)', 'raw'),
    samm=('cropped', 'samm'),
    smic=('cropped', 'hs'))
#: Marker file in data roots of tools/data/make_sample_data.py.
SAMPLE_DATA_MARK = 'sample_data.json'
#: Default locations of the frames.
FIRST_PLACES = dict(casme2='Cropped-updated/Cropped', samm='SAMM', smic='HS')
_TITLES = dict(
    casme2='CASME II', samm='SAMM', smic='SMIC-HS', megc2019='MEGC 2019')

_HELP = """
The data sets are given out by their authors on request. To try the package
without them, make sample data in the form of CASME II:
    python tools/data/make_sample_data.py data --tasks casme2"""
_VARIABLE = """
Set the environment variable {} to the folder that holds the data (the configs
read it; without it they look in data/{})."""
_ARGUMENT = """
The data set's argument data_root is the folder that holds it; for the part of
the composite that lies elsewhere, data_prefix=dict({}=FOLDER)."""
#: Environment variables in the configs.
_VARIABLES = dict(casme2='CASME2_ROOT', megc2019='MEGC2019_ROOT')


def find_table(root: str, kind: str) -> str:
    """The table of ``'casme2'``, ``'samm'`` or ``'megc2019'`` in a data root,
    the last by name of several; else FileNotFoundError."""
    places = list(_places(root, kind))
    for pattern in _TABLES[kind]:
        for folder in places:
            for ending in _ENDINGS:
                found = sorted(
                    osp.splitext(name) for name in os.listdir(folder)
                    if fnmatch(name.lower(),
                               pattern.lower() + ending))
                if found:
                    return osp.join(folder, ''.join(found[-1]))
    names = f'{", ".join(_TABLES[kind])} ({", ".join(_ENDINGS)})'
    raise not_found(root, kind, 'the annotation', names)


def find_frames(root: str, kind: str) -> str:
    """The parent of the subjects' folders of ``'casme2'``, ``'samm'`` or
    ``'smic'``, preferably with aligned faces; else FileNotFoundError."""

    def rank(folder: str) -> tuple:
        words = osp.relpath(folder, root).lower()
        has_subjects = any(
            SUBJECT.fullmatch(x.lower()) for x in list_folders(folder))
        ranks = (i for i, x in enumerate(_FRAMES[kind]) if re.search(x, words))
        return not has_subjects, next(ranks, 9), -words.count(os.sep)

    places = list(_places(root, kind))
    if not places:
        raise not_found(root, kind)
    return osp.normpath(min(places, key=rank))


def find_root(root: str, source: str) -> str:
    """The folder of a data set in the composite's root, in any spelling."""
    for name in list_folders(root) if osp.isdir(root) else ():
        if re.sub(r'[\W_]|hs$', '', name.lower()).replace('ii', '2') == source:
            return osp.join(root, name)
    return osp.join(root, source)


def _places(root: str, kind: str) -> Iterator[str]:
    """The root and its subfolders with known names, up to three levels deep,
    breadth-first."""
    level = [root or '.'] if osp.isdir(root or '.') else []
    known = re.compile(rf'(?:[\W\d_]*(?:{_WORDS[kind]}))+[\W\d_]*')
    for _ in range(4):
        yield from level
        level = [
            osp.join(folder, name) for folder in level
            for name in list_folders(folder) if known.fullmatch(name.lower())
            and not SUBJECT.fullmatch(name.lower())
        ]


def not_found(root: str,
              kind: str,
              what: str = 'the frame folder',
              names: str = 'folders <subject>/<clip>') -> FileNotFoundError:
    """The error to raise, with the folders searched."""
    state = '' if osp.isdir(root) else f' (there is no folder {root!r})'
    places = [*_places(root, kind)] or [root]
    looked = ''.join(f'\n    {x}' for x in places)
    advice = _HELP
    if kind in _VARIABLES:
        advice += _VARIABLE.format(_VARIABLES[kind], kind)
    if kind in _FRAMES:
        advice += _ARGUMENT.format(kind)
    return FileNotFoundError(
        f'{what} of {_TITLES[kind]} was not found{state}; '
        f'looked for {names} in{looked}{advice}')


def locate_clips(clips: Sequence[ExpressionClip],
                 folder: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Locate ``frame_dir`` of the clips of one data set (empty if missing),
    and list clips with several.

    Names of subjects may be spelt in any way, those of clips in any case. Of
    several folders of a clip, the first one with frames is used.
    """
    places: Dict[Tuple[str, str], List[str]] = defaultdict(list)
    spellings, findings, placed = [], [], []
    subjects = {clip.subject for clip in clips}
    folder = _inner(folder)
    for spelling in list_folders(folder):
        subject = subject_name(spelling, clips[0].source)
        if subject in subjects:
            spellings.append((subject, spelling))
            path = _inner(osp.join(folder, spelling))
            for name in list_folders(path):
                places[subject,
                       name.lower()].append(_inner(osp.join(path, name)))
    for clip in clips:
        found = places.get((clip.subject, clip.name.lower()), [])
        if len(found) > 1:
            full = [path for path in found if list_frames(path)]
            if len(full) > 1:
                why = f'has frames in {", ".join(full)}; took the first'
                findings.append(Finding(clip.key, why))
            found = full or found
        placed.append(replace(clip, frame_dir=found[0] if found else ''))
    return placed, merged_spellings(spellings, 'the folders') + findings


def _inner(folder: str) -> str:
    """The nested folder of the same name, or the folder itself."""
    inner = osp.join(folder, osp.basename(folder))
    return inner if osp.isdir(inner) else folder


def list_folders(folder: str) -> List[str]:
    """Names of the visible subfolders, sorted."""
    return sorted(
        entry.name for entry in os.scandir(folder)
        if entry.is_dir() and not entry.name.startswith('.'))
