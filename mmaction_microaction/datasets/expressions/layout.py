# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds tables and frames of the micro-expression data sets.

.. code-block:: none

    casme2/CASME2-coding-20190701.xlsx
    casme2/Cropped-updated/Cropped/{1,sub01}/EP02_01f/reg_img46.jpg
    samm/SAMM_Micro_FACS_Codes_v2.xlsx
    samm/006/006_1_2/006_05562.jpg
    smic/HS/s01/micro/negative/s1_ne_01/reg_image000001.bmp
    combined_3class_gt.csv                     MEGC 2019, beside the three
"""
import os
import os.path as osp
from collections import defaultdict
from dataclasses import replace
from glob import glob
from typing import Dict, List, Sequence, Tuple

from .clips import ExpressionClip, Finding, merged_spellings, subject_name
from .frames import list_frames

_TABLES = dict(
    casme2=('CASME2-coding-*.xlsx', 'CASME2-coding-*.csv'),
    samm=('SAMM_Micro_FACS_Codes*.xlsx', 'SAMM_Micro_FACS_Codes*.csv'),
    megc2019=('combined_3class_gt.csv', '*3class*.csv'))
_FRAMES = dict(
    casme2=('Cropped-updated/Cropped', 'Cropped', 'CASME2-RAW',
            'CASME2_RAW_selected', '.'),
    samm=('SAMM', '.'),
    smic=('HS', 'SMIC_all_cropped/HS', 'SMIC/HS', '.'))
#: A file in a data root that was made by tools/data/make_sample_data.py.
SAMPLE_DATA_MARK = 'sample_data.json'
#: Where frames are looked for first.
FIRST_PLACES = {kind: places[0] for kind, places in _FRAMES.items()}
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
#: What the configs read.
_VARIABLES = dict(casme2='CASME2_ROOT', megc2019='MEGC2019_ROOT')


def find_table(root: str, kind: str) -> str:
    """The table of ``'casme2'``, ``'samm'`` or ``'megc2019'`` in the folder
    that holds the data set, of several the last by name, or
    FileNotFoundError."""
    return _first(root, kind, _TABLES[kind], 'the annotation')


def find_frames(root: str, kind: str) -> str:
    """The folder of the subjects' folders of ``'casme2'``, ``'samm'`` or
    ``'smic'``, of several that of aligned faces, or FileNotFoundError."""
    return osp.normpath(_first(root, kind, _FRAMES[kind], 'the frame folder'))


def _first(root: str, kind: str, patterns: Sequence[str], what: str) -> str:
    # The root may be named like a pattern: only the pattern is one.
    for pattern in patterns:
        found = sorted(glob(pattern, root_dir=root or '.'))
        if found:
            return osp.join(root, found[-1])
    state = '' if osp.isdir(root) else f' (there is no folder {root!r})'
    looked = '\n'.join(f'    {osp.join(root, p)}' for p in patterns)
    advice = _HELP
    if kind in _VARIABLES:
        advice += _VARIABLE.format(_VARIABLES[kind], kind)
    if kind in _FRAMES:
        advice += _ARGUMENT.format(kind)
    raise FileNotFoundError(f'{what} of {_TITLES[kind]} was not found{state}; '
                            f'looked for\n{looked}{advice}')


def place_clips(clips: Sequence[ExpressionClip],
                folder: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Look up ``frame_dir`` of every clip of one data set among the subjects'
    folders (empty where there is none), and list who has several.

    Subjects' folders may be spelt in any way, also one subject's in two ways;
    a clip's folder may differ from the table in upper and lower case. Of
    several folders of one clip, the first one that has frames is taken.
    """
    places: Dict[Tuple[str, str], List[str]] = defaultdict(list)
    spellings, findings, placed = [], [], []
    subjects = {clip.subject for clip in clips}
    for spelling in list_folders(folder):
        subject = subject_name(spelling, clips[0].source)
        if subject in subjects:
            spellings.append((subject, spelling))
            path = osp.join(folder, spelling)
            for name in list_folders(path):
                places[subject, name.lower()].append(osp.join(path, name))
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


def list_folders(folder: str) -> List[str]:
    """Names of the folders in a folder, sorted, without hidden ones."""
    return sorted(
        entry.name for entry in os.scandir(folder)
        if entry.is_dir() and not entry.name.startswith('.'))
