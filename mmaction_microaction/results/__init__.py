# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What is known of a video: plain types below all that reads or draws them."""
from .behaviour_table import BehaviourRow, behaviour_table
from .tables import read_json, write_frames_csv, write_json, write_segments_csv
from .video_result import SCHEMA_VERSION, Segment, VideoInfo, VideoResult

__all__ = [
    'BehaviourRow', 'SCHEMA_VERSION', 'Segment', 'VideoInfo', 'VideoResult',
    'behaviour_table', 'read_json', 'write_frames_csv', 'write_json',
    'write_segments_csv'
]
