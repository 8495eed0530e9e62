# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Common parts of the metrics of this package, for K classes."""
import copy
import logging
import os
import os.path as osp
from abc import abstractmethod
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger, print_log

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from ..predictions import pick_score, to_array

#: For data sets of the challenge: MA-52 and, of detection, MMA-52.
CHALLENGE_HINT = ('Use --dump and tools/challenge/make_submission.py to have '
                  'them scored.')


class LabelledMetric(BaseMetric):
    """A metric over clips that either all have labels or none.

    Without labels it warns and gives no score, so that ``--dump`` still works.
    A result of :meth:`process` has ``label`` if the clip has one.

    Args:
        artifacts (bool): Whether to write tables, anew at every evaluation.
        out_dir (str, optional): Their folder. None: that of the log of the
            run; without a log file, no tables.
        prefix (str, optional): Of the keys. None: the name of the data set's
            taxonomy unless that is MA-52's, otherwise the default of the
            class.
    """
    #: What to do with predictions for clips without labels; '' for nothing.
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
        """That of the data set, reduced to its ``classes`` if these are
        fewer."""
        taxonomy, names = self._whole(), tuple(self.names)
        return taxonomy if names == taxonomy.names else taxonomy.subset(names)

    @property
    def names(self) -> Sequence[str]:
        """The data set's ``classes``, otherwise all of the taxonomy."""
        return (self.dataset_meta or {}).get('classes') or self._whole().names

    def _whole(self) -> Taxonomy:
        return Taxonomy.load((self.dataset_meta or {}).get('taxonomy', MA52))

    def table_dir(self) -> Optional[str]:
        """Folder for the tables, created if needed; None without tables."""
        log_file = MMLogger.get_current_instance().log_file
        out_dir = self.out_dir or (osp.dirname(log_file) if log_file else None)
        if not self.artifacts or out_dir is None:
            return None
        os.makedirs(out_dir, exist_ok=True)
        print_log(f'tables: {out_dir}', logger='current')
        return out_dir

    def evaluate(self, size: int) -> Dict[str, float]:
        """As the host's; keys get the name of another label set."""
        self._name_prefix()
        return super().evaluate(size)

    def _name_prefix(self) -> None:
        name = self._whole().name
        if self._own_prefix and name != MA52.name:
            self.prefix = name

    def keys(self, more_scores: Sequence[str] = ()) -> List[str]:
        """Keys of :meth:`evaluate`, from made-up clips; ``<source>`` stands
        for a name in real ones, ``more_scores`` are the fields that a head
        adds to ``pred_score``."""
        none = dict(segments=np.zeros((0, 2)), labels=np.zeros(0))
        classes = len(self.names)
        # Emotions, say, have no body parts.
        groups = self.taxonomy.num_groups if set(self.names) <= set(
            self._whole().names) else 0
        dry = copy.copy(self)
        dry.artifacts, dry.results = False, []
        dry._name_prefix()
        dry.process(None, [
            dict(
                clip_name=source,
                source=source,
                session='',
                gt_label=self.made_up_label(),
                gt_instances=none,
                **{
                    field: np.zeros(classes, np.float32)
                    for field in ('pred_score', *more_scores)
                },
                pred_instances=dict(none, scores=np.zeros(0)),
                body_score=np.zeros(groups)) for source in ('<a>', '<source>')
        ])
        scores = dry.score(dry.results)
        return [f'{dry.prefix}/{key}' if dry.prefix else key for key in scores]

    def made_up_label(self) -> np.ndarray:
        """A ``gt_label`` for :meth:`keys`."""
        return np.zeros(1, int)

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips, if they have labels."""
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
        """Score at least one clip, each with ``label``; write the tables."""


class ScoredMetric(LabelledMetric):
    """Keeps scores and labels of every clip for a subclass to score;
    ``score_key`` selects one of several scores in ``pred_score``."""

    def __init__(self, score_key: Optional[str] = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.score_key = score_key

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep one batch; ValueError if it does not fit the classes."""
        for sample in data_samples:
            clip = f'the prediction for {sample.get("clip_name", "a clip")}'
            score = self.score_of(sample, clip)
            result = dict(self.details(sample, clip), score=score)
            if 'gt_label' in sample:
                result['label'] = self.label_of(sample['gt_label'], clip)
            self.results.append(result)

    def score_of(self, sample: dict, clip: str) -> np.ndarray:
        """Scores of one clip, (K,) float32; otherwise ValueError."""
        score = to_array(pick_score(sample, self.score_key, clip))
        count = len(self.names)
        if score.ndim == 2 and score.shape[1] == count:
            raise UserError(
                f'{clip} has scores of {len(score)} views that are not '
                "averaged; set model.cls_head.average_clips='prob' ('sigmoid' "
                'for several labels per clip)')
        if score.shape != (count, ):
            raise UserError(
                f'{clip} has scores of shape {score.shape}, but the data set '
                f'has {count} classes; set model.cls_head.num_classes={count}')
        if np.isnan(score).any():
            raise UserError(f'{clip} holds NaN; the training has diverged or '
                            'the checkpoint is broken')
        return score

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """Further fields to keep; ``clip`` is the sample's name in errors."""
        return {}

    @abstractmethod
    def label_of(self, label: Any, clip: str) -> Any:
        """Check the field ``gt_label``."""


class SingleLabelMetric(ScoredMetric):
    """For clips with one label; arguments of :class:`ScoredMetric`."""

    def label_of(self, label: Any, clip: str) -> int:
        """0 to K - 1; otherwise ValueError."""
        label, last = to_array(label, int).ravel(), len(self.names) - 1
        if len(label) != 1 or not 0 <= label[0] <= last:
            raise UserError(f'{clip} needs one label from 0 to {last}, but '
                            f'gt_label is {label.tolist()}')
        return int(label[0])
