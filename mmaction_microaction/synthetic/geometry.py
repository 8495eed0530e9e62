# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Camera, outlines of objects, and the empty room.

Shapes: T frames, P polygon corners, H height, W width; colours RGB, 0-255.
"""
from typing import Tuple

import cv2
import numpy as np

from .appearance import Size, Subject
from .skeleton import SIDE_SIGN

_SHIFT = 4  # cv2: coordinates in 1/16 pixel
_TILT = .26  # radians: the camera looks down a little
_ARC = np.linspace(0, np.pi, 7)
_CIRCLE = np.linspace(0, 2 * np.pi, 24, endpoint=False)


class Camera:
    """Weak perspective from slightly above, hand-held."""

    def __init__(self, size: Size, subject: Subject,
                 shake: np.ndarray) -> None:
        width, height = size
        # Pixels: a torso length, the width of outlines, (T, 2) displacements.
        self.scale = subject.zoom * min(height / 3.65, width / 2.62)
        self.outline = max(.012 * self.scale, .45)
        self.shake = shake * self.scale
        middle = np.array([.5 * width, .56 * height])
        self.centre = middle + subject.offset * self.scale

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
    arcs = radii * np.stack([np.cos(turns), np.sin(turns)])
    return ends + arcs.transpose(1, 2, 0)


def ellipse(centre: np.ndarray, half_width: np.ndarray,
            half_height: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """(T, P, 2) ellipse; centre (T, 2), the others (T,) or numbers."""
    x = np.multiply.outer(half_width * np.ones(len(centre)), np.cos(_CIRCLE))
    y = np.multiply.outer(half_height * np.ones(len(centre)), np.sin(_CIRCLE))
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    ring = np.stack([x * cos - y * sin, x * sin + y * cos], -1)
    return centre[:, None] + ring


#: A polygon in fixed-point numbers, (T, P, 2) int32, with its colour.
Ink = Tuple[np.ndarray, Tuple[int, int, int]]


def ink(polygon: np.ndarray, colour: np.ndarray) -> Ink:
    """Prepare a polygon (T, P, 2), in pixels, for filling."""
    # OpenCV has the centre of the first pixel at 0, we at 0.5.
    fixed = ((polygon - .5) * (1 << _SHIFT)).astype(np.int32)
    return fixed, tuple(int(c) for c in np.clip(colour, 0, 255))


def outline(polygon: np.ndarray, colour: np.ndarray, width: float) -> Ink:
    """The darker rim of a convex polygon (T, P, 2), ``width`` pixels wide."""
    away = polygon - polygon.mean(1, keepdims=True)
    length = np.linalg.norm(away, axis=-1, keepdims=True)
    rim = polygon + width * away / np.maximum(length, 1e-6)
    return ink(rim, .62 * np.asarray(colour))


def fill(frame: np.ndarray, polygon: np.ndarray, colour) -> None:
    """Fill one convex polygon (P, 2) of :func:`ink` in a frame, in place."""
    cv2.fillConvexPoly(frame, polygon, colour, cv2.LINE_AA, _SHIFT)


def shifted(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """A picture (H, W, 3) moved by pixels, with continued border."""
    return cv2.warpAffine(
        picture,
        np.float32([[1, 0, x], [0, 1, y]]),
        picture.shape[1::-1],
        borderMode=cv2.BORDER_REPLICATE)


def make_room(rng: np.random.Generator, subject: Subject,
              size: Size) -> np.ndarray:
    """(H, W, 3) uint8: the room without the person."""
    width, height = size
    camera = Camera(size, subject, np.zeros((1, 2)))
    horizon = camera.project(np.array([[0, .75, -.6]]))[0, 1]
    wall, floor = subject.colours['wall'], subject.colours['floor']
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    room = np.where((rows < horizon)[..., None], wall, floor)
    skirting = np.abs(rows - horizon) < .009 * height
    room[skirting] = .72 * wall
    # A lamp on one side: the wall gets darker towards the other.
    lamp = rng.uniform(.3, .7) * width
    away = ((columns - lamp) / width)**2 + (rows / height - .3)**2
    room = room * (1.04 - .22 * away[..., None])
    room = np.ascontiguousarray(room.clip(0, 255).astype(np.uint8))
    if subject.appearance == 'hard':
        _clutter(rng, room)
    return _with_stool(room, subject, camera)


def _clutter(rng: np.random.Generator, room: np.ndarray) -> None:
    """Put objects on wall and floor, in place."""
    height, width = room.shape[:2]
    for _ in range(rng.integers(12, 25)):
        colour = rng.integers(0, 256, 3).tolist()
        x, y = rng.uniform(-.1, 1, 2) * (width, height)
        w, h = rng.uniform(.05, .35, 2) * width
        if rng.random() < .6:
            corner = int(x + w), int(y + h)
            cv2.rectangle(room, (int(x), int(y)), corner, colour, -1)
        else:
            box = ((x, y), (w, h), rng.uniform(0, 180))
            cv2.ellipse(room, box, colour, -1, cv2.LINE_AA)


def _with_stool(room: np.ndarray, subject: Subject,
                camera: Camera) -> np.ndarray:
    """Put an empty stool and its shadow into a room."""
    floor = subject.build.shin + .08
    centre = camera.project(np.array([[0., floor, .2]]))
    axes = .62 * camera.scale, .2 * camera.scale
    shadow = np.zeros(room.shape[:2], np.uint8)
    polygon, _ = ink(ellipse(centre, *axes, np.zeros(1)), np.zeros(3))
    fill(shadow, polygon[0], 255)
    shadow = cv2.GaussianBlur(shadow, (0, 0), .06 * camera.scale)
    room = (room * (1 - shadow[..., None] / 255 * .25)).astype(np.uint8)

    # Legs, rung and seat: both ends and the radius.
    lines = [((x * .24, .16, z), (x * .4, floor, z), .045) for z in (-.2, .15)
             for x in SIDE_SIGN]
    lines += [((-.33, .62, .15), (.33, .62, .15), .03),
              ((-.27, .15, .05), (.27, .15, .05), .09)]
    colour = subject.colours['stool']
    for start, end, radius in lines:
        radius *= camera.scale
        ends = camera.project(np.array([[start, end]])).swapaxes(0, 1)
        polygon = capsule(*ends, radius, radius)
        rim = outline(polygon, colour, camera.outline)
        for corners, tone in (rim, ink(polygon, colour)):
            fill(room, corners[0], tone)
    return room
