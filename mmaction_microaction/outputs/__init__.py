# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What ``tools/infer.py`` makes of a result, and the folder it goes into."""
from .output_folder import (OutputFolder, choose_folders, identify, is_output,
                            list_videos)
from .outputs import OUTPUTS, Job, Output

__all__ = [
    'Job', 'OUTPUTS', 'Output', 'OutputFolder', 'choose_folders', 'identify',
    'is_output', 'list_videos'
]
