# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""State in which a motion is written: timing, side, reaches.

Shapes: T frames, 2 sides, 3 axes; units of ``skeleton``.
"""
from typing import Sequence, Tuple, Union

import numpy as np

from .skeleton import SIDE_SIGN, Build, Pose, landmark

FPS = 30
_LONGEST_ONSET = 75  # frames: what lasts longer begins and ends no slower


def ease(x: np.ndarray) -> np.ndarray:
    """Smooth step: 0 below 0, 1 above 1, no velocity at both ends."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


class MotionBuilder:
    """Random parameters of a motion, and the ``pose`` that it changes.

    It lasts from frame ``start`` until before ``end``, on ``side``; ``sign``
    is the sign of x there, ``energy`` scales free movements.
    """

    def __init__(self,
                 rng: np.random.Generator,
                 num_frames: int,
                 build: Build,
                 energy: float = 1.) -> None:
        self.rng, self.build = rng, build
        self.energy = energy * rng.uniform(.85, 1.15)
        self.side = int(rng.integers(2))
        self.sign = SIDE_SIGN[self.side]
        self.frames = np.arange(num_frames, dtype=float)
        self.start = num_frames * rng.uniform(.04, .18)
        self.end = num_frames * rng.uniform(.84, .97)
        self.pose = Pose(num_frames, build)
        self._settle()

    def _settle(self) -> None:
        """Vary the sitting posture, and add slight breathing."""
        pose, normal = self.pose, self.rng.normal
        pose.spine += normal(0, .02, 3)
        pose.head += normal(0, .04, 3)
        pose.hand += normal(0, .02, (2, 3)) * [1, .5, 1]
        pose.foot += normal(0, .02, (2, 3)) * [1, 0, 1.5]
        pose.knee += normal(0, .05, 2)
        breath = np.sin(self.frames / FPS * 2 * np.pi *
                        self.rng.uniform(.2, .35) + self.rng.uniform(0, 6.28))
        pose.shrug += .008 * breath[:, None]
        pose.head[:, 0] += .012 * breath

    @property
    def both(self) -> Tuple[int, int]:
        """Both sides, the active one first."""
        return self.side, 1 - self.side

    def some(self) -> Tuple[int, ...]:
        """The active side or, in a third of the motions, both."""
        return self.both if self.rng.random() < 1 / 3 else (self.side, )

    def hold(self, onset: float = .28) -> np.ndarray:
        """(T,) envelope that rises, stays at 1 and falls; rise and fall take a
        mean share ``onset`` of the segment (of its 75 frames at most)."""
        length = min(self.end - self.start, _LONGEST_ONSET)
        rise, fall = length * onset * self.rng.uniform(.7, 1.3, 2)
        return ease((self.frames - self.start) / rise) * ease(
            (self.end - self.frames) / fall)

    def step(self) -> np.ndarray:
        """(T,) envelope from 0 to 1; the segment becomes the change itself."""
        length = len(self.frames)
        duration = length * self.rng.uniform(.35, .65)
        self.start = self.rng.uniform(.1, .9) * (length - duration)
        self.end = self.start + duration
        return ease((self.frames - self.start) / duration)

    def swing(self, low: float, high: float) -> np.ndarray:
        """(T,) sine of random phase and a frequency of low to high Hz."""
        hertz = self.rng.uniform(low, high)
        turns = hertz * (self.frames - self.start) / FPS
        return np.sin(2 * np.pi * (turns + self.rng.random()))

    def at(self, side: int, x: float, y: float, z: float) -> np.ndarray:
        """(3,) a fixed place; ``x`` increases outwards on either side."""
        return np.array([SIDE_SIGN[side] * x, y, z])

    def reach(self,
              side: int,
              place: Union[str, Sequence[float]],
              envelope: np.ndarray,
              point: Sequence[float],
              grip: float = .75,
              elbow: float = .3,
              curl: Union[float, Sequence[float]] = .15,
              splay: float = .25,
              across: bool = False,
              stroke: Sequence[float] = (0, 0, 0),
              wave: Union[float, np.ndarray] = 0.) -> None:
        """Move a hand to a place and back by the envelope (T,).

        The place, a point (3,) or a landmark (``across``: of the other side),
        is taken from the current pose of the figure; ``point`` to ``splay``
        are those of :class:`Pose` there, and ``wave`` (T,), -1 to 1, moves the
        hand by ``stroke``. x increases outwards.
        """
        pose, weight = self.pose, envelope[:, None]
        mirror = np.array([SIDE_SIGN[side], 1., 1.])
        if isinstance(place, str):
            owner = 1 - side if across else side
            place = landmark(pose, self.build, place, owner)
        else:
            place = np.multiply(place, mirror)
        place = place + np.multiply.outer(wave * np.ones_like(envelope),
                                          np.multiply(stroke, mirror))
        rest = pose.hand[:, side]
        # The hand travels on an arc in front of the body, or round its side
        # to a place behind, not through it.
        behind = place[:, 2].mean() < 0
        detour = mirror * ((.45, 0, .4) if behind else (0, 0, .12))
        arc = 4 * weight * (1 - weight) * detour
        pose.hand[:, side] = rest + weight * (place - rest) + arc

        for channel, value in ((pose.point, np.multiply(point, mirror)),
                               (pose.curl,
                                np.broadcast_to(curl, 5)), (pose.grip, grip),
                               (pose.elbow, elbow), (pose.splay, splay)):
            share = weight if channel.ndim == 3 else envelope
            channel[:, side] += share * (value - channel[:, side])
