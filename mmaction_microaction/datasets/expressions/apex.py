# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds the apex of a micro-expression: the largest departure from the onset.

Shapes: T frames of H x W pixels; h x w, reduced.
"""
from typing import Sequence, Tuple

import numpy as np
from scipy.ndimage import correlate1d, median_filter, uniform_filter1d

from mmaction_microaction.utils.errors import UserError

_SIDE = 64  # pixels: the short side that frames are reduced to
#: The face in an aligned picture: centre and half axes of an ellipse, in
#: shares of width and height.
_FACE = (.5, .52, .4, .46)


def find_apex(frames: Sequence[np.ndarray]) -> int:
    """Find the frame that departs most from the first one.

    Frames are reduced, smoothed, and compared with the onset in an ellipse,
    where the face is in an aligned picture.
    What a small shift of the picture and a change of light explain (a least
    squares fit to the onset's slopes, its grey values and a constant) does not
    count. The curve of what is left is smoothed over a tenth of the clip.
    Frames close to the end weigh as much as the others. From five frames on,
    every pixel is first replaced by its median over three frames, so that a
    single bad frame, be it the onset, has no weight.

    Args:
        frames (Sequence[np.ndarray]): T frames (H, W) or (H, W, 3), uint8 or
            float, all of one size, from the onset on; or what
            :func:`reduce_frame` makes of them, with the same result.

    Returns:
        int: Index of the apex, 1 to T - 1.
    """
    return int(departure(frames)[1:].argmax()) + 1


def departure(frames: Sequence[np.ndarray]) -> np.ndarray:
    """How much every frame departs from the first one, (T,) float64: grey
    values (root mean square), smoothed. Arguments: :func:`find_apex`."""
    if len(frames) < 2:
        raise UserError('an apex takes at least two frames, but got '
                        f'{len(frames)}')
    shapes = {np.shape(frame)[:2] for frame in frames}
    if len(shapes) > 1:
        raise UserError(f'frames must have one size, but got {shapes}')
    grey = np.stack([_blur(reduce_frame(frame)) for frame in frames])
    weights = _face_region(grey.shape[1:])
    grey = _median(grey)
    # The onset lasts several frames, and their mean has less noise.
    width = max(len(grey) // 10, 1)
    grey = _smooth(grey, width)
    reach = width // 2
    if reach:  # whole windows at the ends: others' noise would look like more
        grey[:reach], grey[-reach:] = grey[reach], grey[-reach - 1]
    left = _unexplained(grey - grey[0], grey[0], weights)
    return _smooth(left, width)


def reduce_frame(frame: np.ndarray) -> np.ndarray:
    """Keep of a frame (H, W) or (H, W, 3) what the search looks at: (h, w)
    float64, grey, means over squares of pixels, so that the short side has 64
    to 127 pixels, unless it has fewer before."""
    frame = np.asarray(frame, dtype=np.float64)
    grey = frame.mean(-1) if frame.ndim == 3 else frame
    step = max(min(grey.shape) // _SIDE, 1)
    height, width = (side // step for side in grey.shape)
    grey = grey[:height * step, :width * step]
    return grey.reshape(height, step, width, step).mean((1, 3))


def _unexplained(change: np.ndarray, onset: np.ndarray,
                 weights: np.ndarray) -> np.ndarray:
    """(T,) root mean square of (T, h, w) changes without shift and light."""
    root = np.sqrt(weights).ravel()
    rows, columns = np.gradient(onset)
    causes = np.stack([rows, columns, onset, np.ones_like(onset)], -1)
    causes = causes.reshape(-1, 4) * root[:, None]
    target = change.reshape(len(change), -1).T * root[:, None]
    fit, *_ = np.linalg.lstsq(causes, target, rcond=None)
    return np.sqrt(((target - causes @ fit)**2).sum(0))


def _face_region(shape: Tuple[int, int]) -> np.ndarray:
    """(H, W) weights with the sum 1, even inside the ellipse, 0 outside."""
    height, width = shape
    x, y, half_x, half_y = _FACE
    rows = ((np.arange(height) + .5) / height - y) / half_y
    columns = ((np.arange(width) + .5) / width - x) / half_x
    inside = (rows[:, None]**2 + columns**2 <= 1).astype(np.float64)
    return inside / inside.sum()


def _blur(picture: np.ndarray) -> np.ndarray:
    """Binomial filter over 3 x 3 pixels."""
    for axis in (0, 1):
        picture = correlate1d(picture, [.25, .5, .25], axis, mode='nearest')
    return picture


def _median(values: np.ndarray) -> np.ndarray:
    """Median of three neighbours along the first axis; at the ends, of the
    first or last three, so that no single one gets through."""
    if len(values) < 5:
        return values
    inner = median_filter(values, (3, 1, 1))[1:-1]
    return np.concatenate([inner[:1], inner, inner[-1:]])


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Mean over ``2 * (width // 2) + 1`` neighbours along the first axis."""
    if width < 2:  # the filter's running sum would part equal values
        return values
    return uniform_filter1d(values, 2 * (width // 2) + 1, 0, mode='nearest')
