# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The camera, and outlines of things in the picture.

Shapes: T frames, P polygon corners.
"""
from typing import Tuple

import cv2
import numpy as np

from .appearance import Subject

_SHIFT = 4  # cv2: coordinates in 1/16 pixel
_TILT = .26  # radians: the camera looks down a little
_ARC = np.linspace(0, np.pi, 7)
_CIRCLE = np.linspace(0, 2 * np.pi, 24, endpoint=False)


class Camera:
    """Weak perspective from slightly above, with a shaking hand.

    ``scale`` is the pixels of one torso length, ``outline`` the width of
    outlines and ``shake`` (T, 2) the displacement, both in pixels.
    """

    def __init__(self, size: Tuple[int, int], subject: Subject,
                 shake: np.ndarray) -> None:
        width, height = size
        self.scale = subject.zoom * min(height / 3.65, width / 2.62)
        self.outline = max(.012 * self.scale, .45)
        self.shake = shake * self.scale
        self.centre = np.array([.5 * width, .56 * height])
        self.centre = self.centre + subject.offset * self.scale

    def project(self, points: np.ndarray) -> np.ndarray:
        """(T, ..., 3) torso lengths to (T, ..., 2) pixels."""
        x, y, z = np.moveaxis(points, -1, 0)
        near = self.scale / (1 - z / 7)
        flat = np.stack(
            [x * near, (y * np.cos(_TILT) + z * np.sin(_TILT)) * near], -1)
        shake = self.shake.reshape(-1, *[1] * (points.ndim - 2), 2)
        return flat + self.centre + shake


def capsule(a: np.ndarray, b: np.ndarray, radius_a: float,
            radius_b: float) -> np.ndarray:
    """(T, P, 2) outline round two discs at a and b, each (T, 2)."""
    angle = np.arctan2(*(b - a).T[::-1])[:, None]
    turns = np.concatenate(
        [angle + _ARC + np.pi / 2, angle + _ARC - np.pi / 2], 1)
    radii = np.repeat([radius_a, radius_b], len(_ARC))
    ends = np.repeat(np.stack([a, b], 1), len(_ARC), axis=1)
    return ends + (
        radii * np.stack([np.cos(turns), np.sin(turns)])).transpose(1, 2, 0)


def ellipse(centre: np.ndarray, half_width: np.ndarray,
            half_height: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """(T, P, 2) ellipse; centre (T, 2), the others (T,) or numbers."""
    x = np.multiply.outer(half_width * np.ones(len(centre)), np.cos(_CIRCLE))
    y = np.multiply.outer(half_height * np.ones(len(centre)), np.sin(_CIRCLE))
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return centre[:, None] + np.stack([x * cos - y * sin, x * sin + y * cos],
                                      -1)


#: A polygon in fixed-point numbers, (T, P, 2) int32, with its colour.
Ink = Tuple[np.ndarray, Tuple[int, int, int]]


def ink(polygon: np.ndarray, colour: np.ndarray) -> Ink:
    """Make a polygon (T, P, 2), in pixels, ready to be filled."""
    # OpenCV has the centre of the first pixel at 0, we at 0.5.
    fixed = ((polygon - .5) * (1 << _SHIFT)).astype(np.int32)
    return fixed, tuple(int(c) for c in np.clip(colour, 0, 255))


def outline(polygon: np.ndarray, colour: np.ndarray, width: float) -> Ink:
    """The darker rim of a convex polygon (T, P, 2), ``width`` pixels wide."""
    away = polygon - polygon.mean(1, keepdims=True)
    length = np.linalg.norm(away, axis=-1, keepdims=True)
    rim = polygon + width * away / np.maximum(length, 1e-6)
    return ink(rim, .62 * np.asarray(colour))


def fill(frame: np.ndarray, polygon: np.ndarray, colour: Tuple[int, int,
                                                               int]) -> None:
    """Fill one convex polygon (P, 2) of :func:`ink` in a frame, in place."""
    cv2.fillConvexPoly(frame, polygon, colour, cv2.LINE_AA, _SHIFT)
