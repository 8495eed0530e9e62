# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which stretches of a video a model sees at a time, and the way from their
scores to those of time steps, and on to segments.

Shapes: T frames, W windows, S time steps, K classes. Times in seconds.
"""
import math
from dataclasses import replace
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.contiguous import contiguous_segments
from mmaction_microaction.utils.errors import UserError
from .video_stream import VideoFile

#: What a model has seen: MA-52's clips are 45 to 75 frames at 30 a second.
WINDOW_SECONDS = 2.
#: Up to twice that length a video is taken for one clip: cut into windows it
#: would only lose its beginning or end to chance.
CLIP_SECONDS = 4.
#: Every moment is seen by four windows, which place it within half a second.
STRIDES_PER_WINDOW = 4

_EPSILON = 1e-6  # seconds; times come from divisions
_BORDER = .5  # seconds
_CUT = .1  # seconds


class Window(NamedTuple):
    """A stretch of a video that a model sees as one clip: ``num_frames``
    frames from ``first`` on, whose times are in [start, end)."""
    start: float
    end: float
    first: int
    num_frames: int

    @property
    def frames(self) -> slice:
        """Where they are among those of the video."""
        return slice(self.first, self.first + self.num_frames)


class WindowPlan(NamedTuple):
    """W windows by start, each with a frame at least, and the time steps,
    ``step`` apart, (S,) float64 each, that their scores are given for."""
    windows: List[Window]
    step: float
    step_starts: np.ndarray
    step_ends: np.ndarray


def plan_windows(times: np.ndarray,
                 end: float,
                 window: Optional[float] = None,
                 stride: Optional[float] = None) -> WindowPlan:
    """Cover a video with windows.

    They start ``stride`` after each other; the last one ends with the video.
    A video that is not longer than a window (by default: than
    :data:`CLIP_SECONDS`) is one window and one step. What is before the first
    frame is not part of it.

    Args:
        times (np.ndarray): (T,) float, when each frame is shown; increasing.
        end (float): When the last frame ends.
        window (float, optional): By default :data:`WINDOW_SECONDS`.
        stride (float, optional): At most a window; by default a quarter.
    """
    length = WINDOW_SECONDS if window is None else window
    step = length / STRIDES_PER_WINDOW if stride is None else stride
    for name, value in (('window', length), ('stride', step)):
        if not 0 < value < math.inf:
            raise UserError(
                f'{name} must be positive seconds, but got {value}')
    if step > length:
        raise UserError(f'stride ({step} s) must not be longer than window '
                        f'({length} s): frames in between would be lost')
    clip = CLIP_SECONDS if window is None else length
    begin = float(times[0])
    if end - begin <= clip + _EPSILON:
        whole = Window(begin, end, 0, len(times))
        return WindowPlan([whole], end - begin, times[:1], np.array([end]))
    last = end - length
    count = math.ceil((last - begin - _EPSILON) / step)
    starts = np.append(begin + np.arange(count) * step, last)
    edges = np.stack([starts, starts + length])
    frames = np.searchsorted(times, edges - _EPSILON)
    windows = [
        Window(a, b, i, j - i)
        for a, b, i, j in zip(*edges.tolist(), *frames.tolist()) if j > i
    ]
    return WindowPlan(windows, step, *make_steps(begin, end, step))


def plan_chunks(times: np.ndarray, end: float,
                max_frames: int) -> List[Window]:
    """Cut a video, given as in :func:`plan_windows`, into as few windows of
    ``max_frames`` frames as overlap by half of that at least, evenly placed; a
    video that is not longer is one window."""
    size = min(max_frames, len(times))
    count = 1 + math.ceil((len(times) - size) / max(max_frames // 2, 1))
    firsts = np.linspace(0, len(times) - size, count).round().astype(int)
    edges = np.append(times, end)
    return [
        Window(float(times[i]), float(edges[i + size]), i, size)
        for i in firsts.tolist()
    ]


def shift_segments(segments: List[Segment], chunk: Window,
                   source: VideoFile) -> List[Segment]:
    """From seconds of a chunk at the file's frame rate to real times."""
    edges = np.append(source.times, source.end)
    shifted = []
    for segment in segments:
        places = chunk.first + source.rate * np.array(
            [segment.start, segment.end])
        start, end = np.interp(places, np.arange(len(edges)), edges).tolist()
        end = min(end, chunk.end)
        if end > start:
            shifted.append(replace(segment, start=start, end=end))
    return shifted


