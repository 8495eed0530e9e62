# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .confusion_matrix import draw_confusion_matrix
from .emotion_charts import draw_evidence, draw_reliability
from .micro_expression import (ExpressionMaps, draw_micro_expressions,
                               signed_difference)
from .overlay import write_overlay
from .report import INDEX_FILE, Section, write_index, write_report
from .scatter import draw_class_scatter, draw_embedding_map
from .strips import (PredictedClip, Strip, contact_sheet, draw_predictions,
                     draw_strips)
from .timeline import draw_timeline, render_timeline

__all__ = [
    'ExpressionMaps', 'INDEX_FILE', 'PredictedClip', 'Section', 'Strip',
    'contact_sheet', 'draw_class_scatter', 'draw_confusion_matrix',
    'draw_embedding_map', 'draw_evidence', 'draw_micro_expressions',
    'draw_predictions', 'draw_reliability', 'draw_strips', 'draw_timeline',
    'render_timeline', 'signed_difference', 'write_index', 'write_overlay',
    'write_report'
]
