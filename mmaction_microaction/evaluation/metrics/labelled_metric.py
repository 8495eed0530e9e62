# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the metrics of this package have in common.

Shapes: K classes (52 or the subset that the data set names).
"""
import logging
from abc import abstractmethod
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmaction_microaction.labels import ACTION_NAMES
from mmaction_microaction.utils.errors import UserError
from ..predictions import pick_score, to_array

#: For data sets of the challenge: MA-52 and, of detection, MMA-52.
CHALLENGE_HINT = (
    'Use --dump and tools/challenge/make_submission.py to have them '
    'scored.')


class LabelledMetric(BaseMetric):
    """A metric over clips that all have labels, or none of them.

    If none has, as in a test list without labels, there is a warning and no
    score, so that ``--dump`` still works. A result of :meth:`process` has the
    entry ``label`` where the clip is labelled.

    Attributes:
        unlabelled_hint (str): What to do with predictions for clips without
            labels, a sentence; '' where there is nothing.
    """
    unlabelled_hint = ''

    @property
    def names(self) -> Sequence[str]:
        """Names of the K classes in index order: the ``classes`` of the data
        set's meta information, else all 52."""
        return (self.dataset_meta or {}).get('classes') or ACTION_NAMES

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips, if they have labels.

        Args:
            results (list[dict]): What :meth:`process` kept, of all ranks.

        Returns:
            dict[str, float]: The scores without prefix; empty without labels.

        Raises:
            ValueError: If there are no results, or labels for a part of them.
        """
        if not results:
            raise UserError('there are no predictions to evaluate; check '
                            'that the list of the data set is not empty')
        labelled = sum('label' in result for result in results)
        if not labelled:
            print_log(
                f'The clips have no labels, so there are no {self.prefix} '
                f'scores. {self.unlabelled_hint}'.rstrip(),
                logger='current',
                level=logging.WARNING)
            return {}
        if labelled < len(results):
            raise UserError(f'only {labelled} of {len(results)} clips have a '
                            'label; give all of them one or none')
        return self.score(results)

    @abstractmethod
    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score labelled clips, and write the tables about them.

        Args:
            results (list[dict]): At least one, each with ``label``.

        Returns:
            dict[str, float]: The scores without prefix.
        """


def class_scores(sample: dict,
                 num_classes: int,
                 where: str,
                 score_key: Optional[str] = None) -> np.ndarray:
    """Take the scores of all classes out of a data sample.

    Args:
        sample (dict): A data sample as a dict, with ``pred_score``.
        num_classes (int): K.
        where (str): What to call the sample in an error.
        score_key (str, optional): Which scores to take if ``pred_score`` is a
            dict of scores. Defaults to None.

    Returns:
        np.ndarray: Shape (K,), float32.

    Raises:
        ValueError: If scores are missing, NaN or not K.
    """
    score = to_array(pick_score(sample, score_key, where))
    if score.ndim == 2 and score.shape[1] == num_classes:
        raise UserError(
            f'{where} has scores of {len(score)} views that are not averaged; '
            "set model.cls_head.average_clips='prob' ('sigmoid' for several "
            'labels per clip)')
    if score.shape != (num_classes, ):
        raise UserError(
            f'{where} has scores of shape {score.shape}, but the data set has '
            f'{num_classes} classes; set '
            f'model.cls_head.num_classes={num_classes}')
    if np.isnan(score).any():
        raise UserError(f'{where} holds NaN; the training has diverged or '
                        'the checkpoint is broken')
    return score


def class_label(label: Any, num_classes: int, where: str) -> int:
    """Take the one label out of a data sample.

    Args:
        label (torch.Tensor | Sequence[int]): The field ``gt_label``.
        num_classes (int): K.
        where (str): What to call the sample in an error.

    Returns:
        int: 0 to K - 1.

    Raises:
        ValueError: If there is not one label, or it is out of range.
    """
    label = torch.as_tensor(label).flatten().tolist()
    if len(label) != 1 or not 0 <= label[0] < num_classes:
        raise UserError(f'{where} needs one label from 0 to '
                        f'{num_classes - 1}, but gt_label is {label}')
    return int(label[0])
