# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What is known of a video: plain types below all that reads or draws them."""
from .behaviour_table import BehaviourRow, behaviour_table
from .spans import as_arrays, assign_lanes, in_order, to_span
from .tables import read_json, write_frames_csv, write_json, write_segments_csv
from .video_result import SCHEMA_VERSION, Segment, VideoInfo, VideoResult

__all__ = [
    'BehaviourRow', 'SCHEMA_VERSION', 'Segment', 'VideoInfo', 'VideoResult',
    'as_arrays', 'assign_lanes', 'behaviour_table', 'in_order', 'read_json',
    'to_span', 'write_frames_csv', 'write_json', 'write_segments_csv'
]
