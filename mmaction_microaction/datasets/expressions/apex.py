# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Apex spotting: the frame that differs most from the onset.

Shapes: T frames of H x W pixels; h x w, reduced.
"""
from typing import Sequence

import numpy as np
from scipy.ndimage import correlate1d, median_filter, uniform_filter1d

from mmaction_microaction.utils.errors import UserError

_SIDE = 64  # pixels, short side of reduced frames
#: The face in an aligned image: centre and half axes of an ellipse, relative
#: to width and height.
_FACE = (.5, .52, .4, .46)


def find_apex(frames: Sequence[np.ndarray]) -> int:
    """Index of the frame that differs most from the first one, the onset.

    Frames are downscaled, smoothed, and compared with the onset in an ellipse,
    the face in an aligned image. Small shifts and changes of lighting (a least
    squares fit to the onset's gradients, its grey values and a constant) are
    removed. The curve of the residual is smoothed over a tenth of the clip,
    with equal weights up to the ends. From five frames on, a temporal median
    over three frames comes first, against single bad frames.

    Args:
        frames (Sequence[np.ndarray]): T frames (H, W) or (H, W, 3), uint8 or
            float, of one size, starting with the onset; or these reduced by
            :func:`reduce_frame`, with the same result.

    Raises:
        UserError: For fewer than two frames, or several sizes.
    """
    return int(departure(frames)[1:].argmax()) + 1


def departure(frames: Sequence[np.ndarray]) -> np.ndarray:
    """(T,) float64, the difference of each frame from the first, in grey
    values (smoothed root mean square). Arguments: :func:`find_apex`."""
    if len(frames) < 2:
        raise UserError('an apex takes at least two frames, but got '
                        f'{len(frames)}')
    shapes = {np.shape(frame)[:2] for frame in frames}
    if len(shapes) > 1:
        raise UserError(f'frames must have one size, but got {shapes}')
    grey = _median(np.stack([_blur(reduce_frame(x)) for x in frames]))
    # Averaging over the first frames reduces the onset's noise.
    width = max(len(grey) // 10, 1)
    grey = _smooth(grey, width)
    reach = width // 2
    if reach:  # full windows at the ends: smaller ones are noisier
        grey[:reach], grey[-reach:] = grey[reach], grey[-reach - 1]
    return _smooth(_unexplained(grey - grey[0], grey[0]), width)


def reduce_frame(frame: np.ndarray) -> np.ndarray:
    """Convert a frame (H, W) or (H, W, 3) to grey (h, w) float64, averaged
    over square blocks to a short side of 64 to 127 pixels, if larger."""
    frame = np.asarray(frame, dtype=np.float64)
    grey = frame.mean(-1) if frame.ndim == 3 else frame
    step = max(min(grey.shape) // _SIDE, 1)
    height, width = (side // step for side in grey.shape)
    grey = grey[:height * step, :width * step]
    return grey.reshape(height, step, width, step).mean((1, 3))


def _unexplained(change: np.ndarray, onset: np.ndarray) -> np.ndarray:
    """(T,) root mean square of (T, h, w) changes in the face after removal of
    shift and lighting."""
    face = _face(*onset.shape)
    causes = [*np.gradient(onset), onset, np.ones_like(onset)]
    causes = np.stack(causes, -1)[face]
    target = change[:, face].T
    fit, *_ = np.linalg.lstsq(causes, target, rcond=None)
    return np.sqrt(((target - causes @ fit)**2).mean(0))


def _face(height: int, width: int) -> np.ndarray:
    """(h, w) bool, mask of the ellipse."""
    x, y, half_x, half_y = _FACE
    rows = ((np.arange(height) + .5) / height - y) / half_y
    columns = ((np.arange(width) + .5) / width - x) / half_x
    return rows[:, None]**2 + columns**2 <= 1


def _blur(picture: np.ndarray) -> np.ndarray:
    """Binomial filter over 3 x 3 pixels."""
    for axis in (0, 1):
        picture = correlate1d(picture, [.25, .5, .25], axis, mode='nearest')
    return picture


def _median(values: np.ndarray) -> np.ndarray:
    """Median of three neighbours along the first axis; at the ends, of the
    first or last three."""
    if len(values) < 5:
        return values
    inner = median_filter(values, (3, 1, 1))[1:-1]
    return np.concatenate([inner[:1], inner, inner[-1:]])


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Mean over ``2 * (width // 2) + 1`` neighbours along the first axis."""
    if width < 2:  # the filter's running sum would part equal values
        return values
    return uniform_filter1d(values, 2 * (width // 2) + 1, 0, mode='nearest')
