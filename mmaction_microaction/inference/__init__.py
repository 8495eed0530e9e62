# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .micro_action_inferencer import MicroActionInferencer
from .video_stream import FrameArray, VideoFile
from .window_pipeline import WindowPipeline
from .windows import (Window, WindowPlan, merge_steps, plan_chunks,
                      plan_windows, window_scores_to_steps)

__all__ = [
    'FrameArray', 'MicroActionInferencer', 'VideoFile', 'Window',
    'WindowPipeline', 'WindowPlan', 'merge_steps', 'plan_chunks',
    'plan_windows', 'window_scores_to_steps'
]
