# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A page for a browser: video in, result out. Requires the extra ``app``."""
from .analysis import (Analyser, Analysis, Limits, MovementAnalyser, Options,
                       Stopped)
from .page import KEEP_MINUTES, DemoPage
from .storage import Storage, find_samples

__all__ = [
    'Analyser', 'Analysis', 'DemoPage', 'KEEP_MINUTES', 'Limits',
    'MovementAnalyser', 'Options', 'Stopped', 'Storage', 'find_samples'
]
