# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Micro-expression recognition as a metric of the runner.

Shapes: N clips, K classes.
"""
import json
import os.path as osp
from typing import Any, Dict, List

import numpy as np
from mmaction.registry import METRICS

from ..functional import confusion_matrix, rank_classes, score_counts
from .artifacts import artifact_dir, write_csv
from .single_label_metric import SingleLabelMetric

#: What :class:`MicroExpressionMetric` writes;
#: ``tools/micro_expression/loso.py`` adds them up.
COUNTS_FILE = 'mer_counts.json'
PREDICTIONS_FILE = 'mer_predictions.csv'


@METRICS.register_module()
class MicroExpressionMetric(SingleLabelMetric):
    """UF1, UAR, accuracy and the F1 of every class.

    Gives ``mer/uf1 uar accuracy f1_<class>``, each 0 to 1, by the rules in
    :mod:`~mmaction_microaction.evaluation.functional.micro_expression`; where
    the clips come from several data sets also ``mer/<source>_uf1``,
    ``<source>_uar`` and ``<source>_accuracy``, of the same predictions. Every
    data sample brings ``pred_score`` (K,), float, ``gt_label`` (1,), int64,
    and for the tables ``clip_name``, ``subject`` and ``source``, which belong
    into the ``meta_keys`` of ``PackActionInputs``.

    The scores of one fold are of little use; the counts of all folds have to
    be added first. So ``mer_counts.json`` has the confusion matrices (rows
    are true, columns predicted): ``{"classes": [...], "confusion": [[...]],
    "subjects": {name: [[...]]}, "sources": {name: [[...]]}}``, and
    ``mer_predictions.csv`` one line per clip.

    Args:
        score_key (str, optional): Which scores to take if ``pred_score`` is a
            dict of scores. Defaults to None.
        artifacts (bool): Whether to write the two files, anew at every
            evaluation. Defaults to True.
        out_dir (str, optional): Where to write them. Defaults to None: the
            run's own folder beside its log, or nowhere without a log file.
        collect_device (str): See ``BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Replaces ``mer``. Defaults to None.
    """
    default_prefix = 'mer'

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """What the tables say of a clip; see the base class."""
        return {
            key: str(sample.get(key, ''))
            for key in ('clip_name', 'subject', 'source')
        }

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips and write the tables.

        Args:
            results (list[dict]): What :meth:`process` kept, of all ranks.

        Returns:
            dict[str, float]: The scores without prefix.
        """
        labels = np.array([result['label'] for result in results])
        predictions = rank_classes(np.stack([r['score'] for r in results]))[:,
                                                                            0]
        counts = dict(
            classes=list(self.names),
            confusion=self._count(predictions, labels),
            **{
                f'{key}s': {
                    name: self._count(predictions[chosen], labels[chosen])
                    for name, chosen in _groups(results, key).items()
                }
                for key in ('subject', 'source')
            })
        if self.artifacts:
            self._write(counts, results, predictions)
        return score_counts(counts)

    def _count(self, predictions: np.ndarray, labels: np.ndarray) -> list:
        return confusion_matrix(predictions, labels, len(self.names)).tolist()

    def _write(self, counts: dict, results: List[dict],
               predictions: np.ndarray) -> None:
        out_dir = artifact_dir(self.out_dir)
        if out_dir is None:
            return
        with open(osp.join(out_dir, COUNTS_FILE), 'w', encoding='utf-8') as f:
            json.dump(counts, f, indent=1)
        header = ['clip_name', 'subject', 'source', 'label', 'prediction']
        rows = [[
            *(result[key] for key in header[:3]), self.names[result['label']],
            self.names[prediction]
        ] for result, prediction in zip(results, predictions)]
        write_csv(osp.join(out_dir, PREDICTIONS_FILE), header, rows)


def _groups(results: List[dict], key: str) -> Dict[str, List[int]]:
    """{value: indices of the results with it}, sorted; '' is left out."""
    groups: Dict[str, List[int]] = {}
    for index, result in enumerate(results):
        if result[key]:
            groups.setdefault(result[key], []).append(index)
    return dict(sorted(groups.items()))
