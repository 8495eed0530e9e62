# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .class_scatter import draw_class_scatter
from .confusion_matrix import draw_confusion_matrix
from .contact_sheet import contact_sheet
from .embedding_map import draw_embedding_map
from .emotion_charts import draw_evidence, draw_reliability
from .index_page import INDEX_FILE, Section, write_index
from .micro_expression import (ExpressionMaps, draw_micro_expressions,
                               signed_difference)
from .overlay import write_overlay
from .predictions import BODY_COLOURS, PredictedClip, draw_predictions
from .report import write_report
from .strips import Strip, draw_strips
from .timeline import draw_timeline

__all__ = [
    'BODY_COLOURS', 'ExpressionMaps', 'INDEX_FILE', 'PredictedClip', 'Section',
    'Strip', 'contact_sheet', 'draw_class_scatter', 'draw_confusion_matrix',
    'draw_embedding_map', 'draw_evidence', 'draw_micro_expressions',
    'draw_predictions', 'draw_reliability', 'draw_strips', 'draw_timeline',
    'signed_difference', 'write_index', 'write_overlay', 'write_report'
]
