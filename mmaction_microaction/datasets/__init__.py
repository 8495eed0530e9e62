# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .action_windows import ActionWindows
from .check import check_video, probe_video, probe_videos
from .class_balanced_sampler import ClassBalancedSampler
from .emotion import EmotionDataset
from .expressions import (ExpressionClip, Finding, find_apex, list_subjects,
                          subject_name)
from .layout import (POSE_LAYOUT, SPLITS, find_annotations, find_list,
                     find_mma52_videos, find_video_dir, map_videos)
from .list_file import (read_classes, read_clip_sessions, read_emotions,
                        read_list, scan_list)
from .ma52 import MA52Dataset
from .micro_action import MicroActionDataset
from .micro_action_pose import MicroActionPoseDataset
from .micro_expression import MicroExpressionDataset
from .mma52 import MMA52Dataset
from .mma52_annotations import (ActionInstance, VideoRecord, read_mma52,
                                suspicious_annotations)
from .single_label import (SingleLabelDataset, count_classes, labels_of,
                           long_tail_stats)
from .subject_split import split_by_subject, subject_of
from .transforms import (DecodeResized, GenerateSkeletonFeatures,
                         LoadClipFeatures, LoadExpressionClip, LoadOnsetApex,
                         OpenVideo, PackDetectionInputs, PadFrames,
                         PickOnsetApex, ReverseFrames, RotateFrames,
                         SampleWholeClip, SpanSampleFrames)

__all__ = [
    'ActionInstance', 'ActionWindows', 'ClassBalancedSampler', 'DecodeResized',
    'EmotionDataset', 'ExpressionClip', 'Finding', 'GenerateSkeletonFeatures',
    'LoadClipFeatures', 'LoadExpressionClip', 'LoadOnsetApex', 'MA52Dataset',
    'MMA52Dataset', 'MicroActionDataset', 'MicroActionPoseDataset',
    'MicroExpressionDataset', 'OpenVideo', 'POSE_LAYOUT',
    'PackDetectionInputs', 'PadFrames', 'PickOnsetApex', 'ReverseFrames',
    'RotateFrames', 'SPLITS', 'SampleWholeClip', 'SingleLabelDataset',
    'SpanSampleFrames', 'VideoRecord', 'check_video', 'count_classes',
    'find_annotations', 'find_apex', 'find_list', 'find_mma52_videos',
    'find_video_dir', 'labels_of', 'list_subjects', 'long_tail_stats',
    'map_videos', 'probe_video', 'probe_videos', 'read_classes',
    'read_clip_sessions', 'read_emotions', 'read_list', 'read_mma52',
    'scan_list', 'split_by_subject', 'subject_name', 'subject_of',
    'suspicious_annotations'
]
