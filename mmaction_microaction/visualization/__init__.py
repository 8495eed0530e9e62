# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .behaviour_table import BehaviourRow, behaviour_table
from .class_scatter import draw_class_scatter
from .confusion_matrix import draw_confusion_matrix
from .contact_sheet import contact_sheet
from .cost_curves import draw_cost_curves
from .embedding_map import draw_embedding_map
from .index_page import INDEX_FILE, Section, write_index
from .overlay import write_overlay
from .predictions import BODY_COLOURS, PredictedClip, draw_predictions
from .report import write_report
from .strips import Strip, draw_strips
from .timeline import draw_timeline

__all__ = [
    'BODY_COLOURS', 'BehaviourRow', 'INDEX_FILE', 'PredictedClip', 'Section',
    'Strip', 'behaviour_table', 'contact_sheet', 'draw_class_scatter',
    'draw_confusion_matrix', 'draw_cost_curves', 'draw_embedding_map',
    'draw_predictions', 'draw_strips', 'draw_timeline', 'write_index',
    'write_overlay', 'write_report'
]
