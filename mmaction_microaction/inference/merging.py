# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From scores of windows to scores of time steps, and on to segments.

Shapes: W windows, S time steps, K classes. Times in seconds.
"""
import math
from typing import List, Sequence

import numpy as np

from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.runs import find_runs
from .windows import _EPSILON, Window


def scores_of_steps(windows: Sequence[Window], scores: np.ndarray,
                    starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Give every time step, (S,) starts and ends, the mean score of the
    windows, (W, K), that hold its middle: (S, K) float32, NaN where none is.
    """
    middles = (np.asarray(starts) + ends) / 2
    edges = np.array([(w.start, w.end) for w in windows]) - _EPSILON
    total, count = np.zeros((len(middles), scores.shape[1])), 0 * middles
    for (first, behind), x in zip(np.searchsorted(middles, edges), scores):
        total[first:behind] += x
        count[first:behind] += 1
    with np.errstate(invalid='ignore'):
        return np.float32(total / count[:, None])


def scores_of_segments(segments: Sequence[Segment], starts: np.ndarray,
                       ends: np.ndarray, num_classes: int) -> np.ndarray:
    """Give every time step the best score of what covers any of it: (S, K)
    float32, 0 where an action is not."""
    scores = np.zeros((len(starts), num_classes), np.float32)
    for segment in segments:
        covered = (starts < segment.end) & (ends > segment.start)
        column = scores[:, segment.action]
        column[covered] = np.maximum(column[covered], segment.score)
    return scores


def label_clip(scores: np.ndarray,
               end: float,
               threshold: float,
               taxonomy: Taxonomy = MA52) -> List[Segment]:
    """The best class of (K,) probabilities in any case, and whatever else
    reaches the threshold; by class."""
    shown = set(np.flatnonzero(scores >= threshold)) | {scores.argmax()}
    return [
        Segment(0., float(end), int(k), float(scores[k]), taxonomy)
        for k in sorted(shown)
    ]


def merge_steps(starts: np.ndarray,
                ends: np.ndarray,
                scores: np.ndarray,
                threshold: float = .3,
                stay: float = .15,
                min_duration: float = 0.,
                max_gap: float = 0.,
                taxonomy: Taxonomy = MA52) -> List[Segment]:
    """Join neighbouring time steps to segments; actions may overlap.

    An action lasts while its score is at least ``stay``, and is reported if
    the score reaches ``threshold`` in between (hysteresis: a score that wavers
    about one threshold would fall to pieces). Then segments of one action with
    a gap up to ``max_gap`` (0 joins nothing) are joined, and after that those
    shorter than ``min_duration`` dropped.

    Segments come by start, then by class; the score of one is the mean over
    the time of its steps.

    Args:
        starts (np.ndarray): (S,) float, of the steps, increasing.
        ends (np.ndarray): (S,) float. Where a step ends before the next one
            starts, nothing lasts on.
        scores (np.ndarray): (S, K) float, probabilities.
    """
    check_merging(threshold, stay, min_duration, max_gap)
    if not len(starts):
        return []
    starts, ends, values = map(np.float64, (starts, ends, scores))
    # An empty row where time breaks off, which no run crosses.
    breaks = np.flatnonzero(starts[1:] > ends[:-1] + _EPSILON) + 1
    padded = np.insert(values, breaks, -1., axis=0)
    steps = np.insert(np.arange(len(starts)), breaks, -1)
    labels, firsts, behinds = find_runs(padded.T >= stay)
    runs = {}
    for k, a, b in zip(labels.tolist(), firsts, behinds):
        if padded[a:b, k].max() < threshold:
            continue
        run, found = steps[a:b], runs.setdefault(k, [])
        if found and max_gap and \
                starts[run[0]] - ends[found[-1][-1]] <= max_gap + _EPSILON:
            run = np.concatenate([found.pop(), run])
        found.append(run)
    lengths = ends - starts
    segments = [
        Segment(starts[run[0]].item(), ends[run[-1]].item(), k,
                np.average(values[run, k], weights=lengths[run]).item(),
                taxonomy) for k in runs for run in runs[k]
    ]
    return sorted(
        (s for s in segments if s.duration >= max(min_duration - _EPSILON, 0)),
        key=lambda s: (s.start, s.action, s.end))


def check_merging(threshold: float, stay: float, min_duration: float,
                  max_gap: float) -> None:
    """Refuse settings of :func:`merge_steps` that make no sense."""
    if not 0 < stay <= threshold <= 1:
        raise UserError('expected 0 < stay <= threshold <= 1, but got stay '
                        f'{stay} and threshold {threshold}')
    for name, value in (('min_duration', min_duration), ('max_gap', max_gap)):
        if not 0 <= value < math.inf:
            raise UserError(
                f'{name} must be seconds from 0 on, but got {value}')
