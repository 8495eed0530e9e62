# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A little sitting-upright figure whose body parts light up."""
from typing import Dict

import numpy as np
from PIL import Image, ImageDraw

# Parts of the figure that belong to the body parts, in their order.
_PARTS = (('torso', ), ('head', ), ('arms', 'hands'), ('legs', ),
          ('torso', 'hands'), ('head', 'hands'), ('legs', 'hands'))
# In units of the height: strokes as (width, x, y, x, y, ...), mirrored for
# the other side; the middle of the figure is at 0.
_STROKES = dict(
    torso=(0.2, 0.0, 0.36, 0.0, 0.52),
    arms=(0.075, 0.165, 0.32, 0.225, 0.45, 0.215, 0.54),
    legs=(0.095, 0.065, 0.68, 0.08, 0.80, 0.08, 0.93),
    hands=(0.105, 0.215, 0.6, 0.215, 0.605),
    head=(0.2, 0.0, 0.115, 0.0, 0.12))
_OVERSAMPLING = 4
#: Width to height.
ASPECT = 0.6


def draw_pictogram(height: int, bodies: Dict[int, str], colour: str,
                   background: str) -> np.ndarray:
    """Draw the figure.

    Args:
        height (int): Pixels.
        bodies (dict[int, str]): Body parts that light up, and in which
            colour.
        colour (str): Of the others.
        background (str): Behind the figure.

    Returns:
        np.ndarray: (height, height * ASPECT, 3) uint8, RGB.
    """
    scale = height * _OVERSAMPLING
    image = Image.new('RGB', (round(scale * ASPECT), scale), background)
    pen = ImageDraw.Draw(image)
    lit = {
        part: shade
        for body, shade in bodies.items()
        for part in _PARTS[body]
    }
    for part, (width, *points) in _STROKES.items():
        for side in (-1, 1):
            line = [((ASPECT / 2 + side * x) * scale, y * scale)
                    for x, y in zip(points[::2], points[1::2])]
            _draw_stroke(pen, line, width * scale, lit.get(part, colour))
    size = (round(height * ASPECT), height)
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def _draw_stroke(pen: ImageDraw.ImageDraw, line: list, width: float,
                 colour: str) -> None:
    """A line with round ends and corners."""
    pen.line(line, colour, round(width))
    for x, y in line:
        r = width / 2
        pen.ellipse((x - r, y - r, x + r, y + r), colour)
