# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What ``tools/infer.py`` and ``tools/movement.py`` make of a result, and the
folder it goes into."""
from .batch import Batch, start_batch
from .movement import MOVEMENT_OUTPUTS, measure_source
from .output_folder import (OutputFolder, choose_folders, identify, is_output,
                            list_videos)
from .outputs import OUTPUTS, Job, Output
from .summary import write_summary

__all__ = [
    'Batch', 'Job', 'MOVEMENT_OUTPUTS', 'OUTPUTS', 'Output', 'OutputFolder',
    'choose_folders', 'identify', 'is_output', 'list_videos', 'measure_source',
    'start_batch', 'write_summary'
]
