# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The folders of SMIC-HS, which are its annotation.

``HS/<subject>/micro/{negative,positive,surprise}/<clip>/reg_image<N>.bmp``,
all frames from onset to offset, at 100 fps; no apex. 164 clips, 16 subjects.

Source: Li et al., "A Spontaneous Micro-expression Database: Inducement,
Collection and Baseline", FG 2013.
"""
import os
import os.path as osp
from typing import List, Tuple

from .clips import ExpressionClip, subject_name
from .findings import Finding, merged_spellings
from .schemes import EMOTIONS, emotion_name


def read_smic(folder: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """List the clips of SMIC-HS.

    Args:
        folder (str): The folder ``HS``, which holds the subjects.

    Returns:
        tuple[list[ExpressionClip], list[Finding]]: The clips, sorted, with
        their folders but without frame numbers; and what is odd.

    Raises:
        FileNotFoundError: If there is no clip.
    """
    clips, spellings, findings = [], [], []
    for spelling in _folders(folder):
        micro = osp.join(folder, spelling, 'micro')
        if not osp.isdir(micro):
            continue
        subject = subject_name(spelling, 'smic')
        spellings.append((subject, spelling))
        for emotion in _folders(micro):
            if emotion_name(emotion) not in EMOTIONS['smic']:
                findings.append(
                    Finding(
                        f'{subject}/{emotion}', 'is none of '
                        f'{EMOTIONS["smic"]}; its clips are left out'))
                continue
            clips += [
                ExpressionClip(
                    'smic',
                    subject,
                    name,
                    emotion_name(emotion),
                    frame_dir=osp.join(micro, emotion, name))
                for name in _folders(osp.join(micro, emotion))
            ]
    if not clips:
        raise FileNotFoundError(
            f'{folder} has no clips of SMIC-HS; expected '
            '<subject>/micro/{negative,positive,surprise}/<clip>/ in it')
    return clips, merged_spellings(spellings) + findings


def _folders(folder: str) -> List[str]:
    return sorted(
        entry.name for entry in os.scandir(folder)
        if entry.is_dir() and not entry.name.startswith('.'))
