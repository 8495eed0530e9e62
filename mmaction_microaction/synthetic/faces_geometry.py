# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Drawn faces: people, and the positions of features by active action units.

The origin is between the eyes, x to the right of the picture, y down, the unit
half the width of the face. Sides are 0, the person's right (left in the
picture), and 1. Shapes: P points of a curve.
"""
import re
from collections import defaultdict
from typing import Dict, List, NamedTuple, Sequence, Tuple, Union

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from mmaction_microaction.utils.errors import UserError

SIDES = (-1, 1)

#: What can be drawn (Ekman and Friesen, "Facial Action Coding System", 1978):
#: raisers of inner and outer brow, brow lowerer, upper lid and cheek
#: raiser, lid tightener, nose wrinkler, upper lip raiser, lip corner puller,
#: dimpler, lip corner depressor, chin raiser, lip stretcher, lip pressor, lips
#: part.
ACTION_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 24, 25)

#: (right, left) intensity of every unit, 0 (neutral) to about 1; "right" is
#: the person's, which is left in the picture.
Intensities = Dict[int, Sequence[float]]


def parse_units(text: Union[str, int]) -> Intensities:
    """Parse a table's cell such as ``'4+L7+12'``: 1 for an active side, 0 for
    the other one after L or R; UserError if it cannot be drawn."""
    units: Intensities = {}
    for part in str(text).split('+'):
        match = re.fullmatch(r'([LR]?)(\d+)', part.strip())
        if match is None or int(match[2]) not in ACTION_UNITS:
            raise UserError(f'expected units such as 4+L7+12 out of '
                            f'{ACTION_UNITS}, but got {text!r}')
        units[int(match[2])] = float(match[1] != 'L'), float(match[1] != 'R')
    return units


class Features(NamedTuple):
    """Curves of one face at one moment, each (P, 2)."""
    brows: List[np.ndarray]  # closed outlines, right and left
    #: Closed outlines; the first half is the upper lid, from the inner to the
    #: outer corner.
    eyes: List[np.ndarray]
    pupils: np.ndarray  # (2, 2) centres, as the nostrils
    nostrils: np.ndarray
    wings: List[np.ndarray]  # open curves at the sides of the nose
    #: Open curves of folds, and how dark they are, 0 to 1.
    creases: List[Tuple[np.ndarray, float]]
    upper_lip: np.ndarray  # closed outlines; while the lips are closed, the
    lower_lip: np.ndarray  # gap has no height
    gap: np.ndarray
    mouth_line: np.ndarray  # open curve where the lips meet


_SKIN = ((246, 214, 190), (232, 190, 160), (214, 166, 132), (180, 130, 98),
         (132, 92, 68))
_HAIR = ((38, 30, 28), (70, 48, 36), (120, 84, 52), (178, 140, 92),
         (96, 94, 96), (140, 62, 38))
_EYES = ((92, 60, 38), (70, 104, 70), (84, 120, 150), (58, 44, 36))
_SHIRTS = ((86, 116, 158), (150, 84, 80), (96, 132, 102), (112, 100, 128),
           (70, 74, 84))
HAIR_STYLES = ('short', 'parted', 'long', 'bun')


class Face:
    """One random face at rest; the unit is half its width."""

    def __init__(self, rng: np.random.Generator) -> None:
        uniform = rng.uniform

        def colour(palette) -> np.ndarray:
            return palette[rng.integers(len(palette))] + uniform(-8, 8, 3)

        # Colours: (3,) float RGB, 0-255.
        self.skin = colour(_SKIN)
        self.lips = self.skin * [.86, .62, .6] + [6, 0, 4]
        self.style = HAIR_STYLES[rng.integers(len(HAIR_STYLES))]
        self.chin = uniform(1.2, 1.34)  # height below the eyes
        self.hair, self.iris = colour(_HAIR), colour(_EYES)
        self.shirt = colour(_SHIRTS)
        self.wall = np.array([178., 184., 188.]) + uniform(-16, 16)
        self.jaw = uniform(.68, .82)  # half width at its corners
        self.eye_x = uniform(.4, .46)  # of its centre, from the middle
        self.eye_width = uniform(.19, .23)  # half of it
        self.eye_open = uniform(.085, .115)  # of the upper lid over corners
        self.brow_y = uniform(.26, .32)  # height above the eyes
        self.brow_thick = uniform(.045, .085)
        self.brow_tilt = uniform(-.02, .06)  # how much higher its outer end is
        self.nose = uniform(.5, .58)  # where it ends below the eyes
        self.nose_wide = uniform(.16, .21)  # half width
        self.mouth_y = uniform(.83, .88) * self.chin / 1.27  # below the eyes
        self.mouth_wide = uniform(.3, .38)
        self.lip = uniform(.065, .1)  # thickness
        self.glasses = uniform() < .25
        # Darkness of a shaven one, 0 to 1.
        bearded = self.style == 'short' and uniform() < .5
        self.beard = bearded * uniform(.3, .8)
        self.mole = uniform(-.6, .6), uniform(.3, .7)
        self.light = uniform(-1, 1)  # direction, from left to right


def curve(points: np.ndarray, closed: bool = False, steps: int = 6):
    """(P, 2) Catmull-Rom curve through (N, 2) points, ``steps`` per interval;
    closed: back to the first."""
    p = np.asarray(points, dtype=float)
    if closed:
        p = np.concatenate([p[-1:], p, p[:2]])
    spline = CubicHermiteSpline(range(len(p)), p, np.gradient(p, axis=0))
    first, last = (1, len(p) - 2) if closed else (0, len(p) - 1)
    count = (last - first) * steps
    return spline(first + np.arange(count + (not closed)) / steps)


def features(face: Face, units: Intensities,
             gaze: Sequence[float] = (0, 0)) -> Features:
    """Features with active units and pupils shifted by ``gaze``."""
    # au[side] is {unit: intensity} with 0 for all others.
    au = [defaultdict(float), defaultdict(float)]
    for unit, sides in units.items():
        au[0][unit], au[1][unit] = sides
    corners, mouth = _mouth(face, au)
    brows, eyes, nostrils, wings, creases = [], [], [], [], []
    for a, s, corner in zip(au, SIDES, corners):
        x, y = s * face.nose_wide, face.nose - (.05 * a[9] + .02 * a[10])
        brows.append(_brow(face, a, s))
        eyes.append(_eye(face, a, s))
        nostrils.append((x * .52, y))
        wings.append(
            curve([(x * .75, y - .17), (x * 1.08, y - .06),
                   (x * .85, y + .02)]))
        creases += _creases(face, a, s, corner)
    pupils = [(s * face.eye_x + gaze[0], gaze[1] - .015) for s in SIDES]
    return Features(brows, eyes, np.array(pupils), np.array(nostrils), wings,
                    creases, **mouth)


#: Of one side.
_Side = Dict[int, float]


def _brow(face: Face, a: _Side, sign: int) -> np.ndarray:
    """Thick at the inner end, thin at the outer one."""
    inner = (face.eye_x - .24 - .06 * a[4],
             -face.brow_y - .13 * a[1] + .1 * a[4] + .03 * a[9])
    middle = (face.eye_x + .04, -face.brow_y - .05 - face.brow_tilt -
              .06 * a[1] - .1 * a[2] + .06 * a[4])
    outer = (face.eye_x + .3,
             -face.brow_y + .04 - face.brow_tilt - .12 * a[2] + .03 * a[4])
    line = curve([inner, middle, outer])
    half = np.linspace(1, .25, len(line))[:, None] * [0, .5 * face.brow_thick]
    return np.concatenate([line - half, (line + half)[::-1]]) * [sign, 1]


def _eye(face: Face, a: _Side, sign: int) -> np.ndarray:
    """Upper lid from the inner to the outer corner, lower lid back."""
    t = np.linspace(0, 1, 13)
    x = face.eye_x + face.eye_width * (2 * t - 1)
    bow = np.sin(np.pi * t**.9)
    up = face.eye_open + .07 * a[5] - .03 * a[7] - .015 * a[6] - .01 * a[9]
    low = .07 - .05 * a[7] - .04 * a[6] - .015 * a[9]
    tilt = -.025 * (2 * t - 1)
    upper = np.stack([x, tilt - up * bow], 1)
    lower = np.stack([x, tilt + low * bow], 1)
    return np.concatenate([upper, lower[::-1]]) * [sign, 1]


def _mouth(face: Face, au: List[_Side]) -> Tuple[list, Dict[str, np.ndarray]]:
    """Corners (right, left); lips, gap and line."""
    mean = {unit: (au[0][unit] + au[1][unit]) / 2 for unit in (10, 17, 24, 25)}
    corners = [
        np.array([
            s * (face.mouth_wide + .1 * a[12] + .1 * a[20] - .05 * a[14] -
                 .02 * a[24] + .02 * a[15]),
            face.mouth_y - .13 * a[12] + .12 * a[15] - .02 * a[14]
        ]) for s, a in zip(SIDES, au)
    ]
    thin = 1 - .5 * mean[24]
    raised = .08 * mean[10]
    pushed = .05 * mean[17]
    middle = face.mouth_y + .01 - pushed - .25 * raised
    top = middle - face.lip * .85 * thin - .75 * raised
    bottom = middle + face.lip * 1.25 * thin - .3 * pushed
    opening = .12 * mean[25]

    def between(share: float, y: float, bow: float = 0) -> List[tuple]:
        """Points on both sides, at a ``share`` of the way to the corners."""
        return [(c[0] * share, y + (c[1] - y) * share**2.5 + bow)
                for c in corners]

    (right, left), (line_r, line_l) = corners, between(.5, middle)
    peak_r, peak_l = between(.28, top)
    line = curve([right, line_r, (0, middle), line_l, left])
    upper = curve([right, peak_r, (0, top + .02), peak_l, left])
    # The lower lip drops in the middle, but not at the corners.
    half, centre = (left[0] - right[0]) / 2, (left[0] + right[0]) / 2
    bump = np.sqrt(np.clip(1 - ((line[:, :1] - centre) / half)**2, 0, 1))
    low_line = line + [0, opening] * bump
    low_r, low_l = between(.45, bottom + opening)
    lower = curve([right, low_r, (0, bottom + opening + .005), low_l, left])
    return corners, dict(
        upper_lip=np.concatenate([upper, line[::-1]]),
        lower_lip=np.concatenate([low_line, lower[::-1]]),
        gap=np.concatenate([line, low_line[::-1]]),
        mouth_line=line)


def _creases(face: Face, a: _Side, sign: int,
             corner: np.ndarray) -> List[Tuple[np.ndarray, float]]:
    """Folds of the skin: some permanent, deeper with an active unit."""
    cheek = .09 * a[6] + .05 * a[12]
    fold = .22 + .5 * a[12] + .45 * a[10] + .4 * a[9] + .2 * a[6]
    x = abs(corner[0])
    folds = [
        ([(face.nose_wide + .08, face.nose - .1 - .04 * a[9]),
          (x * .5 + .3 + .05 * a[12], face.nose + .1 - cheek / 2),
          (x + .1, corner[1] - .03)], fold),
        # Below the eye: the cheek comes up.
        ([(face.eye_x - .2, .16 - .4 * cheek),
          (face.eye_x + .02, .2 - .5 * cheek),
          (face.eye_x + .22, .15 - .4 * cheek)], .16 + .5 * a[6] + .25 * a[7]),
        # Above the upper lid.
        ([(face.eye_x - .19, -.06 + .02 * a[4]),
          (face.eye_x, -face.eye_open - .07 - .03 * a[5] - .02 * a[1]),
          (face.eye_x + .2, -.05)], .35),
        # Between the brows, and on the forehead.
        ([(.07 - .02 * a[4], -face.brow_y - .1 + .05 * a[4]),
          (.06 - .02 * a[4], -face.brow_y + .08)], .75 * a[4]),
        ([(.05, -face.brow_y - .25 - .05 * a[1]),
          (face.eye_x, -face.brow_y - .27 - .05 * a[2])],
         .3 * a[1] + .3 * a[2]),
        # On the nose.
        ([(.05, .1), (.13, .05)], .6 * a[9]),
        ([(.06, .19), (.14, .13)], .6 * a[9]),
        # At the corner of the mouth, and on the chin.
        ([(x + .05, corner[1] - .05),
          (x + .06, corner[1] + .05)], .1 + .7 * a[14] + .25 * a[15]),
        ([(0, face.mouth_y + .26 - .03 * a[17]),
          (.14, face.mouth_y + .29 - .02 * a[17])], .15 + .55 * a[17]),
    ]
    return [(curve(points) * [sign, 1], depth) for points, depth in folds
            if depth > 0]
