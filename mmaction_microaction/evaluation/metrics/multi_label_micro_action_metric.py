# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Multi-label recognition of a clip as a metric of the runner."""
from typing import Any, Dict, List

import numpy as np
from mmaction.registry import METRICS

from mmaction_microaction.utils.errors import UserError
from ..functional import (body_maxima, mean_average_precision,
                          multilabel_f1_macro)
from ..predictions import to_array
from .labelled_metric import ScoredMetric


@METRICS.register_module()
class MultiLabelMicroActionMetric(ScoredMetric):
    """Scores of multi-label recognition of whole clips.

    Returns ``mma52/clip_mAP clip_f1_macro clip_body_mAP``, 0 to 1, by the
    rules in :mod:`~mmaction_microaction.evaluation.functional.classification`.
    A body part has the largest score of its classes, and occurs if one of them
    does. Data samples need ``pred_score`` (K,), float, 0 to 1, by sigmoid or
    softmax, and ``gt_label`` (K,), 0 or 1.

    Args:
        threshold (float): Least score of a predicted class, for F1. With
            softmax, at most one class reaches the default; choose a lower one.
    """
    default_prefix = 'mma52'

    def __init__(self, threshold: float = 0.5, **kwargs) -> None:
        super().__init__(**kwargs)
        if not 0 < threshold < 1:
            raise UserError('threshold must lie between 0 and 1, but got '
                            f'{threshold}')
        self.threshold = threshold

    def score_of(self, sample: dict, clip: str) -> np.ndarray:
        """(K,) float32, 0 to 1; otherwise ValueError."""
        score = super().score_of(sample, clip)
        # A rounded softmax may exceed 1 by a little.
        if score.min() < 0 or score.max() > 1 + 1e-3:
            raise UserError(f'{clip} has scores from {score.min():.4g} to '
                            f'{score.max():.4g}, but needs probabilities; let '
                            'the head apply its sigmoid or softmax')
        return score

    def label_of(self, label: Any, clip: str) -> np.ndarray:
        """(K,) uint8; otherwise ValueError."""
        label, count = to_array(label), len(self.names)
        if label.shape != (count, ) or not np.isin(label, (0, 1)).all():
            raise UserError(
                f'{clip} needs a gt_label of {count} zeros and ones, but got '
                f'{label.tolist()}; let the data set give multi-hot labels')
        return label.astype(np.uint8)

    def made_up_label(self) -> np.ndarray:
        """All classes."""
        return np.ones(len(self.names), int)

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips."""
        scores, labels = (
            np.stack([r[key] for r in results]) for key in ('score', 'label'))
        bodies = (body_maxima(x, self.taxonomy) for x in (scores, labels))
        return dict(
            clip_mAP=mean_average_precision(scores, labels),
            clip_f1_macro=multilabel_f1_macro(scores, labels, self.threshold),
            clip_body_mAP=mean_average_precision(*bodies))
