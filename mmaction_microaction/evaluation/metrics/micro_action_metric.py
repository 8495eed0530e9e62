# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The MA-52 protocol as a metric of the runner.

Shapes: K classes (52 or the subset that the data set names), B = 7 body parts.
"""
import os.path as osp
from typing import Any, Dict, List, Optional

import numpy as np
from mmaction.registry import METRICS

from mmaction_microaction.labels import NUM_BODIES
from mmaction_microaction.utils.errors import UserError
from ..functional import (ma52_scores, per_class_table, rank_bodies,
                          rank_classes)
from ..predictions import to_array
from .artifacts import artifact_dir, write_confusion, write_csv
from .labelled_metric import CHALLENGE_HINT
from .single_label_metric import SingleLabelMetric


@METRICS.register_module()
class MicroActionMetric(SingleLabelMetric):
    """Scores of micro-action recognition at action and at body level.

    Gives ``ma52/action_top1 action_top5 body_top1 action_f1_macro
    action_f1_micro body_f1_macro body_f1_micro f1_mean``, each 0 to 1, by the
    rules in :mod:`~mmaction_microaction.evaluation.functional`. Every data
    sample brings ``pred_score`` (K,), float, and ``gt_label`` (1,), int64. If
    no sample has a label, as in a test list without labels, there is a
    warning and no score, so that ``--dump`` still works.

    If the data set's meta information has ``classes``, a sequence of names,
    these are the K classes; else all 52.

    Args:
        body (str): Where the body part of a prediction comes from:
            ``'lookup'``: that of the predicted action, the paper's protocol.
            ``'sum'``: the part with the largest summed probability.
            ``'head'``: the field ``body_score`` (B,) of the data sample.
            Defaults to ``'lookup'``.
        score_key (str, optional): Which scores to take if ``pred_score`` is a
            dict of scores. Defaults to None.
        artifacts (bool): Whether to write ``per_class.csv``,
            ``confusion_action.{csv,png}`` and ``confusion_body.{csv,png}``,
            anew at every evaluation. Defaults to True.
        out_dir (str, optional): Where to write them. Defaults to None: the
            run's own folder beside its log, or nowhere without a log file.
        collect_device (str): See ``BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Replaces ``ma52``. Defaults to None.

    Raises:
        ValueError: If ``body`` is unknown.
    """
    default_prefix = 'ma52'
    unlabelled_hint = CHALLENGE_HINT

    def __init__(self,
                 body: str = 'lookup',
                 score_key: Optional[str] = None,
                 artifacts: bool = True,
                 out_dir: Optional[str] = None,
                 collect_device: str = 'cpu',
                 prefix: Optional[str] = None) -> None:
        super().__init__(score_key, artifacts, out_dir, collect_device, prefix)
        if body not in ('lookup', 'sum', 'head'):
            raise UserError("body must be 'lookup', 'sum' or 'head', but got "
                            f'{body!r}')
        self.body = body

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """The body's own scores, if they count; see the base class."""
        if self.body == 'head':
            return dict(body=_body_score(sample, clip))
        return {}

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips and write the tables and pictures.

        Args:
            results (list[dict]): What :meth:`process` kept, of all ranks.

        Returns:
            dict[str, float]: The scores without prefix.
        """
        labels = [r['label'] for r in results]
        scores = np.stack([r['score'] for r in results])
        body = self.body
        if body == 'head':
            body = np.stack([r['body'] for r in results])
        metrics = ma52_scores(scores, labels, body, self.names)
        if self.artifacts:
            self._write_artifacts(
                rank_classes(scores)[:, 0],
                rank_bodies(scores, body, self.names)[:, 0], labels)
        return metrics

    def _write_artifacts(self, actions: np.ndarray, bodies: np.ndarray,
                         labels: List[int]) -> None:
        out_dir = artifact_dir(self.out_dir)
        if out_dir is None:
            return
        action, _ = write_confusion(out_dir, actions, bodies, labels,
                                    self.names)
        table = per_class_table(action, self.names)
        write_csv(
            osp.join(out_dir, 'per_class.csv'), list(table[0]),
            [list(row.values()) for row in table])


def _body_score(sample: dict, clip: str) -> np.ndarray:
    if 'body_score' not in sample:
        raise UserError(f"{clip} has no body_score, which body='head' needs; "
                        "use a model with a body head, or body='lookup' or "
                        "'sum'")
    score = to_array(sample['body_score'])
    if score.shape != (NUM_BODIES, ) or np.isnan(score).any():
        raise UserError(f'{clip} needs a body_score of {NUM_BODIES} numbers, '
                        f'but got {score.tolist()}')
    return score
