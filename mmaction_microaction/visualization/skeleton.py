# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The skeleton of a person, drawn on a frame."""
from typing import Union

import cv2
import numpy as np

from mmaction_microaction.pose import KeypointLayout

#: RGB of the person's left side, right side, and of what is in the middle.
_LEFT, _RIGHT, _MIDDLE = (255, 140, 0), (0, 170, 255), (120, 230, 60)


def draw_skeleton(frame: np.ndarray,
                  points: np.ndarray,
                  scores: np.ndarray,
                  layout: Union[str, KeypointLayout] = 'openpose28',
                  threshold: float = .3) -> None:
    """Draw a skeleton into a frame, the person's left side in orange, the
    right side in blue.

    Args:
        frame (np.ndarray): (H, W, 3) uint8 RGB, changed in place.
        points (np.ndarray): (V, 2), x and y in pixels.
        scores (np.ndarray): (V,).
        layout (str | KeypointLayout): Of the V points.
        threshold (float): Points of a lower score, or of 0, are omitted with
            their bones.
    """
    layout = KeypointLayout.load(layout)
    seen = (scores >= threshold) & (scores > 0) & np.isfinite(points).all(-1)
    colours = dict.fromkeys(layout.left, _LEFT)
    colours.update(dict.fromkeys(layout.right, _RIGHT))
    size = max(1, round(min(frame.shape[:2]) / 200))
    near = np.where(seen[:, None], points, 0).clip(-9999, 9999)
    places = [tuple(map(int, x)) for x in near]
    canvas = np.ascontiguousarray(frame)  # OpenCV draws on nothing else
    for a, b in layout.edges:
        if seen[a] and seen[b]:
            colour = colours.get(a, _MIDDLE)
            cv2.line(canvas, places[a], places[b], colour, size, cv2.LINE_AA)
    for i in np.flatnonzero(seen):
        colour = colours.get(i, _MIDDLE)
        cv2.circle(canvas, places[i], size + 1, colour, -1, cv2.LINE_AA)
    frame[:] = canvas
