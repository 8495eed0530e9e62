# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Emotion recognition as a metric of the runner, over clips and sessions."""
import os.path as osp
from typing import Any, Dict, List

import numpy as np
from mmaction.registry import METRICS

from mmaction_microaction.utils.errors import UserError
from ..functional import confusion_matrix, rank_classes, unweighted_scores
from .artifacts import write_csv
from .labelled_metric import SingleLabelMetric

#: The table that :class:`EmotionMetric` writes.
PREDICTIONS_FILE = 'emotion_predictions.csv'


@METRICS.register_module()
class EmotionMetric(SingleLabelMetric):
    """UF1, UAR, accuracy and the F1 of every emotion.

    Returns ``emotion/uf1 uar accuracy f1_<class>``, 0 to 1, over clips, by the
    rules in
    :mod:`~mmaction_microaction.evaluation.functional.micro_expression`; the
    UAR of chance is 1 / K. If the data samples have ``session``, also
    ``emotion/session_uf1 session_uar session_accuracy``: a session is scored
    by the mean over its clips. Data samples need ``pred_score`` (K,),
    ``gt_label`` (1,) and, for the table ``emotion_predictions.csv``,
    ``clip_name``, which like ``session`` must be in the ``meta_keys`` of
    ``PackActionInputs``.
    """
    default_prefix = 'emotion'

    def details(self, sample: dict, clip: str) -> Dict[str, Any]:
        """Name of the clip and its session."""
        name = str(sample.get('clip_name', ''))
        return dict(clip=name, session=sample.get('session'))

    def score(self, results: List[dict]) -> Dict[str, float]:
        """Score all clips and sessions, and write the table."""
        metrics = self._score(results)
        if all(result['session'] is not None for result in results):
            sessions = self._score(_merge_sessions(results))
            for key in ('uf1', 'uar', 'accuracy'):
                metrics[f'session_{key}'] = sessions[key]
        out_dir = self.table_dir()
        if out_dir:
            header = ['clip', 'session', 'emotion', *self.names]
            rows = [[
                r['clip'], r['session'], self.names[r['label']],
                *(f'{score:.6f}' for score in r['score'])
            ] for r in results]
            write_csv(osp.join(out_dir, PREDICTIONS_FILE), header, rows)
        return metrics

    def _score(self, results: List[dict]) -> Dict[str, float]:
        best = rank_classes(np.stack([r['score'] for r in results]))[:, 0]
        labels = [r['label'] for r in results]
        return unweighted_scores(
            confusion_matrix(best, labels, len(self.names)), self.names)


def _merge_sessions(results: List[dict]) -> List[dict]:
    sessions: Dict[str, List[dict]] = {}
    for result in results:
        sessions.setdefault(result['session'], []).append(result)
    merged = []
    for name, clips in sessions.items():
        if len({clip['label'] for clip in clips}) > 1:
            raise UserError(f'the clips of session {name!r} have different '
                            'labels; leave `session` out of the meta_keys of '
                            'PackActionInputs to score clips alone')
        score = np.mean([clip['score'] for clip in clips], axis=0)
        merged.append(dict(label=clips[0]['label'], score=score))
    return merged
