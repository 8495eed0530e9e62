# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the metrics of this package have in common.

Shapes: K classes.
"""
import logging
from abc import abstractmethod
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from ..predictions import pick_score, to_array
from .artifacts import artifact_dir

#: For data sets of the challenge: MA-52 and, of detection, MMA-52.
CHALLENGE_HINT = (
    'Use --dump and tools/challenge/make_submission.py to have them '
    'scored.')


class LabelledMetric(BaseMetric):
    """A metric over clips that all have labels, or none of them.

    If none has, as in a test list without labels, there is a warning and no
    score, so that ``--dump`` still works. A result of :meth:`process` has the
    entry ``label`` where the clip is labelled.

    Args:
        artifacts (bool): Whether to write tables, anew at every evaluation.
            Defaults to True.
        out_dir (str, optional): Where to write them. Defaults to None: the
            run's own folder beside its log, or nowhere without a log file.
        collect_device (str): See ``BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Of the keys. Defaults to None: the name of the
            data set's taxonomy if that is not MA-52's, else the class's own.

    Attributes:
        unlabelled_hint (str): What to do with predictions for clips without
            labels, a sentence; '' where there is nothing.
    """
    unlabelled_hint = ''

    def __init__(self,
                 artifacts: bool = True,
                 out_dir: Optional[str] = None,
                 collect_device: str = 'cpu',
                 prefix: Optional[str] = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.artifacts = artifacts
        self.out_dir = out_dir
        self._own_prefix = prefix is None

    @property
    def taxonomy(self) -> Taxonomy:
        """The data set's, cut to its ``classes`` if these are fewer."""
        meta = self.dataset_meta or {}
        taxonomy = Taxonomy.load(meta.get('taxonomy', MA52))
        names = tuple(meta.get('classes') or taxonomy.names)
        return taxonomy if names == taxonomy.names else taxonomy.subset(names)

    @property
    def names(self) -> Sequence[str]:
        """Names of the K classes in index order: the ``classes`` of the data
        set's meta information, else all of the taxonomy."""
        return (self.dataset_meta or {}).get('classes') or self.taxonomy.names

    def table_dir(self) -> Optional[str]:
        """Folder for the tables, made if needed; None if none are wanted."""
        return artifact_dir(self.out_dir) if self.artifacts else None

    def evaluate(self, size: int) -> Dict[str, float]:
        """As the host's; the keys get the name of another label set."""
        source = (self.dataset_meta or {}).get('taxonomy', MA52)
        name = Taxonomy.load(source).name
        if self._own_prefix and name != MA52.name:
            self.prefix = name
        return super().evaluate(size)

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips, if they have labels; without them it is empty, and
        a ValueError if there are labels for a part of them."""
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
        """Score what :meth:`process` kept of all ranks, at least one clip and
        each with ``label``, and write the tables about it."""


class SingleLabelMetric(LabelledMetric):
    """Keeps scores and the one label of every clip; a subclass scores them.

    Args:
        score_key (str, optional): Which scores to take if ``pred_score`` is a
            dict of scores. Defaults to None.
        **kwargs: For :class:`LabelledMetric`.
    """

    def __init__(self, score_key: Optional[str] = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.score_key = score_key

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the scores and labels of one batch; a ValueError if they do not
        fit the classes."""
        count = len(self.names)
        for sample in data_samples:
            clip = clip_title(sample)
            score = class_scores(sample, count, clip, self.score_key)
            result = dict(self.details(sample, clip), score=score)
            if 'gt_label' in sample:
                result['label'] = class_label(sample['gt_label'], count, clip)
            self.results.append(result)

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """What else a subclass keeps of a data sample; ``clip`` is what to
        call it in an error."""
        return {}


def clip_title(sample: dict) -> str:
    """What to call a data sample in an error."""
    return f'the prediction for {sample.get("clip_name", "a clip")}'


def class_scores(sample: dict,
                 num_classes: int,
                 where: str,
                 score_key: Optional[str] = None) -> np.ndarray:
    """The scores of a data sample, (K,) float32, or a ValueError."""
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
    """The one label in the field ``gt_label``, 0 to K - 1, or a ValueError."""
    label = torch.as_tensor(label).flatten().tolist()
    if len(label) != 1 or not 0 <= label[0] < num_classes:
        raise UserError(f'{where} needs one label from 0 to '
                        f'{num_classes - 1}, but gt_label is {label}')
    return int(label[0])
