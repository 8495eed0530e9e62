# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results of one video.

Exports, figures and reports take these types, so that predictions and manual
annotations are handled alike.

Shapes: S time steps, K classes in G groups. Times in seconds from the start of
the video, segments half-open [start, end).
"""
from dataclasses import dataclass, field
from typing import Dict, List, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52, Label, Taxonomy
from mmaction_microaction.utils.errors import UserError

#: Schema version of ``predictions.json``; the major number changes with
#: incompatible changes. 1.1 added ``taxonomy``; 1.2 ``unsure`` and ``comment``
#: of a segment, if set; 1.3 ``provenance``, if known.
SCHEMA_VERSION = '1.3'
# Tolerance for a mean of probabilities.
_ROUNDING = 1e-3


@dataclass(frozen=True)
class Segment:
    """One micro-action in time; ValueError for an invalid class, time or
    score."""
    start: float  # seconds
    end: float  # seconds
    action: int  # class number, 0 to K - 1
    score: float = 1.  # probability; 1 for an annotation
    taxonomy: Taxonomy = field(default=MA52, repr=False, hash=False)
    unsure: bool = False  # marked as unsure by the annotator
    comment: str = ''  # the annotator's

    def __post_init__(self) -> None:
        if not 0 <= self.action < self.taxonomy.num_classes:
            raise UserError(
                f'action must be 0 to {self.taxonomy.num_classes - 1}, but '
                f'got {self.action}')
        if not 0 <= self.start < self.end < float('inf'):
            raise UserError('a segment needs 0 <= start < end, but got '
                            f'[{self.start}, {self.end})')
        if not -_ROUNDING <= self.score <= 1 + _ROUNDING:
            raise UserError(f'a score must be 0 to 1, but got {self.score}')

    @property
    def label(self) -> Label:
        """Name, code and group of the action."""
        return self.taxonomy.labels[self.action]

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    @property
    def span(self) -> Tuple[int, int]:
        """The rounded time in milliseconds, at least one long."""
        start = round(1000 * self.start)
        return start, max(round(1000 * self.end), start + 1)

    def to_dict(self) -> dict:
        """Plain types for JSON: numbers and names, ``unsure`` and ``comment``
        if set. Times are rounded to milliseconds, scores to four digits."""
        label, (start, end) = self.label, self.span
        marks = dict(unsure=self.unsure, comment=self.comment)
        return dict(
            start=start / 1000,
            end=end / 1000,
            action=self.action,
            action_name=label.name,
            body=label.group,
            body_name=label.group_name,
            score=round(float(self.score), 4),
            **{
                key: mark
                for key, mark in marks.items() if mark
            })

    @classmethod
    def from_dict(cls, item: dict, taxonomy: Taxonomy = MA52) -> 'Segment':
        """Inverse of :meth:`to_dict`; names are ignored."""
        return cls(
            float(item['start']), float(item['end']), int(item['action']),
            float(item.get('score', 1.)), taxonomy, bool(item.get('unsure')),
            str(item.get('comment', '')))


@dataclass(frozen=True)
class VideoInfo:
    """Properties of a video, as far as it is readable."""
    name: str  # file name without folders
    path: str  # as given by the user; '' for an array
    width: int  # pixels, upright
    height: int  # pixels, upright
    num_frames: int  # readable frames
    fps: float  # readable frames per second on average
    duration: float  # end of the last readable frame, seconds
    # Unreadable parts and guesses about timestamps, one line each.
    problems: Tuple[str, ...] = ()


@dataclass
class VideoResult:
    """Scores and segments of one video.

    ``scores`` are probabilities over the video as a whole: those of the clip,
    or the mean of all windows. ``settings`` are plain values that the segments
    depend on (window, stride, threshold, ...).
    """
    video: VideoInfo
    scores: np.ndarray  # (K,) float32
    step_starts: np.ndarray  # (S,) float64, seconds
    step_ends: np.ndarray  # (S,) float64, seconds
    step_scores: np.ndarray  # (S, K) float32, probabilities
    segments: List[Segment]  # by start
    source: str = ''  # name of the model, e.g. 'manet_r50_ma52'
    settings: Dict[str, object] = field(default_factory=dict)
    taxonomy: Taxonomy = field(default=MA52, repr=False)
    # What it was made with: sections of docs/reproducibility.md.
    provenance: Dict[str, object] = field(default_factory=dict, repr=False)

    def top(self, k: int = 5) -> List[Tuple[Label, float]]:
        """The ``k`` most probable actions of the whole video, best first, with
        their probabilities."""
        order = np.argsort(-self.scores, kind='stable')[:k]
        return [(self.taxonomy.labels[i], float(self.scores[i]))
                for i in order]

    @property
    def group_scores(self) -> np.ndarray:
        """(G,) float32, scores summed over the actions of each group."""
        return self.taxonomy.group_scores(self.scores)

    def to_dict(self) -> dict:
        """Plain types, for JSON: the content of ``predictions.json``."""
        starts, ends, scores = (
            np.asarray(x, float).tolist()
            for x in (self.step_starts, self.step_ends, self.step_scores))
        known = dict(provenance=self.provenance) if self.provenance else {}
        return dict(
            known,
            schema='mmaction-microaction/predictions',
            schema_version=SCHEMA_VERSION,
            source=self.source,
            settings=self.settings,
            taxonomy=self.taxonomy.to_dict(),
            classes=list(self.taxonomy.names),
            video=dict(vars(self.video), problems=list(self.video.problems)),
            scores=np.asarray(self.scores, float).tolist(),
            segments=[segment.to_dict() for segment in self.segments],
            steps=dict(start=starts, end=ends, scores=scores))

    @classmethod
    def from_dict(cls, content: dict) -> 'VideoResult':
        """Inverse of :meth:`to_dict`; without ``taxonomy`` it is MA-52.
        ValueError for other content or a newer schema."""
        version = str(content.get('schema_version', ''))
        if content.get('schema') != 'mmaction-microaction/predictions' or \
                version.split('.')[0] != SCHEMA_VERSION.split('.')[0]:
            raise UserError(
                'expected predictions.json of mmaction-microaction, schema '
                f'{SCHEMA_VERSION}, but got {content.get("schema")!r} '
                f'{version}')
        steps, video = content['steps'], dict(content['video'])
        video['problems'] = tuple(video['problems'])
        taxonomy = Taxonomy.load(content.get('taxonomy', MA52))
        return cls(
            VideoInfo(**video), np.float32(content['scores']),
            np.float64(steps['start']), np.float64(steps['end']),
            np.float32(steps['scores']).reshape(-1, taxonomy.num_classes),
            [Segment.from_dict(x, taxonomy) for x in content['segments']],
            content.get('source', ''), content.get('settings', {}), taxonomy,
            content.get('provenance', {}))

    def to_dataframe(self):
        """A :class:`pandas.DataFrame`, one row per :meth:`Segment.to_dict`."""
        import pandas
        return pandas.DataFrame(
            [segment.to_dict() for segment in self.segments],
            columns=list(Segment(0., 1., 0).to_dict()))
