# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds the apex of a micro-expression: the largest departure from the onset.

Shapes: T frames of H x W pixels; h x w, reduced.
"""
from typing import Sequence

import numpy as np
from scipy.ndimage import correlate1d, median_filter, uniform_filter1d

from mmaction_microaction.utils.errors import UserError

_SIDE = 64  # pixels: the short side that frames are reduced to
#: The face in an aligned picture: centre and half axes of an ellipse, in
#: shares of width and height.
_FACE = (.5, .52, .4, .46)


def find_apex(frames: Sequence[np.ndarray]) -> int:
    """Find the frame that departs most from the first one: its index.

    Frames are reduced, smoothed, and compared with the onset in an ellipse,
    where the face is in an aligned picture. What a small shift of the picture
    and a change of light explain (a least squares fit to the onset's slopes,
    its grey values and a constant) does not count. The curve of what is left
    is smoothed over a tenth of the clip; frames close to the end weigh as much
    as the others. From five frames on, every pixel is first replaced by its
    median over three frames, so that a single bad frame, be it the onset, has
    no weight.

    Args:
        frames (Sequence[np.ndarray]): T frames (H, W) or (H, W, 3), uint8 or
            float, all of one size, from the onset on; or what
            :func:`reduce_frame` makes of them, with the same result.
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
    grey = _median(np.stack([_blur(reduce_frame(x)) for x in frames]))
    # The onset lasts several frames, and their mean has less noise.
    width = max(len(grey) // 10, 1)
    grey = _smooth(grey, width)
    reach = width // 2
    if reach:  # whole windows at the ends: others' noise would look like more
        grey[:reach], grey[-reach:] = grey[reach], grey[-reach - 1]
    return _smooth(_unexplained(grey - grey[0], grey[0]), width)


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


def _unexplained(change: np.ndarray, onset: np.ndarray) -> np.ndarray:
    """(T,) root mean square of (T, h, w) changes of the face without shift and
    light."""
    face = _face(*onset.shape)
    causes = [*np.gradient(onset), onset, np.ones_like(onset)]
    causes = np.stack(causes, -1)[face]
    target = change[:, face].T
    fit, *_ = np.linalg.lstsq(causes, target, rcond=None)
    return np.sqrt(((target - causes @ fit)**2).mean(0))


def _face(height: int, width: int) -> np.ndarray:
    """(h, w) bool: which pixels are inside the ellipse."""
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
