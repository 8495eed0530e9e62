# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Micro-expression data sets: tables, folders, classes, folds, apex."""
from .annotations import (join_composite, read_expression_table, read_megc2019,
                          read_smic)
from .apex import departure, find_apex, reduce_frame
from .clips import ExpressionClip, Finding, log_findings, subject_name
from .folds import (build_all_folds, check_fold, list_subjects,
                    unwrap_dataset_config)
from .frames import (APEX_RULES, FrameFolder, VideoFrames, list_frames,
                     locate_apex, nearest, open_clip, read_frames,
                     resolve_frames)
from .layout import (FIRST_PLACES, SAMPLE_DATA_MARK, find_frames, find_root,
                     find_table, locate_clips, not_found)
from .schemes import (EMOTIONS, MEGC_CLASSES, ClassScheme, emotion_name,
                      make_schemes)

__all__ = [
    'APEX_RULES', 'ClassScheme', 'EMOTIONS', 'ExpressionClip', 'FIRST_PLACES',
    'Finding', 'FrameFolder', 'MEGC_CLASSES', 'SAMPLE_DATA_MARK',
    'VideoFrames', 'build_all_folds', 'check_fold', 'departure',
    'emotion_name', 'find_apex', 'find_frames', 'find_root', 'find_table',
    'join_composite', 'list_frames', 'list_subjects', 'locate_apex',
    'locate_clips', 'log_findings', 'make_schemes', 'nearest', 'not_found',
    'open_clip', 'read_expression_table', 'read_frames', 'read_megc2019',
    'read_smic', 'reduce_frame', 'resolve_frames', 'subject_name',
    'unwrap_dataset_config'
]
