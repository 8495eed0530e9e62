# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Pictures, videos and reports. Matplotlib is imported with the first picture;
the hook, needed in training, is registered without it."""
from importlib import import_module
from typing import Any

_HOMES = {
    'confusion_matrix': ('draw_confusion_matrix', ),
    'emotion_charts': ('draw_evidence', 'draw_reliability'),
    'micro_expression':
    ('ExpressionMaps', 'draw_micro_expressions', 'signed_difference'),
    'overlay': ('write_overlay', ),
    'report': ('Section', 'write_index', 'write_report'),
    'scatter': ('draw_class_scatter', 'draw_embedding_map'),
    'strips': ('PredictedClip', 'Strip', 'contact_sheet', 'draw_predictions',
               'draw_strips'),
    'timeline': ('draw_timeline', 'render_timeline'),
}

__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f'{__name__}.{home}'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
