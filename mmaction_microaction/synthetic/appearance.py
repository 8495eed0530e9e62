# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What differs between people and recordings, but never between classes.

``'easy'``: one wardrobe with small variations, a plain wall, little noise,
movements 18 % larger; a small network learns the classes in minutes.
``'hard'``: random colours, a cluttered room, strong noise; the same network
learns next to nothing in that time.
"""
from dataclasses import dataclass
from typing import Dict, Tuple

import cv2
import numpy as np

from mmaction_microaction.utils.errors import UserError
from .performance import FPS
from .skeleton import Build

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


@dataclass(frozen=True)
class Subject:
    """One person in one room."""
    build: Build
    colours: Dict[str, np.ndarray]  # part -> (3,) float RGB, 0-255
    long_sleeves: bool  # to the wrists
    long_hair: bool  # to the shoulders
    offset: np.ndarray  # (2,) place in the frame, torso lengths
    zoom: float  # size in the frame, 1 is the average


def check_appearance(appearance: str) -> None:
    """Raise UserError unless this is a setting we know."""
    if appearance not in ENERGY:
        raise UserError(f'appearance must be one of {sorted(ENERGY)}, but '
                        f'got {appearance!r}')


def make_subject(rng: np.random.Generator, appearance: str) -> Subject:
    """Draw a person."""

    def around(mean: float, spread: float = .05) -> float:
        return mean * rng.uniform(1 - spread, 1 + spread)

    girth = rng.uniform(.88, 1.15)
    build = Build(
        shoulder=around(.38) * girth**.5,
        hip=around(.18) * girth**.5,
        upper_arm=around(.60, .03),
        forearm=around(.52, .03),
        hand=around(.32),
        thigh=around(.80, .03),
        shin=around(.92, .03),
        head=around(.29),
        girth=girth)
    if appearance == 'easy':
        colours = {  # changed by 25 at most, mostly in brightness
            part: np.add(rgb, rng.uniform(-16, 16)) + rng.uniform(-9, 9, 3)
            for part, rgb in _WARDROBE.items()
        }
    else:
        colours = {part: rng.uniform(20, 235, 3) for part in _WARDROBE}
        colours['skin'] = np.array(_SKIN_TONES[rng.integers(5)], float)
        colours['hair'] = rng.uniform(.15, .8) * np.array([150., 120., 90.])
    return Subject(
        build,
        colours,
        long_sleeves=bool(rng.random() < .5),
        long_hair=bool(rng.random() < .4),
        offset=rng.uniform(-.06, .06, 2),
        zoom=rng.uniform(.95, 1.03))


def make_noise(rng: np.random.Generator, size: Tuple[int, int],
               appearance: str) -> np.ndarray:
    """(H + 32, W + 32, 3) int16 sensor noise, of which every frame takes a
    window: cheaper than new noise, and shows no order of the frames."""
    sigma = rng.uniform(2, 5) if appearance == 'easy' else rng.uniform(8, 16)
    width, height = size
    tile = np.empty((height + 32, width + 32, 3), np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(tile, (0, 0, 0), (sigma, sigma, sigma))
    return tile


def make_shake(rng: np.random.Generator, num_frames: int,
               appearance: str) -> np.ndarray:
    """(T, 2) displacement of a hand-held camera, torso lengths: a sum of sines
    with random phases, alike forwards and backwards."""
    size = .004 if appearance == 'easy' else .02
    hertz = rng.uniform(.3, 3., (3, 2))
    phase = rng.uniform(0, 2 * np.pi, (3, 2))
    seconds = np.arange(num_frames)[:, None, None] / FPS
    return size * np.sin(2 * np.pi * hertz * seconds + phase).sum(1)
