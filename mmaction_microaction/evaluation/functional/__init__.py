# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .agreement import (Tally, annotation_agreement, frame_categories,
                        match_segments, pooled_agreement, tally_agreement)
from .classification import (body_maxima, check_labels, confused_pairs,
                             confusion_matrix, f1_score,
                             mean_average_precision, multilabel_f1_macro,
                             precision_recall_f1, rank_classes)
from .detection import (FLAVOURS, TIOU_THRESHOLDS, average_precision,
                        check_flavour, check_thresholds, detection_ap,
                        detection_scores, mean_detection_ap)
from .ma52_protocol import (TOP_K, ma52_scores, ma52_scores_from_ranks,
                            per_class_table, rank_bodies)
from .micro_expression import pool_folds, score_counts, unweighted_scores
from .order_sign import order_sign
from .timeline import (expected_calibration_error, fit_reliability,
                       fit_thresholds, match_timelines, timeline_scores)

__all__ = [
    'FLAVOURS', 'TIOU_THRESHOLDS', 'TOP_K', 'Tally', 'annotation_agreement',
    'average_precision', 'body_maxima', 'check_flavour', 'check_labels',
    'check_thresholds', 'confused_pairs', 'confusion_matrix', 'detection_ap',
    'detection_scores', 'expected_calibration_error', 'f1_score',
    'fit_reliability', 'fit_thresholds', 'frame_categories', 'ma52_scores',
    'ma52_scores_from_ranks', 'match_segments', 'match_timelines',
    'mean_average_precision', 'mean_detection_ap', 'multilabel_f1_macro',
    'order_sign', 'per_class_table', 'pool_folds', 'pooled_agreement',
    'precision_recall_f1', 'rank_bodies', 'rank_classes', 'score_counts',
    'tally_agreement', 'timeline_scores', 'unweighted_scores'
]
