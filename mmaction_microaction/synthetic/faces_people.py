# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What differs between drawn faces.

Lengths are in half widths of the face; colours are RGB, 0-255.
"""
from dataclasses import dataclass
from typing import Tuple

import numpy as np

_SKIN = ((246, 214, 190), (232, 190, 160), (214, 166, 132), (180, 130, 98),
         (132, 92, 68))
_HAIR = ((38, 30, 28), (70, 48, 36), (120, 84, 52), (178, 140, 92),
         (96, 94, 96), (140, 62, 38))
_EYES = ((92, 60, 38), (70, 104, 70), (84, 120, 150), (58, 44, 36))
_SHIRTS = ((86, 116, 158), (150, 84, 80), (96, 132, 102), (112, 100, 128),
           (70, 74, 84))
HAIR_STYLES = ('short', 'parted', 'long', 'bun')


@dataclass(frozen=True)
class Face:
    """One face at rest; colours are (3,) float."""
    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    lips: np.ndarray
    shirt: np.ndarray
    wall: np.ndarray
    jaw: float  # half width at its corners
    chin: float  # height below the eyes
    eye_x: float  # distance of an eye's centre from the middle
    eye_width: float  # half of it
    eye_open: float  # height of the upper lid above the corners
    brow_y: float  # height above the eyes
    brow_thick: float
    brow_tilt: float  # how much higher the outer end is
    nose: float  # where it ends below the eyes
    nose_wide: float  # half width
    mouth_y: float  # where it is below the eyes
    mouth_wide: float
    lip: float  # thickness
    style: str  # of HAIR_STYLES
    glasses: bool
    beard: float  # darkness of a shaven one, 0 to 1
    mole: Tuple[float, float]  # where it is
    light: float  # direction, -1 (left) to 1


def make_face(rng: np.random.Generator) -> Face:
    """Draw a person."""

    def colour(palette) -> np.ndarray:
        return np.array(palette[rng.integers(len(palette))], float) + \
            rng.uniform(-8, 8, 3)

    uniform = rng.uniform
    skin = colour(_SKIN)
    style = HAIR_STYLES[rng.integers(len(HAIR_STYLES))]
    chin = uniform(1.2, 1.34)
    return Face(
        skin=skin,
        hair=colour(_HAIR),
        iris=colour(_EYES),
        lips=skin * [.86, .62, .6] + [6, 0, 4],
        shirt=colour(_SHIRTS),
        wall=np.array([178., 184., 188.]) + uniform(-16, 16),
        jaw=uniform(.68, .82),
        chin=chin,
        eye_x=uniform(.4, .46),
        eye_width=uniform(.19, .23),
        eye_open=uniform(.085, .115),
        brow_y=uniform(.26, .32),
        brow_thick=uniform(.045, .085),
        brow_tilt=uniform(-.02, .06),
        nose=uniform(.5, .58),
        nose_wide=uniform(.16, .21),
        mouth_y=uniform(.83, .88) * chin / 1.27,
        mouth_wide=uniform(.3, .38),
        lip=uniform(.065, .1),
        style=style,
        glasses=bool(uniform() < .25),
        beard=float(style == 'short' and uniform() < .5) * uniform(.3, .8),
        mole=(uniform(-.6, .6), uniform(.3, .7)),
        light=float(uniform(-1, 1)))
