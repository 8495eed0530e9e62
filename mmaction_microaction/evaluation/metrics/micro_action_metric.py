# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The MA-52 protocol as a metric of the runner."""
import os.path as osp
from typing import Any, Dict, List, Sequence

import numpy as np
from mmaction.registry import METRICS

from mmaction_microaction.utils.errors import UserError
from ..functional import (ma52_scores, per_class_table, rank_bodies,
                          rank_classes)
from ..predictions import pick_score, to_array
from .artifacts import Confusion, write_confusion, write_csv
from .labelled_metric import CHALLENGE_HINT, SingleLabelMetric


@METRICS.register_module()
class MicroActionMetric(SingleLabelMetric):
    """Scores of micro-action recognition at action and at body level.

    Returns ``ma52/action_top1 action_top5 body_top1 action_f1_macro
    action_f1_micro body_f1_macro body_f1_micro f1_mean``, 0 to 1, by the rules
    in :mod:`~mmaction_microaction.evaluation.functional`; "body" refers to the
    groups of the data set's taxonomy. Data samples need ``pred_score`` (K,),
    float, and ``gt_label`` (1,), int64. The tables are ``per_class.csv``,
    ``confusion_action.csv`` and ``confusion_body.csv``.

    If the samples have ``fine_score`` (K,), the scores of the actions alone in
    a hierarchical head, there are also ``fine_action_top1 fine_body_top1
    fine_f1_mean``, by ``'lookup'``.

    Args:
        body (str): Source of the predicted body part. ``'lookup'``: that of
            the predicted action, the paper's protocol. ``'sum'``: the part
            with the largest summed probability. ``'head'``: the field
            ``body_score`` (G,) of the data sample.
    """
    default_prefix = 'ma52'
    unlabelled_hint = CHALLENGE_HINT

    def __init__(self, body: str = 'lookup', **kwargs) -> None:
        super().__init__(**kwargs)
        if body not in ('lookup', 'sum', 'head'):
            raise UserError("body must be 'lookup', 'sum' or 'head', but got "
                            f'{body!r}')
        self.body = body
        # Of the last evaluation, for ConfusionMatrixHook.
        self.confusions: Sequence[Confusion] = ()

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """The scores of the actions alone; those of the body, if used."""
        found = {}
        if 'fine_score' in sample:
            own = dict(sample, pred_score=sample['fine_score'])
            found['fine'] = self.score_of(own, clip)
        if self.body != 'head':
            return found
        score = to_array(
            pick_score(
                dict(pred_score=sample.get('body_score', [])), self.score_key,
                clip))
        count = self.taxonomy.num_groups
        if score.shape != (count, ) or np.isnan(score).any():
            raise UserError(
                f"body='head' needs a body_score of {count} numbers, but "
                f'{clip} has {score.tolist()}; use a model with a body head, '
                "or body='lookup' or 'sum'")
        return dict(found, body=score)

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips and write the tables."""
        labels = [r['label'] for r in results]
        scores = np.stack([r['score'] for r in results])
        taxonomy, body = self.taxonomy, self.body
        if body == 'head':
            body = np.stack([r['body'] for r in results])
        out_dir = self.table_dir()
        if out_dir:
            best = rank_classes(scores)[:, 0]
            bodies = rank_bodies(scores, body, taxonomy)[:, 0]
            self.confusions = write_confusion(out_dir, best, bodies, labels,
                                              taxonomy)
            table = per_class_table(self.confusions[0].matrix, taxonomy)
            write_csv(
                osp.join(out_dir, 'per_class.csv'), table[0],
                [row.values() for row in table])
        found = ma52_scores(scores, labels, body, taxonomy)
        if 'fine' in results[0]:
            fine = np.stack([r['fine'] for r in results])
            fine = ma52_scores(fine, labels, 'lookup', taxonomy)
            found.update({
                f'fine_{key}': fine[key]
                for key in ('action_top1', 'body_top1', 'f1_mean')
            })
        return found
