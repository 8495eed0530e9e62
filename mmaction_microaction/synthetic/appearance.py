# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Differences between people and recordings, but not between classes.

``'easy'``: one wardrobe with small variations, a plain wall, little noise,
movements 18 % larger; a small network learns the classes in minutes.
``'hard'``: random colours, a cluttered room, strong noise; the same network
learns next to nothing in that time.
"""
from typing import Tuple

import numpy as np

from mmaction_microaction.utils.errors import UserError
from .motion_builder import FPS
from .skeleton import Build

Size = Tuple[int, int]  # width and height in pixels

#: Factor on the size of free movements in each setting.
ENERGY = dict(easy=1.18, hard=1.)

# yapf: disable
_WARDROBE = dict(
    skin=(222, 178, 150), hair=(58, 46, 42), shirt=(98, 146, 200),
    trousers=(66, 72, 94), shoes=(64, 52, 48), stool=(206, 66, 58),
    wall=(212, 219, 216), floor=(172, 178, 176))
# yapf: enable
_SKIN_TONES = ((240, 204, 180), (222, 178, 150), (188, 138, 104),
               (140, 96, 70), (98, 66, 50))


def check_appearance(appearance: str) -> None:
    """UserError for an unknown appearance."""
    if appearance not in ENERGY:
        raise UserError(f'appearance must be one of {sorted(ENERGY)}, but '
                        f'got {appearance!r}')


class Subject:
    """One person in one room, drawn from a seed."""

    def __init__(self, seed: int, appearance: str) -> None:
        rng = np.random.default_rng(seed)

        def around(mean: float, spread: float = .05) -> float:
            return mean * rng.uniform(1 - spread, 1 + spread)

        self.appearance = appearance
        girth = rng.uniform(.88, 1.15)
        self.build = Build(
            shoulder=around(.38) * girth**.5,
            hip=around(.18) * girth**.5,
            upper_arm=around(.60, .03),
            forearm=around(.52, .03),
            hand=around(.32),
            thigh=around(.80, .03),
            shin=around(.92, .03),
            head=around(.29),
            girth=girth)
        # Part -> (3,) float RGB, 0-255; easy: the wardrobe, changed by 25 at
        # most, mostly in brightness.
        self.colours = {}
        for part, rgb in _WARDROBE.items():
            if appearance == 'easy':
                rgb = np.add(rgb, rng.uniform(-16, 16))
                self.colours[part] = rgb + rng.uniform(-9, 9, 3)
            else:
                self.colours[part] = rng.uniform(20, 235, 3)
        if appearance == 'hard':
            self.colours.update(
                skin=np.array(_SKIN_TONES[rng.integers(5)], float),
                hair=rng.uniform(.15, .8) * np.array([150., 120., 90.]))
        self.long_sleeves = rng.random() < .5  # to the wrists
        self.long_hair = rng.random() < .4  # to the shoulders
        self.offset = rng.uniform(-.06, .06, 2)  # in the frame, torso lengths
        self.zoom = rng.uniform(.95, 1.03)  # size in the frame, 1 on average


def make_shake(rng: np.random.Generator, num_frames: int,
               appearance: str) -> np.ndarray:
    """(T, 2) displacement of a hand-held camera, torso lengths: a sum of sines
    with random phases, statistically the same in reverse."""
    size = .004 if appearance == 'easy' else .02
    hertz = rng.uniform(.3, 3., (3, 2))
    phase = rng.uniform(0, 2 * np.pi, (3, 2))
    seconds = np.arange(num_frames)[:, None, None] / FPS
    return size * np.sin(2 * np.pi * hertz * seconds + phase).sum(1)
