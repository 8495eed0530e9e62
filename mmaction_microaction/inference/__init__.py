# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .inferencer import MicroActionInferencer
from .merging import merge_steps, scores_of_steps
from .video_stream import FrameArray, VideoFile
from .window_pipeline import WindowPipeline
from .windows import Window, WindowPlan, plan_chunks, plan_windows

__all__ = [
    'FrameArray', 'MicroActionInferencer', 'VideoFile', 'Window',
    'WindowPipeline', 'WindowPlan', 'merge_steps', 'plan_chunks',
    'plan_windows', 'scores_of_steps'
]
