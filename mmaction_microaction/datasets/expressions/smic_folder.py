# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The folders of SMIC-HS, which are its annotation.

``HS/<subject>/micro/{negative,positive,surprise}/<clip>/reg_image<N>.bmp``,
all frames from onset to offset, at 100 fps; no apex. 164 clips, 16 subjects.

Source: Li et al., "A Spontaneous Micro-expression Database: Inducement,
Collection and Baseline", FG 2013.
"""
import os.path as osp
from typing import Dict, List, Tuple

from mmaction_microaction.utils.errors import UserError
from .clips import ExpressionClip, subject_name
from .findings import Finding, merged_spellings
from .layout import list_folders
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
        ValueError: If two folders are of one clip.
    """
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
                findings.append(
                    Finding(
                        f'{subject}/{emotion}', 'is none of '
                        f'{EMOTIONS["smic"]}; its clips are left out'))
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
