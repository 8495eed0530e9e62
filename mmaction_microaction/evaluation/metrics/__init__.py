# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .labelled_metric import LabelledMetric
from .micro_action_detection_metric import MicroActionDetectionMetric
from .micro_action_metric import MicroActionMetric
from .multi_label_micro_action_metric import MultiLabelMicroActionMetric

__all__ = [
    'LabelledMetric', 'MicroActionDetectionMetric', 'MicroActionMetric',
    'MultiLabelMicroActionMetric'
]
