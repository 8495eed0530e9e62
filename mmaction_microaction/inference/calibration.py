# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What sessions with known truth have shown of a checkpoint, kept in it.

From which score on a class is shown, how often such a segment is right, how
right the timelines were, and what the model's features look like on videos
that it knows. ``tools/analysis_tools/calibrate.py`` writes it.

Shapes: K classes, C channels of the backbone, B points of a curve. Times in
seconds.
"""
from dataclasses import dataclass, field, replace
from typing import Dict, List, Mapping, Optional, Sequence

import numpy as np

from mmaction_microaction.evaluation.functional import (
    expected_calibration_error, fit_reliability, fit_thresholds,
    match_timelines, timeline_scores)
from mmaction_microaction.evaluation.functional.detection import (Detections,
                                                                  GroundTruth)
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError

#: Its key in a checkpoint.
KEY = 'microaction_calibration'
#: Of the timeline of a model that learnt one label for each clip; measured by
#: benchmarks/timeline.py.
UNMEASURED = (
    'this model was trained on cut clips, and how well it finds beginnings '
    'and ends in a long video was never measured; a similar one did badly on '
    'generated sessions (F1 0.2 of 1), a detector is better')
#: A match, in what is measured.
IOU = .5
#: So many times as far from the known videos as their farthest: unknown. Of
#: drawn people, 20 s of 240 x 288 pixels lie up to 1.7 times as far as
#: sessions of minutes and 64 x 80 pixels do, real people 4 times and more.
_FAR = 2.5
#: Fewer known videos do not tell how far others of their kind may lie.
_FEWEST = 8


@dataclass(frozen=True)
class Calibration:
    """Plain arrays and numbers; see the module."""
    thresholds: np.ndarray  # (K,) of scores
    scores: np.ndarray  # (B,) increasing
    precision: np.ndarray  # (B,) the share of right segments at that score
    measured: Dict[str, float]  # sessions, seconds, segments, f1, body_f1, ece
    #: ``mean``, ``scale`` (C,) and ``farthest`` of the known videos.
    features: Dict[str, object] = field(default_factory=dict)

    @classmethod
    def fit(cls,
            truth: Mapping[str, GroundTruth],
            found: Mapping[str, Detections],
            seconds: float,
            taxonomy: Taxonomy,
            features: Sequence[np.ndarray] = ()):  # yapf: disable
        """Fit one to what was found, whatever its score, in sessions of so
        many seconds. What is ``measured`` is of every session with the
        thresholds and the curve of the others. ``features`` (C,) are one
        video's each; of fewer than 8 nothing is kept."""
        if len(truth) < 2:
            raise UserError('calibration needs at least two sessions with '
                            f'truth, but got {len(truth)}')
        whole = cls._fit(truth, found, taxonomy)
        if not np.isfinite(whole.thresholds).any():
            raise UserError('no detected segment of these sessions '
                            'matches the truth, at any score: there is '
                            'nothing to calibrate')
        shown: Dict[str, Detections] = {}
        for video in truth:
            others = {v: rows for v, rows in truth.items() if v != video}
            one = cls._fit(others, {v: found[v] for v in others}, taxonomy)
            spans, labels, scores = map(np.asarray, found[video])
            kept = scores >= one.thresholds[labels.astype(int)]
            shown[video] = (spans.reshape(-1, 2)[kept], labels[kept],
                            one.confidence(scores[kept]))
        matched = match_timelines(truth, shown, IOU, taxonomy)
        values = timeline_scores(truth, shown, (IOU, ), taxonomy)
        measured = dict(
            sessions=len(truth),
            seconds=round(float(seconds), 1),
            segments=int(matched.counts.sum()),
            f1=values[f'action_f1@{IOU:g}'],
            body_f1=values[f'body_f1@{IOU:g}'])
        if len(matched.scores):
            measured['ece'] = expected_calibration_error(
                matched.scores, matched.hits)
        return replace(whole, measured=measured, features=_describe(features))

    @classmethod
    def _fit(cls, truth, found, taxonomy: Taxonomy) -> 'Calibration':
        matched = match_timelines(truth, found, IOU, taxonomy)
        return cls(
            fit_thresholds(matched),
            *fit_reliability(matched.scores, matched.hits), {})

    def confidence(self, scores: np.ndarray) -> np.ndarray:
        """The share of right segments at these scores, 0 to 1."""
        if not len(self.scores):
            return np.zeros(np.shape(scores))
        return np.interp(scores, self.scores, self.precision)

    def apply(self, segments: Sequence[Segment]) -> List[Segment]:
        """The segments with confidences in place of their scores."""
        sure = self.confidence([s.score for s in segments]).tolist()
        return [replace(s, score=x) for s, x in zip(segments, sure)]

    def show(self,
             segments: Sequence[Segment],
             least: Optional[float] = None) -> List[Segment]:
        """Those that reach their class's threshold, or ``least`` as their
        confidence, with confidences in place of scores."""
        return [
            sure for sure, s in zip(self.apply(segments), segments)
            if (s.score >= self.thresholds[s.action] if least is
                None else sure.score >= least)
        ]

    def claims(self, features: Optional[np.ndarray], fitted: bool) -> dict:
        """What may be said of a video with these features (C,), in plain
        types: ``confidence`` and ``notes``; ``fitted`` with the thresholds."""
        measured = {
            key: value
            for key, value in self.measured.items()
            if fitted or 'f1' not in key
        }
        distance = 0. if features is None or not self.features else _spread(
            features, **self.features)
        notes = [
            'this video is unlike those that the model was tried on: its '
            f'features are {distance:.1f} times as far from their mean as '
            'those of any of them; do not trust what was found'
        ] if distance > _FAR else []
        method = 'isotonic regression on validation sessions'
        return dict(confidence=dict(method=method, **measured), notes=notes)

    def to_dict(self) -> dict:
        """Plain types, which a checkpoint is read with."""
        return {
            key: value.tolist() if isinstance(value, np.ndarray) else value
            for key, value in vars(self).items()
        }

    @classmethod
    def from_dict(cls, content: dict, num_classes: int) -> 'Calibration':
        """The reverse of :meth:`to_dict`; a ValueError for other content."""
        try:
            made = cls(
                **{
                    **content,
                    **{
                        key: np.asarray(content[key], float)
                        for key in ('thresholds', 'scores', 'precision')
                    }
                })
        except (TypeError, KeyError, ValueError) as error:
            raise UserError('the calibration in the checkpoint is not of this '
                            f'package: {error}') from error
        if made.thresholds.shape != (num_classes, ) or \
                made.scores.shape != made.precision.shape:
            raise UserError(
                f'the calibration in the checkpoint has {made.thresholds.size}'
                f' thresholds, but the model {num_classes} classes')
        return made


def _describe(features: Sequence[np.ndarray]) -> Dict[str, object]:
    """Mean and scale, and how far the farthest is from those of the others."""
    if len(features) < _FEWEST:
        return {}
    table = np.stack(features)

    def facts(rows: np.ndarray) -> dict:
        # A channel that is always the same must not make everything far.
        scale = np.maximum(rows.std(axis=0), .1 * rows.std() + 1e-6)
        return dict(mean=rows.mean(axis=0).tolist(), scale=scale.tolist())

    farthest = max(1e-6 + _spread(row, **facts(np.delete(table, i, axis=0)))
                   for i, row in enumerate(table))
    return dict(facts(table), farthest=farthest)


def _spread(features: np.ndarray,
            mean: Sequence[float],
            scale: Sequence[float],
            farthest: float = 1.) -> float:
    """Root mean square of the deviations, over ``farthest``."""
    deviation = (np.asarray(features) - mean) / scale
    return float(np.sqrt(np.mean(deviation**2)) / farthest)
