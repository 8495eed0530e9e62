# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Plain result types, and their JSON and CSV files."""
from .behaviour_table import BehaviourRow, behaviour_table
from .spans import as_arrays, assign_lanes, sort_segments, to_span
from .tables import read_json, write_frames_csv, write_json, write_segments_csv
from .video_result import SCHEMA_VERSION, Segment, VideoInfo, VideoResult

__all__ = [
    'BehaviourRow', 'SCHEMA_VERSION', 'Segment', 'VideoInfo', 'VideoResult',
    'as_arrays', 'assign_lanes', 'behaviour_table', 'read_json',
    'sort_segments', 'to_span', 'write_frames_csv', 'write_json',
    'write_segments_csv'
]
