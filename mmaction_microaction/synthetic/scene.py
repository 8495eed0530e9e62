# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Several micro-actions by one person on one sequence of poses.

Torso, head, legs and each arm are channels; actions without a common channel
can overlap and all stay visible.

Shapes: T frames of the clip, W frames of an action's window.
"""
import copy
from functools import lru_cache
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence

import numpy as np

from .motion_builder import FPS, MotionBuilder, ease
from .motions import REVERSED_FROM, perform
from .skeleton import SIDE_SIGN, Build

CHANNELS = ('torso', 'head', 'legs', 'arm0', 'arm1')

# Seconds before and after an action in which its limbs leave and regain their
# rest; after a lasting change slowly, lest it look like an action, too.
_SETTLING = .2
_SLOW_SETTLING = 1.5
_LONGEST_CHANGE = 2.5  # seconds: a slower one would not be seen

# What overlaps another and what takes the whole clip, of clips and sessions.
_CLIP_SHARES, _SESSION_SHARES = (.9, .05), (.4, 0.)
# Of a person at rest, in radians or torso lengths; a sixth of an action's.
_DRIFT = dict(spine=.035, head=.05, hand=.03, foot=.015)
_SPEECH = .05

# Control of the pose -> what it moves, and the least change that counts.
_CONTROLS = dict(
    root=('torso', .1),
    spine=('torso', .1),
    shrug=('torso', .05),
    head=('head', .2),
    foot=('legs', .1),
    knee=('legs', .1),
    heel=('legs', .2),
    hand=('arm', .12),
    curl=('arm', .4))


class Part(NamedTuple):
    """One action of a scene."""
    label: int
    start: int  # first frame
    end: int  # last frame, inclusive
    side: int  # the active one, 0 for the person's right
    energy: float = 1.  # factor on the size of free movements


class Moves(NamedTuple):
    """Channels moved by a class."""
    channels: FrozenSet[str]  # of ``CHANNELS``
    lasting: bool  # whether it leaves the person in another posture

    @property
    def settling(self) -> int:
        """Frames around the action in which its channels still move."""
        return round(FPS * (_SLOW_SETTLING if self.lasting else _SETTLING))


class Scene(MotionBuilder):
    """A clip in which a person performs any number of micro-actions."""

    def some(self) -> tuple:
        return (self.side, )  # the other arm may be busy

    def step(self) -> np.ndarray:
        return ease((self.frames - self.start) / (self.end - self.start))

    def idle(self) -> None:
        """Let the person change posture and move the head as in speech:
        constant movement that is no micro-action."""
        seconds, rng = self.frames / FPS, self.rng
        for name, size in _DRIFT.items():
            track = getattr(self.pose, name)
            for _ in range(3):
                phase = rng.uniform(0, 2 * np.pi, track.shape[1:])
                hertz = rng.uniform(.01, .07, track.shape[1:])
                track += size / 3**.5 * np.sin(
                    2 * np.pi * np.multiply.outer(seconds, hertz) + phase)
        time = rng.uniform(0, 6)
        while time < seconds[-1]:
            until = time + rng.uniform(2, 8)
            # Words come in groups, each with a move of its own.
            talk = ease((seconds - time) / .4) * ease((until - seconds) / .4)
            for axis, share in ((0, 1.), (1, .4), (2, .7)):
                self.pose.head[:, axis] += _SPEECH * share * talk * (
                    self.swing(.4, 1.) + .5 * self.swing(1., 2.))
            time = until + rng.exponential(8)

    def play(self, parts: Sequence[Part]) -> None:
        """Perform actions in any order, which may overlap."""
        # A hand goes to where the body is by then: arms come last.
        played = [(part, moves(part.label, part.side)) for part in parts]
        played.sort(key=lambda x: bool(x[1].channels & {'arm0', 'arm1'}))
        for part, move in played:
            self._play(part, move.settling)

    def _play(self, part: Part, settling: int) -> None:
        first = max(part.start - settling, 0)
        last = min(part.end + settling, len(self.frames) - 1)
        window = slice(first, last + 1)
        before = copy.deepcopy(vars(self.pose))
        act = copy.copy(self)
        act.frames = np.arange(last + 1. - first)
        act.start, act.end = part.start - first, part.end - first
        act.side, act.sign = part.side, SIDE_SIGN[part.side]
        act.energy *= part.energy
        # A view of the pose: what the motion writes goes into the clip.
        act.pose = copy.copy(self.pose)
        order = slice(None)
        if part.label in REVERSED_FROM:
            act.start, act.end = last - part.end, last - part.start
            order = slice(None, None, -1)
        for name, track in vars(self.pose).items():
            setattr(act.pose, name, track[window][order])
        perform(part.label, act)
        self.pose.prop[window] = act.pose.prop[order]  # it may be a new array
        frames = self.frames[window]
        # 1 during the part, falling to 0 around it.
        share = ease(1 + (frames - part.start) /
                     settling) * ease(1 + (part.end - frames) / settling)
        for name, rest in before.items():
            if name != 'prop':
                track = getattr(self.pose, name)[window]
                weight = share.reshape(-1, *[1] * (track.ndim - 1))
                track[:] = rest[window] + weight * (track - rest[window])


@lru_cache(maxsize=None)
def moves(label: int, side: int) -> Moves:
    """Measure the channels moved by a class."""
    scene = Scene(np.random.default_rng(0), 60, Build())
    scene.energy, scene.side, scene.sign = 1., side, SIDE_SIGN[side]
    scene.start, scene.end = 0, 59
    before: Dict[str, np.ndarray] = copy.deepcopy(vars(scene.pose))
    perform(label, scene)
    channels, lasting = set(), False
    for name, (channel, least) in _CONTROLS.items():
        change = getattr(scene.pose, name) - before[name]
        moved = np.abs(change) > least
        if channel == 'arm':
            channels.update(f'arm{i}' for i in range(2) if moved[:, i].any())
        elif moved.any():
            channels.add(channel)
        lasting |= bool((np.abs(change[-1] - change[0]) > least).any())
    return Moves(frozenset(channels), lasting)


def plan_parts(rng: np.random.Generator,
               num_frames: int,
               labels: Sequence[int],
               max_overlap: int,
               rate: Optional[float] = None) -> List[Part]:
    """Draw the actions of one clip, similar to MMA-52: 3 on average and 10 at
    most, 0.4 to 6 seconds long (median 2.4) except a few that take the whole
    clip; nine in ten overlap another if channels allow it. ``rate`` (per
    minute, on average) makes it a session, with rest in between and varying
    energy; four in ten overlap another."""
    busy = {channel: np.zeros(num_frames, bool) for channel in CHANNELS}
    count = np.zeros(num_frames, int)
    parts: List[Part] = []
    shares = _CLIP_SHARES if rate is None else _SESSION_SHARES
    number = min(1 + rng.poisson(2.2), 10) if rate is None else rng.poisson(
        rate * num_frames / FPS / 60)
    for _ in range(number):
        for _ in range(20):
            part = _draw_part(rng, num_frames, labels, parts, *shares)
            if rate is not None:
                part = part._replace(energy=float(rng.uniform(.8, 1.2)))
            move = moves(part.label, part.side)
            window = slice(
                max(part.start - move.settling, 0),
                part.end + move.settling + 1)
            span = slice(part.start, part.end + 1)
            if count[span].max() < max_overlap and not any(
                    busy[channel][window].any() for channel in move.channels):
                count[span] += 1
                for channel in move.channels:
                    busy[channel][window] = True
                parts.append(part)
                break
    return sorted(parts, key=lambda part: (part.start, part.end, part.label))


def _draw_part(rng: np.random.Generator, num_frames: int,
               labels: Sequence[int], parts: List[Part], overlapping: float,
               whole_clip: float) -> Part:
    """An action that overlaps an existing one, or takes the whole clip, with
    these probabilities."""
    label, side = int(rng.choice(labels)), int(rng.integers(2))
    length = FPS * float(np.clip(rng.lognormal(np.log(2.4), .75), .4, 6))
    whole = rng.random() < whole_clip
    if moves(label, side).lasting:
        length, whole = min(length, FPS * _LONGEST_CHANGE), False
    length = num_frames - 1 if whole else min(round(length), num_frames - 1)
    low, high = 0, num_frames - 1 - length
    if parts and rng.random() < overlapping:
        anchor = parts[rng.integers(len(parts))]
        low = min(max(anchor.start - length + 1, low), high)
        high = min(high, anchor.end - 1)
    start = int(rng.integers(low, max(low, high) + 1))
    return Part(label, start, start + length, side)
