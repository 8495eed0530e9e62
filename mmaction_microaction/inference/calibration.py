# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Calibration of a detector on sessions with ground truth, stored in its
checkpoint by ``tools/analysis_tools/calibrate.py``.

It holds a score threshold per class, the precision at each score, the accuracy
of the timelines, and the distribution of the backbone's features, for the
detection of videos out of distribution.

Shapes: K classes, C channels of the backbone, B points of a curve. Times in
seconds.
"""
from dataclasses import dataclass, field, replace
from typing import Dict, List, Mapping, Optional, Sequence, Sized

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
#: Note on timelines of models trained on one label per clip; measured by
#: benchmarks/timeline.py.
UNMEASURED = (
    'this model was trained on cut clips, and how well it finds beginnings '
    'and ends in a long video was never measured; a similar one did badly on '
    'generated sessions (F1 0.2 of 1), a detector is better')
#: Temporal IoU of a match in the measurements.
IOU = .5
#: Out of distribution: distance relative to that of the farthest known video.
#: For drawn people, 20 s at 240 x 288 pixels reach 1.7 times that of sessions
#: of minutes at 64 x 80 pixels; real people 4 times and more.
_FAR = 2.5
#: Fewest videos for an estimate of the distribution.
_FEWEST = 8


def require_two(sessions: Sized) -> None:
    """UserError for fewer sessions than a cross-validation needs."""
    if len(sessions) < 2:
        raise UserError('calibration needs at least two sessions with truth, '
                        f'but got {len(sessions)}')


@dataclass(frozen=True)
class Calibration:
    """Thresholds and calibration curve of a detector."""
    thresholds: np.ndarray  # (K,) scores
    scores: np.ndarray  # (B,) increasing
    precision: np.ndarray  # (B,) share of correct segments at that score
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
        """Fit thresholds and curve; ``measured`` is leave-one-session-out.

        Args:
            truth (Mapping[str, GroundTruth]): Sessions, at least two.
            found (Mapping[str, Detections]): Detections at any score.
            seconds (float): Total length of the sessions.
            taxonomy (Taxonomy): Label set of both.
            features (Sequence[np.ndarray]): (C,) of each video; fewer than 8
                are ignored.

        Raises:
            UserError: For fewer than two sessions or no correct detection.
        """
        require_two(truth)
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
        """Precision at each of the scores, 0 to 1."""
        if not len(self.scores):
            return np.zeros(np.shape(scores))
        return np.interp(scores, self.scores, self.precision)

    def apply(self, segments: Sequence[Segment]) -> List[Segment]:
        """Replace the scores of segments by confidences."""
        sure = self.confidence([s.score for s in segments]).tolist()
        return [replace(s, score=x) for s, x in zip(segments, sure)]

    def select(self,
               segments: Sequence[Segment],
               min_confidence: Optional[float] = None) -> List[Segment]:
        """The segments above the threshold of their class, or of at least
        ``min_confidence``; confidences replace their scores."""
        return [
            sure for sure, s in zip(self.apply(segments), segments)
            if (s.score >= self.thresholds[s.action] if min_confidence is
                None else sure.score >= min_confidence)
        ]

    def report(self, features: Optional[np.ndarray], fitted: bool) -> dict:
        """``confidence`` and ``notes`` on a video with features (C,), in plain
        types; ``fitted``: with the fitted thresholds."""
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
        """Plain types, for a checkpoint."""
        return {
            key: value.tolist() if isinstance(value, np.ndarray) else value
            for key, value in vars(self).items()
        }

    @classmethod
    def from_dict(cls, content: dict, num_classes: int) -> 'Calibration':
        """Inverse of :meth:`to_dict`; ValueError for other content."""
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
    """Mean, scale, and the largest leave-one-out distance."""
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
    """Root mean square of the standardised deviations, over ``farthest``."""
    deviation = (np.asarray(features) - mean) / scale
    return float(np.sqrt(np.mean(deviation**2)) / farthest)
