# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .emotion_metric import EmotionMetric
from .labelled_metric import LabelledMetric, SingleLabelMetric
from .micro_action_detection_metric import MicroActionDetectionMetric
from .micro_action_metric import MicroActionMetric
from .micro_expression_metric import MicroExpressionMetric
from .multi_label_micro_action_metric import MultiLabelMicroActionMetric

__all__ = [
    'EmotionMetric', 'LabelledMetric', 'MicroActionDetectionMetric',
    'MicroActionMetric', 'MicroExpressionMetric',
    'MultiLabelMicroActionMetric', 'SingleLabelMetric'
]
