# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A video on one picture.

Shapes: N frames of H x W pixels.
"""
import math
from typing import Iterator, List, Tuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import square_shape
from .style import format_time, load_font

_GAP = 3  # pixels
_CAPTION = '#ffffff'
_BEHIND_CAPTION = (0, 0, 0, 150)  # RGBA


def contact_sheet(video_path: str,
                  num_frames: int = 12,
                  width: int = 1200) -> np.ndarray:
    """Put frames of a video side by side, each with its time.

    Args:
        video_path (str): The video.
        num_frames (int): N, evenly spread in time. Fewer if the video has
            fewer, or cannot be read to its end. Defaults to 12.
        width (int): Pixels of the sheet, or as many as go into whole tiles
            of one size. Defaults to 1200.

    Returns:
        np.ndarray: (height, width, 3) uint8, RGB, black where there is no
        frame.

    Raises:
        FileNotFoundError: If there is no such video.
        ValueError: If it is no video, or if a number is not positive.
    """
    if num_frames < 1 or width < 1:
        raise UserError('num_frames and width must be positive, but got '
                        f'{num_frames} and {width}')
    video = VideoFile(video_path)
    height, breadth = square_shape(video_path, video.shape)
    # Upright pictures go more to a row, so that a sheet fits on a page.
    columns = min(num_frames, len(video), 6 if height > breadth else 4)
    tile = max(1, (width - (columns - 1) * _GAP) // columns)
    size = (tile, max(1, round(tile * height / breadth)))
    tiles = [
        _caption(
            cv2.resize(rgb, size, interpolation=cv2.INTER_AREA),
            format_time(time, 0.1 if video.end < 60 else 1))
        for time, rgb in _spread_frames(video, num_frames)
    ]
    rows = math.ceil(len(tiles) / columns)
    sheet = np.zeros(
        (rows * (size[1] + _GAP) - _GAP, columns * (tile + _GAP) - _GAP, 3),
        np.uint8)
    for i, picture in enumerate(tiles):
        y = i // columns * (size[1] + _GAP)
        x = i % columns * (size[0] + _GAP)
        sheet[y:y + size[1], x:x + size[0]] = picture
    return sheet


def _spread_frames(video: VideoFile,
                   number: int) -> Iterator[Tuple[float, np.ndarray]]:
    """The frames in the middle of equal parts, or the next ones after them
    that can be read; one at a time is at its full size."""
    middles = (np.arange(number) + 0.5) / number * video.end
    wanted = np.searchsorted(video.times, middles, 'right') - 1
    wanted: List[int] = np.unique(wanted).tolist()
    for index, frame in video.frames():
        if index >= wanted[0]:
            yield float(video.times[index]), video.to_rgb(frame)
            wanted = [i for i in wanted if i > index]
            if not wanted:
                return


def _caption(picture: np.ndarray, text: str) -> np.ndarray:
    height, width = picture.shape[:2]
    font = load_font(max(9, min(width // 10, 18)))
    pen = ImageDraw.Draw(image := Image.fromarray(picture), 'RGBA')
    pad = font.size // 3
    box = (0, height - font.size - 2 * pad,
           font.getlength(text) + 2 * pad, height)  # yapf: disable
    pen.rectangle(box, _BEHIND_CAPTION)
    pen.text((pad, height - pad - font.size / 2), text, _CAPTION, font, 'lm')
    return np.asarray(image)
