# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The room: wall, floor and the stool on which the person sits.

Shapes: H height, W width; colours are RGB, 0-255.
"""
from typing import Tuple

import cv2
import numpy as np

from .appearance import Subject
from .geometry import Camera, capsule, ellipse, fill, ink, outline
from .skeleton import SIDE_SIGN


def make_room(rng: np.random.Generator, subject: Subject,
              size: Tuple[int, int], appearance: str) -> np.ndarray:
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
    if appearance == 'hard':
        _clutter(rng, room)
    return _with_stool(room, subject, camera)


def _clutter(rng: np.random.Generator, room: np.ndarray) -> None:
    """Hang things on the wall and put things on the floor, in place."""
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
        polygon = capsule(
            *(camera.project(np.array([place])) for place in (start, end)),
            radius, radius)
        for layer in (outline(polygon, colour,
                              camera.outline), ink(polygon, colour)):
            fill(room, layer[0][0], layer[1])
    return room
