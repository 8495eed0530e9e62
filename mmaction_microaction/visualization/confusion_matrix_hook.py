# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Draws the confusion matrices of a run."""
import os.path as osp
from typing import Dict, Iterable, Optional

from mmaction.registry import HOOKS
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmaction_microaction.evaluation.metrics.artifacts import Confusion


@HOOKS.register_module()
class ConfusionMatrixHook(Hook):
    """Draws ``confusion_action.png`` and ``confusion_body.png`` beside the
    tables that a metric, such as ``MicroActionMetric``, has just written."""

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: Optional[Dict[str, float]] = None) -> None:
        """Draw the counts of the validation."""
        _draw_all(runner.val_loop.evaluator)

    def after_test_epoch(self,
                         runner: Runner,
                         metrics: Optional[Dict[str, float]] = None) -> None:
        """Draw the counts of the test."""
        _draw_all(runner.test_loop.evaluator)


def _draw_all(evaluator: Evaluator) -> None:
    for metric in evaluator.metrics:  # others than rank 0 have none
        draw_confusions(getattr(metric, 'confusions', ()))


def draw_confusions(confusions: Iterable[Confusion]) -> None:
    """Draw each as a png beside its csv."""
    from .confusion_matrix import draw_confusion_matrix  # loads matplotlib
    for path, matrix, names, groups in confusions:
        draw_confusion_matrix(
            matrix, names, f'{osp.splitext(path)[0]}.png', groups=groups)
