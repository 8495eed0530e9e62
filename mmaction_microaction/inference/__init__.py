# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .inferencer import MicroActionInferencer
from .merging import merge_steps, scores_of_steps
from .results import SCHEMA_VERSION, Segment, VideoInfo, VideoResult
from .video_stream import FrameArray, VideoFile
from .window_pipeline import WindowPipeline
from .windows import Window, WindowPlan, plan_chunks, plan_windows

__all__ = [
    'FrameArray', 'MicroActionInferencer', 'SCHEMA_VERSION', 'Segment',
    'VideoFile', 'VideoInfo', 'VideoResult', 'Window', 'WindowPipeline',
    'WindowPlan', 'merge_steps', 'plan_chunks', 'plan_windows',
    'scores_of_steps'
]