def join_chunks(chunks: Sequence[Window],
                found: Sequence[List[Segment]]) -> List[Segment]:
    """What was found in overlapping windows, by start: each action as the
    window whose middle is nearest to its own has seen it, for that one has
    seen most of what is around it. Near the border between two, where they
    may disagree about that, the surer one of two that overlap by half is
    taken; pieces of an action that is longer than a window are joined."""
    middles = np.array([(chunk.start + chunk.end) / 2 for chunk in chunks])
    borders = (middles[:-1] + middles[1:]) / 2
    ends = zip([-np.inf, *borders - _BORDER], [*borders + _BORDER, np.inf])
    near = [(at, s)
            for at, (segments, (low, high)) in enumerate(zip(found, ends))
            for s in segments if low <= (s.start + s.end) / 2 < high]
    taken: Dict[int, List[Tuple[int, Segment]]] = {}
    for at, s in sorted(_join_pieces(near, chunks), key=lambda x: -x[1].score):
        its = taken.setdefault(s.action, [])
        if all(at == i or 3 * _shared(s, x) < s.duration + x.duration
               for i, x in its):  # an IoU below one half
            its.append((at, s))
    return sorted((s for its in taken.values() for _, s in its),
                  key=lambda s: (s.start, s.action, s.end))


def _join_pieces(near: List[Tuple[int, Segment]],
                 chunks: Sequence[Window]) -> List[Tuple[int, Segment]]:
    """Join what begins or ends where its window does with what goes on in the
    next one, if that is half as sure at least."""
    rest, ends = [], {}
    for at, s in near:
        if min(s.start - chunks[at].start, chunks[at].end - s.end) > _CUT:
            rest.append((at, s))
            continue
        i, other = ends.get(s.action, (at, s))
        low, high = sorted((s.score, other.score))
        if i != at and _shared(s, other) > 0 and low >= high / 2:
            s = replace(
                s, start=min(s.start, other.start), end=max(s.end, other.end),
                score=high)  # yapf: disable
            rest.remove((i, other))
        ends[s.action] = at, s
        rest.append((at, s))
    return rest


def _shared(a: Segment, b: Segment) -> float:
    """Seconds of the overlap; below 0 there is none."""
    return min(a.end, b.end) - max(a.start, b.start)


def make_steps(begin: float, end: float,
               step: float) -> Tuple[np.ndarray, np.ndarray]:
    """Starts and ends of time steps; the last takes in what is left over, and
    is half to one and a half times as long as the others."""
    count = max(1, math.floor((end - begin) / step + .5))
    starts = begin + np.arange(count) * step
    return starts, np.append(starts[1:], end)


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
               start: float,
               end: float,
               threshold: float,
               taxonomy: Taxonomy = MA52) -> List[Segment]:
    """The best class of (K,) probabilities in any case, and whatever else
    reaches the threshold; by class. All are 0 where nobody was seen: none."""
    shown = set(np.flatnonzero(scores >= threshold)) | {scores.argmax()}
    return [
        Segment(float(start), float(end), int(k), float(scores[k]), taxonomy)
        for k in sorted(shown) if scores.any()
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
    shorter than ``min_duration`` dropped. Segments come by start, then by
    class; the score of one is the mean over the time of its steps.

    Steps (S,) come by start, with probabilities (S, K); where one ends before
    the next one starts, nothing lasts on.
    """
    check_merging(threshold, stay, min_duration, max_gap)
    if not len(starts):
        return []
    starts, ends, values = map(np.float64, (starts, ends, scores))
    # An empty row where time breaks off, which no run crosses.
    breaks = np.flatnonzero(starts[1:] > ends[:-1] + _EPSILON) + 1
    padded = np.insert(values, breaks, -1., axis=0)
    steps = np.insert(np.arange(len(starts)), breaks, -1)
    labels, firsts, behinds = contiguous_segments(padded.T >= stay)
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
                f'{name} must be seconds, 0 or more, but got {value}')
