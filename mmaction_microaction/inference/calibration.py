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
KEY = 'calibration'
#: Of a recogniser's timeline; measured by benchmarks/timeline.py.
UNMEASURED = (
    'this model labels clips, and nobody has measured its timelines: those of '
    'another of generated sessions had an F1 of 0.2; take a detector')
#: A match, in what is measured.
IOU = .5
#: So many times as far from the known videos as their farthest: unknown.
_FAR = 1.5


@dataclass(frozen=True)
class Calibration:
    """Plain arrays and numbers; see the module."""
    thresholds: np.ndarray  # (K,) of scores
    scores: np.ndarray  # (B,) increasing
    precision: np.ndarray  # (B,) the share of right segments at that score
    measured: Dict[str, float]  # sessions, seconds, segments, f1, body_f1, ece
    settings: Dict[str, float] = field(default_factory=dict)  # of windows
    #: ``mean``, ``scale`` (C,) and ``farthest`` of the known videos.
    features: Dict[str, object] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        truth: Mapping[str, GroundTruth],
        found: Mapping[str, Detections],
        seconds: float,
        taxonomy: Taxonomy,
        settings: Optional[dict] = None,
        features: Sequence[np.ndarray] = ()
    ) -> 'Calibration':
        """Fit to what was found, whatever its score, in sessions of so many
        seconds. What is ``measured`` is of every session with the thresholds
        and the curve of the others. ``features`` (C,) are one video's each."""
        if len(truth) < 2:
            raise UserError('calibration needs at least two sessions with '
                            f'truth, but got {len(truth)}')
        whole = cls._fit(truth, found, taxonomy)
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
        ece = expected_calibration_error(matched.scores, matched.hits)
        measured = dict(
            sessions=len(truth),
            seconds=round(float(seconds), 1),
            segments=int(matched.counts.sum()),
            f1=values[f'action_f1@{IOU:g}'],
            body_f1=values[f'body_f1@{IOU:g}'],
            ece=ece)
        return replace(
            whole,
            measured=measured,
            settings=dict(settings or {}),
            features=_describe(features))

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
        return [
            replace(s, score=float(self.confidence(s.score))) for s in segments
        ]

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

    def distance(self, features: Optional[np.ndarray]) -> float:
        """How far the features (C,) of a video are from those of the known
        ones, in units of the farthest of these; NaN if it is not known."""
        if features is None or not self.features:
            return float('nan')
        return _spread(features, **self.features)

    def claims(self, features: Optional[np.ndarray]) -> dict:
        """What may be said of a video's result, in plain types:
        ``confidence`` and ``notes``."""
        note = self.unfamiliar(features)
        return dict(
            confidence=dict(
                method='isotonic regression on validation sessions',
                **self.measured),
            notes=[note] if note else [])

    def unfamiliar(self, features: Optional[np.ndarray]) -> str:
        """A sentence for a video unlike the known ones, else ''."""
        distance = self.distance(features)
        if not distance > _FAR:
            return ''
        return ('this video is unlike those that the model was tried on: its '
                f'features are {distance:.1f} times as far from their mean as '
                'those of any of them; do not trust what was found')

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
    if len(features) < 2:
        return {}
    table = np.stack(features)
    # A channel that is always the same must not make everything far.
    scale = np.maximum(table.std(axis=0), .1 * table.std())
    facts = dict(mean=table.mean(axis=0).tolist(), scale=scale.tolist())
    return dict(facts, farthest=max(_spread(x, **facts) for x in table))


def _spread(features: np.ndarray,
            mean: Sequence[float],
            scale: Sequence[float],
            farthest: float = 1.) -> float:
    """Root mean square of the deviations, over ``farthest``."""
    deviation = (np.asarray(features) - mean) / scale
    return float(np.sqrt(np.mean(deviation**2)) / farthest)
