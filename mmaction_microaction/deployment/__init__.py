# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Export of models to files that run without this package."""
from .export import (TOLERANCE, Check, ExportedModel, export_model,
                     load_recogniser, verify)
from .formats import FORMATS, format_of
from .graph import ScoringGraph

__all__ = [
    'Check', 'ExportedModel', 'FORMATS', 'ScoringGraph', 'TOLERANCE',
    'export_model', 'format_of', 'load_recogniser', 'verify'
]
