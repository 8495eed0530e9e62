# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Sliding windows over a video; from their scores to scores of time steps, and
from these to segments.

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

#: Typical training clip: MA-52's have 45 to 75 frames at 30 Hz.
WINDOW_SECONDS = 2.
#: A video of up to twice that length is one clip: windows would cut off its
#: beginning or end by chance.
CLIP_SECONDS = 4.
#: Four windows cover each moment, for a resolution of half a second.
STRIDES_PER_WINDOW = 4

_EPSILON = 1e-6  # seconds; times come from divisions
_BORDER = .5  # seconds
_CUT = .1  # seconds


class Window(NamedTuple):
    """A part of a video that a model sees as one clip."""
    start: float  # seconds
    end: float  # seconds, exclusive
    first: int  # index of the first frame
    num_frames: int

    @property
    def frames(self) -> slice:
        """Its frames in the video."""
        return slice(self.first, self.first + self.num_frames)


class WindowPlan(NamedTuple):
    """Windows of a video, and the time steps of the scores."""
    windows: List[Window]  # sorted by start, each with at least one frame
    step: float  # seconds
    step_starts: np.ndarray  # (S,) float64, seconds
    step_ends: np.ndarray  # (S,) float64, seconds


def plan_windows(times: np.ndarray,
                 end: float,
                 window: Optional[float] = None,
                 stride: Optional[float] = None) -> WindowPlan:
    """Cover a video with windows.

    The last window ends with the video. A video not longer than a window (by
    default: than :data:`CLIP_SECONDS`) is one window and one step.

    Args:
        times (np.ndarray): (T,) float, presentation times, increasing.
        end (float): End of the last frame.
        window (float, optional): By default :data:`WINDOW_SECONDS`.
        stride (float, optional): At most a window; by default a quarter.

    Returns:
        WindowPlan: Windows and time steps, from the first frame on.

    Raises:
        UserError: If a setting is not positive, or ``stride`` > ``window``.
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
    """Cut a video (see :func:`plan_windows`) into the fewest evenly spaced
    windows of ``max_frames`` frames that overlap by at least half."""
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
    """Convert seconds within a chunk, at a constant rate, to video times."""
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
    """Merge the detections of overlapping windows, sorted by start.

    An action is taken from the window with the nearest centre, which has most
    of its context. Near the border of two windows, duplicates (an overlap of
    half) are suppressed in favour of the higher score; parts of an action
    longer than a window are joined.
    """
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
    """Join segments cut off by their windows with their continuation, if its
    score is at least half as high."""
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
    """Overlap in seconds; negative for disjoint segments."""
    return min(a.end, b.end) - max(a.start, b.start)


def make_steps(begin: float, end: float,
               step: float) -> Tuple[np.ndarray, np.ndarray]:
    """Starts and ends of time steps; the last one includes the remainder (0.5
    to 1.5 times the length of the others)."""
    count = max(1, math.floor((end - begin) / step + .5))
    starts = begin + np.arange(count) * step
    return starts, np.append(starts[1:], end)


def window_scores_to_steps(windows: Sequence[Window], scores: np.ndarray,
                           starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(S, K) float32, the mean score (W, K) of the W windows that contain the
    centre of each time step, (S,) starts and ends; NaN without one."""
    middles = (np.asarray(starts) + ends) / 2
    edges = np.array([(w.start, w.end) for w in windows]) - _EPSILON
    total, count = np.zeros((len(middles), scores.shape[1])), 0 * middles
    for (first, behind), x in zip(np.searchsorted(middles, edges), scores):
        total[first:behind] += x
        count[first:behind] += 1
    with np.errstate(invalid='ignore'):
        return np.float32(total / count[:, None])


def segment_scores_to_steps(segments: Sequence[Segment], starts: np.ndarray,
                            ends: np.ndarray, num_classes: int) -> np.ndarray:
    """(S, K) float32, the highest score of the segments that overlap each time
    step; 0 without one."""
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
    """Segments of the best class of (K,) probabilities and all others above
    the threshold, by class; none if all are 0 (nobody visible)."""
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
    """Merge adjacent time steps into segments by hysteresis thresholding.

    An action lasts while its score is at least ``stay``, and counts if it
    reaches ``threshold`` meanwhile. Actions may overlap.

    Args:
        starts (np.ndarray): (S,) of the time steps, increasing; a gap between
            two steps ends every action.
        ends (np.ndarray): (S,) of the time steps.
        scores (np.ndarray): (S, K), probabilities.
        threshold (float): Upper threshold.
        stay (float): Lower threshold.
        min_duration (float): Shorter segments are dropped, after joining.
        max_gap (float): Gaps of an action up to this length are closed.
        taxonomy (Taxonomy): Label set of the K classes.

    Returns:
        list[Segment]: By start, then class; scores are means over time.

    Raises:
        UserError: If a setting is invalid.
    """
    check_merging(threshold, stay, min_duration, max_gap)
    if not len(starts):
        return []
    starts, ends, values = map(np.float64, (starts, ends, scores))
    # An empty row at each gap in time ends the segments.
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
    """UserError for invalid settings of :func:`merge_steps`."""
    if not 0 < stay <= threshold <= 1:
        raise UserError('expected 0 < stay <= threshold <= 1, but got stay '
                        f'{stay} and threshold {threshold}')
    for name, value in (('min_duration', min_duration), ('max_gap', max_gap)):
        if not 0 <= value < math.inf:
            raise UserError(
                f'{name} must be seconds, 0 or more, but got {value}')
