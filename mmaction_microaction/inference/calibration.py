# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Calibration of a detector on sessions with ground truth, stored in its
checkpoint by ``tools/analysis_tools/calibrate.py``.

It holds a score threshold per class, the precision at each score, the accuracy
of the timelines, and statistics of how the sessions look.

Shapes: K classes, B points of a curve, S statistics in ``APPEARANCE``. Times
in seconds.
"""
from dataclasses import dataclass, field, replace
from typing import Dict, List, Mapping, Optional, Sequence, Sized

import numpy as np
import torch
from torch import Tensor

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
#: Statistics of the pixels of a video, 0 to 255, and the least standard
#: deviation, grey levels: sessions of one room may differ by less by chance.
#: Features of a backbone tell real people from drawn ones less well: they are
#: trained to ignore how a person looks.
APPEARANCE = {'brightness': 6., 'contrast': 4., 'saturation': 3.}
#: A video looks different at that many standard deviations. Drawn people of
#: other sizes reach 2, real people 4 and more of those of drawn sessions.
_FAR = 3.5
#: Fewest videos for an estimate of standard deviations.
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
    #: ``mean`` and ``std``, each (S,), of the sessions; {} if too few.
    appearance: Dict[str, List[float]] = field(default_factory=dict)

    @classmethod
    def fit(cls,
            truth: Mapping[str, GroundTruth],
            found: Mapping[str, Detections],
            seconds: float,
            taxonomy: Taxonomy,
            appearances: Sequence[np.ndarray] = ()):  # yapf: disable
        """Fit thresholds and curve; ``measured`` is leave-one-session-out.

        Args:
            truth (Mapping[str, GroundTruth]): Sessions, at least two.
            found (Mapping[str, Detections]): Detections at any score.
            seconds (float): Total length of the sessions.
            taxonomy (Taxonomy): Label set of both.
            appearances (Sequence[np.ndarray]): (S,) of each video; fewer than
                8 are ignored.

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
        return replace(
            whole, measured=measured, appearance=_summarise(appearances))

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

    def report(self, appearance: Optional[np.ndarray], fitted: bool) -> dict:
        """``confidence`` and ``notes`` on a video of that appearance (S,), in
        plain types; ``fitted``: with the fitted thresholds."""
        measured = {
            key: value
            for key, value in self.measured.items()
            if fitted or 'f1' not in key
        }
        notes = []
        if appearance is not None and self.appearance:
            mean, std = map(np.asarray, self.appearance.values())
            far = np.abs(appearance - mean) / std
            i = int(far.argmax())
            notes = [
                'this video looks unlike the sessions of the calibration: '
                f'{list(APPEARANCE)[i]} {appearance[i]:.0f} of 255, theirs '
                f'{mean[i]:.0f} ± {std[i]:.0f}; the confidence does not hold'
            ] if far[i] > _FAR else []
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
        shapes = [np.shape(x) for x in made.appearance.values()]
        if shapes not in ([], [(len(APPEARANCE), )] * 2):
            raise UserError('the calibration in the checkpoint has an '
                            f'appearance of shapes {shapes}')
        return made


def measure_appearance(inputs: Tensor) -> Optional[np.ndarray]:
    """(S,) statistics of a packed window, uint8 RGB (T, 3, H, W) or (views, 3,
    T, H, W): mean and standard deviation of the grey level, mean difference of
    the channels, over some 100,000 pixels; None for features."""
    if inputs.dim() < 4 or inputs.shape[1] != 3:
        return None
    pixels = inputs.transpose(0, 1).flatten(1)
    pixels = pixels[:, ::1 + pixels.shape[1] // 100_000].float()
    grey, spread = pixels.mean(dim=0), pixels.amax(dim=0) - pixels.amin(dim=0)
    return torch.stack([grey.mean(), grey.std(), spread.mean()]).cpu().numpy()


def _summarise(appearances: Sequence[np.ndarray]) -> Dict[str, List[float]]:
    """Mean and standard deviation over the sessions."""
    if len(appearances) < _FEWEST:
        return {}
    table, least = np.stack(appearances), list(APPEARANCE.values())
    return dict(
        mean=table.mean(axis=0).tolist(),
        std=np.maximum(table.std(axis=0, ddof=1), least).tolist())
