# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Micro-expression recognition as a metric of the runner."""
import json
import os.path as osp
from typing import Any, Dict, List

import numpy as np
from mmaction.registry import METRICS

from ..functional import confusion_matrix, rank_classes, score_counts
from .artifacts import write_csv
from .labelled_metric import SingleLabelMetric

#: What :class:`MicroExpressionMetric` writes;
#: ``tools/micro_expression/loso.py`` adds them up.
COUNTS_FILE = 'mer_counts.json'
PREDICTIONS_FILE = 'mer_predictions.csv'


@METRICS.register_module()
class MicroExpressionMetric(SingleLabelMetric):
    """UF1, UAR, accuracy and the F1 of every class.

    Returns ``mer/uf1 uar accuracy f1_<class>``, 0 to 1, by the rules in
    :mod:`~mmaction_microaction.evaluation.functional.micro_expression`; for
    clips of several data sets also ``mer/<source>_uf1``, ``<source>_uar`` and
    ``<source>_accuracy`` of the same predictions. Data samples need
    ``pred_score`` (K,), float, ``gt_label`` (1,), int64, and for the tables
    ``clip_name``, ``subject`` and ``source``, which must be in the
    ``meta_keys`` of ``PackActionInputs``.

    Scores of single folds say little: add the counts of all folds first.
    ``mer_counts.json`` has the confusion matrices (rows true, columns
    predicted): ``{"classes": [...], "confusion": [[...]], "subjects": {name:
    [[...]]}, "sources": {name: [[...]]}}``; ``mer_predictions.csv`` has a line
    per clip.
    """
    default_prefix = 'mer'

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """What the tables say of a clip."""
        keys = 'clip_name', 'subject', 'source'
        return {key: str(sample.get(key, '')) for key in keys}

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips and write the tables."""
        labels = np.array([r['label'] for r in results])
        predictions = rank_classes([r['score'] for r in results])[:, 0]

        def count(chosen: Any = ...) -> list:
            return confusion_matrix(predictions[chosen], labels[chosen],
                                    len(self.names)).tolist()

        counts = dict(classes=list(self.names), confusion=count())
        for key in ('subject', 'source'):
            its = np.array([r[key] for r in results])
            counts[f'{key}s'] = {
                str(name): count(its == name)
                for name in np.unique(its) if name
            }
        out_dir = self.table_dir()
        if out_dir:
            path = osp.join(out_dir, COUNTS_FILE)
            with open(path, 'w', encoding='utf-8') as file:
                json.dump(counts, file, indent=1)
            header = ['clip_name', 'subject', 'source', 'label', 'prediction']
            rows = [[
                *(r[key] for key in header[:3]), self.names[r['label']],
                self.names[best]
            ] for r, best in zip(results, predictions)]
            write_csv(osp.join(out_dir, PREDICTIONS_FILE), header, rows)
        return score_counts(counts)
