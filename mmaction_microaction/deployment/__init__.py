# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Models as files that run without this package."""
from .export import ExportedModel, export_model, load_recogniser
from .formats import FORMATS, format_of
from .graph import ScoringGraph
from .verification import TOLERANCE, Check, verify

__all__ = [
    'Check', 'ExportedModel', 'FORMATS', 'ScoringGraph', 'TOLERANCE',
    'export_model', 'format_of', 'load_recogniser', 'verify'
]
