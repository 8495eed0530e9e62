# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Poses of people: layouts of key points, and their files."""
from .layouts import LAYOUT_NAMES, KeypointLayout
from .pose_file import (check_entry, entry_name, match_entries, read_pose_file,
                        require_layout, scan_pose_file, sound_entry,
                        tidy_entry, write_pose_file)
from .skeleton_arrays import read_skeleton_arrays
from .visibility import seen_by_point, seen_points

__all__ = [
    'KeypointLayout', 'LAYOUT_NAMES', 'check_entry', 'entry_name',
    'match_entries', 'read_pose_file', 'read_skeleton_arrays',
    'require_layout', 'scan_pose_file', 'seen_by_point', 'seen_points',
    'sound_entry', 'tidy_entry', 'write_pose_file'
]
