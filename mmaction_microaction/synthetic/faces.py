# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Draw faces, at three times the size and reduced, so that subpixel movements
appear as on a sensor.

Shapes: H = W = size of the picture in pixels; S = 3 H; P points of a curve.
"""
from typing import Sequence, Tuple

import cv2
import numpy as np

from .faces_geometry import SIDES, Face, Features, Intensities, curve, features
from .geometry import shifted

_SUPER = 3  # drawn at this many times the size
_SHIFT = 4  # cv2: coordinates in 1/16 pixel
_SCALE = .375  # half width of the face, in widths of the picture
_CENTRE = (.5, .44)  # between the eyes, in widths of the picture


class FaceDrawing:
    """Draws one person repeatedly, in pictures of size x size pixels."""

    def __init__(self, face: Face, size: int) -> None:
        self.face, self.size = face, size
        self._unit = _SCALE * size * _SUPER  # pixels of a face unit
        self._still = self._draw_still()
        self._fringe, self._fringe_alpha = self._draw_fringe()

    def draw(self,
             units: Intensities,
             shift: Sequence[float] = (0, 0),
             gaze: Sequence[float] = (0, 0),
             closed: float = 0) -> np.ndarray:
        """(H, W, 3) uint8 RGB of one moment; ``shift`` moves the head by
        pixels, ``gaze`` the pupils by face units."""
        marks = features(self.face, units, gaze)
        picture = self._still.copy()
        self._crease(picture, marks)
        self._nose(picture, marks)
        for eye, pupil, brow in zip(marks.eyes, marks.pupils, marks.brows):
            self._eye(picture, eye, pupil, closed)
            self._fill(picture, brow, .8 * self.face.hair + 8)
        self._mouth(picture, marks)
        if self.face.glasses:
            self._glasses(picture)
        picture = _blend(picture, self._fringe, self._fringe_alpha)
        if any(shift):
            picture = shifted(picture, *np.multiply(shift, _SUPER))
        return cv2.resize(
            picture, (self.size, self.size), interpolation=cv2.INTER_AREA)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        """(P, 2) face units to fixed-point pixels of the large picture."""
        centre = np.array(_CENTRE) * (self.size * _SUPER)
        pixels = np.asarray(points) * self._unit + centre - .5
        return np.round(pixels * (1 << _SHIFT)).astype(np.int32)

    def _fill(self, picture: np.ndarray, points: np.ndarray, colour) -> None:
        """Fill a closed curve, in place."""
        cv2.fillPoly(picture, [self._fixed(points)], _ink(colour), cv2.LINE_AA,
                     _SHIFT)

    def _line(self, picture: np.ndarray, points: np.ndarray, colour,
              width: float) -> None:
        """Draw an open curve, ``width`` in face units, in place."""
        cv2.polylines(picture, [self._fixed(points)], False, _ink(colour),
                      max(round(width * self._unit), 1), cv2.LINE_AA, _SHIFT)

    def _ellipse(self, picture: np.ndarray, centre, half_x: float,
                 half_y: float, colour) -> None:
        turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        ring = np.stack([half_x * np.cos(turn), half_y * np.sin(turn)], 1)
        self._fill(picture, np.asarray(centre) + ring, colour)

    def _mask(self, points: np.ndarray) -> np.ndarray:
        """(S, S) uint8, 255 inside a closed curve."""
        mask = np.zeros([self.size * _SUPER] * 2, np.uint8)
        self._fill(mask, points, 255)
        return mask

    def _blurred(self, picture: np.ndarray, width: float) -> np.ndarray:
        return cv2.GaussianBlur(picture, (0, 0), max(width * self._unit, .3))

    def _draw_still(self) -> np.ndarray:
        """Static parts: wall, clothes, hair behind, bare head."""
        face, side = self.face, self.size * _SUPER
        glow = 1.04 - .16 * np.linspace(0, 1, side)[:, None, None]
        picture = np.tile(face.wall * glow, (1, side, 1))
        picture = picture.clip(0, 255).astype(np.uint8)
        self._hair_behind(picture)
        neck = [(-.5, .7), (.5, .7), (.55, 1.5), (-.55, 1.5)]
        self._fill(picture, curve(neck, closed=True), .74 * face.skin)
        shirt = [(-1.5, 2), (-1.2, 1.5), (-.55, 1.32), (0, 1.5), (.55, 1.32),
                 (1.2, 1.5), (1.5, 2)]
        self._fill(picture, curve(shirt), face.shirt)
        for sign in SIDES:
            self._ellipse(picture, (sign, .16), .11, .22, .9 * face.skin)
            inner = (sign * 1.01, .16)
            self._ellipse(picture, inner, .05, .13, .76 * face.skin)
        return self._head(picture)

    def _head(self, picture: np.ndarray) -> np.ndarray:
        """The bare head, shaded."""
        face, side = self.face, self.size * _SUPER
        # From the temple to the chin and back.
        left = np.array([(0, -1.05), (.5, -.98), (.86, -.66), (.98, -.2),
                         (.96, .2), (.9, .55), (face.jaw, .88),
                         (.4, face.chin - .07), (.16, face.chin)])
        mask = self._mask(curve([*left, *left[:0:-1] * [-1, 1]], closed=True))
        inside = mask[..., None] / 255
        depth = self._blurred(mask, .28)[..., None] / 255.
        x = (np.arange(side) / side - .5)[None, :, None]
        tone = .7 + .34 * depth**1.2 + .22 * face.light * x
        warm = np.zeros((side, side), np.uint8)
        for sign in SIDES:
            self._ellipse(warm, (sign * .55, .45), .26, .2, 255)
        warm = self._blurred(warm, .14)[..., None] / 255.
        skin = face.skin * tone * (1 - warm * [.0, .1, .09])
        beard = self._mask(
            curve([(-.9, .5), (-.45, .62), (-.3, .66), (0, .68), (.3, .66),
                   (.45, .62), (.9, .5), (.7, 1.1), (0, 1.4), (-.7, 1.1)],
                  closed=True))
        beard = self._blurred(beard, .1)[..., None] / 255.
        skin = skin * (1 - .3 * face.beard * beard)
        picture = picture * (1 - inside) + skin * inside
        picture = picture.clip(0, 255).astype(np.uint8)
        self._ellipse(picture, face.mole, .022, .022, .5 * face.skin)
        return picture

    def _hair_behind(self, picture: np.ndarray) -> None:
        face = self.face
        low = (1.12, 1.6) if face.style == 'long' else (.96, .05)
        dark = .82 * face.hair
        left = np.array([(0, -1.24), (.62, -1.16), (1.06, -.7), (1.12, -.2),
                         low])
        self._fill(picture, curve([*left, *left[::-1] * [-1, 1]]), dark)
        if face.style == 'bun':
            self._ellipse(picture, (0, -1.2), .34, .22, dark)

    def _draw_fringe(self) -> Tuple[np.ndarray, np.ndarray]:
        """Hair in front of the head: the picture (S, S, 3) and alpha."""
        lines = dict(
            short=[(-.97, -.15), (-.9, -.5), (-.55, -.74), (0, -.78),
                   (.55, -.74), (.9, -.5), (.97, -.15)],
            parted=[(-.98, 0), (-.9, -.42), (-.62, -.62), (-.3, -.86),
                    (.1, -.66), (.7, -.52), (.98, 0)],
            long=[(-.99, .9), (-.86, 0), (-.72, -.5), (-.05, -.9), (.72, -.5),
                  (.86, 0), (.99, .9)],
            bun=[(-.98, -.2), (-.86, -.6), (-.5, -.82), (0, -.88), (.5, -.82),
                 (.86, -.6), (.98, -.2)])
        face = self.face
        hairline = curve(lines[face.style])
        end = hairline[-1] + [.04, 0]
        side = np.array([(1.07, -.6), (.64, -1.12)])
        crown = curve(
            [end, *side, (0, -1.22), *side[::-1] * [-1, 1], end * [-1, 1]])
        alpha = self._mask(np.concatenate([hairline, crown]))
        hair = face.hair.clip(0, 255).astype(np.uint8)
        picture = np.tile(hair, (*alpha.shape, 1))
        # Strands: light and dark lines that follow the head.
        for i, x in enumerate(np.linspace(-1., 1., 25)):
            tone = 1.16 if i % 3 == 0 else .9
            strand = curve([(.35 * x, -1.25), (.8 * x, -.95), (1.05 * x, -.4),
                            (1.08 * x, 1.)])
            self._line(picture, strand, tone * face.hair, .022)
        return self._blurred(picture, .012), alpha

    def _crease(self, picture: np.ndarray, marks: Features) -> None:
        """Darken the skin along its folds, in place."""
        layer = np.zeros(picture.shape[:2], np.uint8)
        for points, depth in marks.creases:
            self._line(layer, points, 255 * min(depth, 1.), .035)
        layer = self._blurred(layer, .018)
        dark = 256 - (layer.astype(np.uint16) * 105 >> 8)
        picture[:] = picture.astype(np.uint16) * dark[..., None] >> 8

    def _nose(self, picture: np.ndarray, marks: Features) -> None:
        skin, face = self.face.skin, self.face
        dark = .74 * skin
        sign = 1 if face.light < 0 else -1
        layer = picture.copy()
        bridge = [(sign * .09, -.1), (sign * .1, .2),
                  (sign * face.nose_wide * .7, face.nose - .16)]
        self._line(layer, curve(bridge), dark, .05)
        self._ellipse(layer, (0, face.nose - .1), .07, .06, 1.06 * skin)
        cv2.addWeighted(
            self._blurred(layer, .03), .6, picture, .4, 0, dst=picture)
        for wing, nostril in zip(marks.wings, marks.nostrils):
            self._line(picture, wing, dark, .028)
            self._ellipse(picture, nostril, .06, .028, .42 * skin)

    def _eye(self, picture: np.ndarray, outline: np.ndarray, pupil: np.ndarray,
             closed: float) -> None:
        face = self.face
        upper, lower = np.split(outline, 2)
        upper = upper + closed * (lower[::-1] - upper)
        outline = np.concatenate([upper, lower])
        ball = picture.copy()
        self._fill(ball, outline * [1, 1.6], [238, 236, 232])
        self._ellipse(ball, pupil, .105, .105, .72 * face.iris)
        self._ellipse(ball, pupil, .088, .088, face.iris)
        self._ellipse(ball, pupil, .046, .046, [18, 16, 18])
        self._ellipse(ball, pupil + [.035, -.035], .022, .022, [250] * 3)
        # The lid throws a shadow on the ball.
        self._line(ball, upper + [0, .012], [120, 112, 110], .03)
        picture[:] = _blend(picture, ball, self._mask(outline))
        self._line(picture, upper, .3 * face.hair + 12, .034)
        self._line(picture, lower, .62 * face.skin, .014)

    def _mouth(self, picture: np.ndarray, marks: Features) -> None:
        lips = self.face.lips
        self._fill(picture, marks.gap, [70, 24, 28])
        self._fill(picture, marks.upper_lip, .88 * lips)
        self._fill(picture, marks.lower_lip, lips)
        shine = marks.lower_lip.mean(0) + [0, .012]
        self._ellipse(picture, shine, .1, .012, 1.08 * lips)
        self._line(picture, marks.mouth_line, .45 * lips, .022)

    def _glasses(self, picture: np.ndarray) -> None:
        colour, eye = [52, 48, 52], self.face.eye_x
        turn = np.linspace(0, 2 * np.pi, 40)
        x, y = .31 * np.cos(turn), .02 + .25 * np.sin(turn)
        for sign in SIDES:
            ring = np.stack([sign * eye + x, y], 1)
            self._line(picture, ring, colour, .028)
            arm = [(sign * (eye + .3), -.02), (sign * 1., -.04)]
            self._line(picture, arm, colour, .026)
        bridge = curve([(.3 - eye, -.02), (0, -.06), (eye - .3, -.02)])
        self._line(picture, bridge, colour, .028)


def _blend(below: np.ndarray, above: np.ndarray,
           alpha: np.ndarray) -> np.ndarray:
    """Put a picture over another by alpha (S, S) uint8."""
    x, y, width, height = cv2.boundingRect(alpha)
    window = slice(y, y + height), slice(x, x + width)
    share = alpha[window].astype(np.uint16)[..., None]
    mixed = (above[window] * share + below[window] * (255 - share)) // 255
    result = below.copy()
    result[window] = mixed.astype(np.uint8)
    return result


def _ink(colour) -> tuple:
    """A colour for OpenCV; a number for a mask."""
    values = np.clip(np.atleast_1d(colour), 0, 255)
    return tuple(int(value) for value in values)
