# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Everything that is measured on a person's points, as a result of a video.

Shapes: T frames. Unit of length: body scales.
"""
from dataclasses import asdict, dataclass, field
from typing import Dict, List, Optional, Tuple

import numpy as np

from mmaction_microaction.results.video_result import (Segment, VideoInfo,
                                                       VideoResult)
from mmaction_microaction.taxonomy import Taxonomy
from .body import (ANKLES, HIPS, KNEES, NOSE, SHOULDERS, SIDES, TIPS, Body,
                   track_body)
from .contact import Contact, find_contacts
from .motion import (find_cycles, head_angles, hysteresis, part_speeds,
                     smooth_level)
from .settings import MovementSettings

MOVEMENT: Taxonomy = Taxonomy.load('movement')
_KINDS = dict(
    trunk='trunk movement', head='head movement', arm='arm movement',
    hand='finger movement', leg='leg movement')  # yapf: disable
#: What a part's speed is divided by where parts are compared, body scales per
#: second: how fast it is when it moves as much as the trunk at 0.1. Arms
#: swing by their length, a head turns in place.
_TYPICAL = dict(trunk=.08, head=.26, arm=.5, hand=.55, leg=.4)
_OF_BOTH = ('arms folded', 'hand to other hand')  # one episode, not two
_AROUND = .5  # seconds: arms go to a contact before and leave it after it


@dataclass
class MovementResult(VideoResult):
    """The result of a video without a model; ``curves`` (T,) by name, of
    which the first is ``time``; NaN where something is not seen."""
    curves: Dict[str, np.ndarray] = field(default_factory=dict)
    dominant_part: Optional[str] = None  # a group of the taxonomy
    amounts: Dict[str, float] = field(default_factory=dict)  # of the groups
    seen: Dict[str, float] = field(default_factory=dict)  # shares of frames


@dataclass(frozen=True)
class Episode:
    """A measured episode, frames ``start`` until before ``end``."""
    kind: str
    start: int
    end: int
    score: float
    comment: str


def measure_movement(
    points: np.ndarray,
    scores: np.ndarray,
    info: VideoInfo,
    times: Optional[np.ndarray] = None,
    settings: MovementSettings = MovementSettings()
) -> MovementResult:
    """Measure how parts move, nods and shakes, contacts, and posture.

    Args:
        points (np.ndarray): (T, 28, 2) of ``openpose28``, pixels.
        scores (np.ndarray): (T, 28), 0 to 1; 0 where a point is missing.
        info (VideoInfo): Of the video.
        times (np.ndarray, optional): (T,) seconds; default: by ``info.fps``.

    Returns:
        MovementResult: Segments of the taxonomy ``movement``; ``score`` is
        how sure an episode is, not that it was meant.

    Raises:
        UserError: As :func:`.body.track_body`.
    """
    if times is None:
        times = np.arange(len(points)) / info.fps
    body = track_body(points, scores, times, settings)
    speeds, angles = part_speeds(body), head_angles(body)
    for speed in speeds.values():
        speed[body.times < body.times[0] + settings.settle] = np.nan
    contacts = find_contacts(body, settings)
    levels = {
        part: smooth_level(x, round(settings.window * body.fps))
        for part, x in speeds.items()
    }
    episodes = [
        *_movements(levels, body, settings), *_contacts(contacts),
        *_cycles(angles, levels['head'], body, settings),
        *_postures(body, settings)
    ]
    amounts = compare_parts(speeds, contacts, body, settings)
    best = max(amounts, key=amounts.get)
    ends = np.append(body.times[1:], info.duration)
    segments = [
        Segment(
            float(body.times[x.start]),
            float(max(ends[x.end - 1], body.times[x.start] + .001)),
            MOVEMENT.find(x.kind).index, float(np.clip(x.score, 0, 1)),
            MOVEMENT, comment=x.comment) for x in episodes
    ]  # yapf: disable
    segments.sort(key=lambda s: (s.start, s.end, s.action))
    steps = _steps(segments, float(times[0]), info.duration)
    seen = dict(person=body.seen.any(1))
    seen['head'] = body.seen[:, NOSE]
    seen['trunk'] = body.seen[:, [*SHOULDERS, *HIPS]].all(1)
    for i, side in enumerate(SIDES):
        seen[f'{side} hand'] = body.seen[:, TIPS[i]].any(1)
        seen[f'{side} fingers'] = body.seen[:, TIPS[i]].all(1)
        seen[f'{side} leg'] = body.seen[:, [KNEES[i], ANKLES[i]]].all(1)
    return MovementResult(
        info,
        np.zeros(MOVEMENT.num_classes, np.float32),
        *steps,
        segments,
        'movement of key points, no model',
        dict(
            notes=[
                'distance in the picture is not touch, and a movement is '
                'not its meaning'
            ],
            body_scale=f'{body.scale:.1f} pixels',
            seen={
                k: f'{100 * v.mean():.0f} %'
                for k, v in seen.items()
            },
            **asdict(settings)),
        MOVEMENT,
        curves=dict(
            time=body.times,
            **speeds,
            **angles,
            **_places(contacts, len(times))),
        dominant_part=best if amounts[best] >= settings.least else None,
        amounts=amounts,
        seen={
            k: float(v.mean())
            for k, v in seen.items()
        })


def compare_parts(speeds: Dict[str, np.ndarray], contacts: List[Contact],
                  body: Body, settings: MovementSettings) -> Dict[str, float]:
    """How much each group moves; 1: just enough to be told.

    The mean of its parts' speeds, each divided by what is usual. What an arm
    does in a contact or half a second around it counts for the contact's
    group, and so does the trunk's lean towards it.
    """
    mean, noise = {}, .5 * float(np.median(body.noise[:18]))
    total, around = len(body.times), round(_AROUND * body.fps)
    group_of = {kind: MOVEMENT.find(kind).group_name for kind in
                dict.fromkeys(x.kind for x in contacts)}  # yapf: disable
    amounts = dict.fromkeys(MOVEMENT.groups, 0.)
    for part, speed in speeds.items():
        name = part.split()[-1]
        floor = settings.stay * getattr(settings, f'{name}_speed') + noise
        speed = np.fmax(np.nan_to_num(speed) - floor, 0) / _TYPICAL[name]
        owner = np.full(total, dict(
            trunk='body', head='head', leg='lower limb').get(
                name, 'upper limb'), object)  # yapf: disable
        for contact in contacts:
            near = slice(max(contact.start - around, 0), contact.end + around)
            own = part.startswith(SIDES[contact.side])
            reach = name in ('trunk', 'head') and \
                contact.kind == 'hand to shin'
            if name in ('arm', 'hand') and own or reach:
                owner[near] = group_of[contact.kind]
        for group in amounts:
            mean[part, group] = float((speed * (owner == group)).mean())
    for group in amounts:
        sums = [x for (_, owner), x in mean.items() if owner == group]
        amounts[group] = max(sums, default=0.)
    return amounts


def _movements(levels: Dict[str, np.ndarray], body: Body,
               settings: MovementSettings) -> List[Episode]:
    found = []
    for part, level in levels.items():
        side, _, name = part.rpartition(' ')
        least = getattr(settings, f'{name}_speed')
        level = np.nan_to_num(level)
        for start, end in hysteresis(level >= least, level
                                     >= settings.stay * least,
                                     settings.min_duration * body.fps,
                                     settings.max_pause * body.fps):
            top = float(level[start:end].max())
            text = f'{side}, ' * bool(side) + f'up to {top:.2f} scales/s'
            found.append(
                Episode(_KINDS[name], start, end, 1 - .5 * least / top, text))
    return found


def _contacts(contacts: List[Contact]) -> List[Episode]:
    return [
        Episode(x.kind, x.start, x.end, x.confidence,
                (f'{SIDES[x.side]} hand' if x.kind not in _OF_BOTH else
                 'both hands') + f', {x.distance:.2f} scales from it')
        for x in contacts if x.kind not in _OF_BOTH or x.side == 0
    ]


def _cycles(angles: Dict[str, np.ndarray], level: np.ndarray, body: Body,
            settings: MovementSettings) -> List[Episode]:
    return [
        Episode(
            kind, x.start, x.end,
            min(1., x.amplitude / (2 * settings.min_swing)),
            f'{x.count} cycles, {x.rate:.2f} Hz, swing {x.amplitude:.3f} '
            'scales')
        for kind, track in (('nod', 'pitch'), ('head shake', 'yaw'))
        for x in find_cycles(angles[track], body, settings)
    ]


def _postures(body: Body, settings: MovementSettings) -> List[Episode]:
    """Lasting changes: the mean of half a second before and after differ."""
    hips, shoulders = body.middle(HIPS), body.middle(SHOULDERS)
    axis = shoulders - hips
    width = np.linalg.norm(
        body.points[:, SHOULDERS[0]] - body.points[:, SHOULDERS[1]], axis=1)
    ankles = body.points[:, ANKLES[1], 0] - body.points[:, ANKLES[0], 0]
    knees = body.points[:, KNEES[1], 0] - body.points[:, KNEES[0], 0]
    tracks = dict(
        lean=(axis, settings.lean), turn=(width[:, None], settings.turn),
        rise=(hips[:, 1:], settings.rise))  # yapf: disable
    half, found = max(1, round(.5 * body.fps)), []
    for kind, (track, least) in tracks.items():
        if len(track) < 2 * half + 1:
            continue
        change = np.zeros(len(track))
        sums = np.cumsum(np.pad(np.nan_to_num(track), ((1, 0), (0, 0))), 0)
        mean = (sums[half:] - sums[:-half]) / half
        change[half:-half + 1] = np.linalg.norm(
            mean[half:] - mean[:-half], axis=1)
        bad = ~np.isfinite(track).all(1)
        change[np.convolve(bad, np.ones(2 * half + 1), 'same') > 0] = 0
        for start, end in hysteresis(change >= least, change >= .6 * least,
                                     settings.min_duration * body.fps, 0):
            found.append(
                Episode(kind, start, end, 1 - .5 * least / change.max(),
                        f'by {change[start:end].max():.2f} scales'))
    crossed = (ankles < 0) & (knees > 0) | (knees < 0)
    if not crossed.all():
        for start, end in hysteresis(crossed, crossed,
                                     settings.min_duration * body.fps,
                                     settings.max_pause * body.fps):
            found.append(
                Episode('leg cross', start, end, .7, 'ankles or '
                        'knees exchanged'))
    return found


def _places(contacts: List[Contact], total: int) -> Dict[str, np.ndarray]:
    """(T,) names of the region that each hand is at; '' for none."""
    places = {f'{side} hand at': np.full(total, '', object) for side in SIDES}
    for x in contacts:
        places[f'{SIDES[x.side]} hand at'][x.start:x.end] = x.kind
    return places


def _steps(segments: List[Segment], start: float,
           end: float) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stretches in which the same episodes go on, and their scores."""
    edges = np.unique(
        [start, end, *(t for s in segments for t in (s.start, s.end))])
    scores = np.zeros((len(edges) - 1, MOVEMENT.num_classes), np.float32)
    for s in segments:
        inside = (edges[:-1] >= s.start) & (edges[:-1] < s.end)
        scores[inside, s.action] = np.fmax(scores[inside, s.action], s.score)
    return edges[:-1], edges[1:], scores
