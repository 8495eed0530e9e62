# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Frames of clips side by side: T frames of H x W pixels, K classes."""
import math
from contextlib import closing
from dataclasses import dataclass
from typing import Callable, Iterator, Optional, Sequence, Tuple

import cv2
import numpy as np
from matplotlib.axes import Axes
from PIL import Image, ImageDraw

from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import square_shape
from .style import format_time, load_font, new_figure

_ROW, _TITLE = 1.35, 0.3  # inches, the heights of frames and of a title
_TOP = 5  # classes of a prediction
_ALPHA = 0.6  # the names stand on the bars
_GAP = 3  # pixels between the frames of a sheet


@dataclass(frozen=True)
class Strip:
    """One row of frames."""
    title: str  # stands above them
    frames: np.ndarray  # (T, H, W, 3), uint8, or float from 0 to 1; RGB


@dataclass(frozen=True)
class PredictedClip:
    """Content of one row of a picture of predictions."""
    name: str
    frames: np.ndarray  # (T, H, W, 3), uint8, RGB
    scores: np.ndarray  # (K,) float, probabilities
    label: Optional[int] = None  # the true class, if it is known


def draw_strips(strips: Sequence[Strip], path: str) -> None:
    """Draw rows of frames, of any number and size, into a png file; ValueError
    without rows."""
    if not strips:
        raise UserError('there are no strips to draw')
    shapes = (strip.frames.shape for strip in strips)
    width = max(_ROW * t * w / h for t, h, w, _ in shapes)
    figure = new_figure(max(width, 6), (_ROW + _TITLE) * len(strips))
    rows = figure.subplots(len(strips), 1, squeeze=False)[:, 0]
    for axes, strip in zip(rows, strips):
        _draw_strip(axes, strip.frames, strip.title)
        axes.set_anchor('W')
    figure.savefig(path, dpi=100)


def draw_predictions(clips: Sequence[PredictedClip],
                     path: str,
                     taxonomy: Taxonomy = MA52) -> None:
    """Draw clips, all of T frames, with their five most probable classes into
    a png file; ValueError without clips."""
    if not clips:
        raise UserError('there are no clips to draw')
    t, h, w, _ = clips[0].frames.shape
    strip = 1.7 * t * w / h  # inches, for rows 1.7 high
    figure = new_figure(strip + 5, 1.95 * len(clips) + 0.5)
    ratios = dict(width_ratios=[strip, 5], squeeze=False)
    axes, groups = figure.subplots(len(clips), 2, **ratios), set()
    for clip, (left, right) in zip(clips, axes):
        title = clip.name
        if clip.label is not None:
            label = taxonomy.labels[clip.label]
            title += f'   true: {label.name} ({label.group_name})'
        _draw_strip(left, clip.frames, title)
        groups.update(_draw_bars(right, clip, taxonomy))
    for group in sorted(groups):
        look = dict(alpha=_ALPHA, color=taxonomy.colours[group])
        axes[0, 1].barh(0, 0, label=taxonomy.groups[group], **look)
    look = dict(ncols=len(groups), frameon=False, fontsize=9)
    figure.legend(loc='outside lower center', **look)
    figure.savefig(path, dpi=80)


def _draw_strip(axes: Axes, frames: np.ndarray, title: str) -> None:
    axes.imshow(np.concatenate(list(frames), axis=1))
    axes.set_axis_off()
    # A name is text: a dollar sign in it begins no formula.
    axes.set_title(title, loc='left', fontsize=9, parse_math=False)


def _draw_bars(axes: Axes, clip: PredictedClip, taxonomy: Taxonomy) -> list:
    """Draw the best classes and return the group of each."""
    best = np.argsort(clip.scores, kind='stable')[::-1][:_TOP]
    groups = [taxonomy.group_of[k] for k in best]
    colours = [taxonomy.colours[group] for group in groups]
    axes.barh(range(len(best)), clip.scores[best], alpha=_ALPHA, color=colours)
    for row, k in enumerate(best):
        weight, hit = ('bold', '  ✓') if k == clip.label else ('normal', '')
        text = f'{taxonomy.names[k]}  {100 * clip.scores[k]:.0f} %{hit}'
        axes.text(0.01, row, text, va='center', fontsize=9, fontweight=weight)
    axes.set(xlim=(0, 1), ylim=(len(best) - 0.5, -0.5), yticks=[], xticks=[])
    axes.spines[['top', 'right', 'bottom']].set_visible(False)
    return groups


def contact_sheet(
        video_path: str,
        num_frames: int = 12,
        width: int = 1200,
        draw: Optional[Callable[[np.ndarray, int],
                                None]] = None) -> np.ndarray:
    """Frames of a video, evenly spaced in time, with their times.

    Args:
        num_frames (int): Fewer if the video has, or if its end is unreadable.
        width (int): Of the picture, pixels, rounded down to whole tiles.
        draw (callable, optional): Draws into each frame, (H, W, 3) uint8 RGB;
            gets the frame and its index.

    Returns:
        np.ndarray: (height, width, 3) uint8 RGB, black without a frame.
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
    fine = 0.1 if video.end < 60 else 1
    tiles = [
        _make_tile(rgb, size, format_time(time, fine))
        for time, rgb in _spread_frames(video, num_frames, draw)
    ]
    step, rows = np.add(size, _GAP), math.ceil(len(tiles) / columns)
    sheet = np.zeros((*(step * (columns, rows) - _GAP)[::-1], 3), np.uint8)
    for i, tile in enumerate(tiles):
        x, y = step * (i % columns, i // columns)
        sheet[y:y + size[1], x:x + size[0]] = tile
    return sheet


def _spread_frames(
        video: VideoFile, number: int,
        draw: Optional[Callable]) -> Iterator[Tuple[float, np.ndarray]]:
    """Frames in the middle of equal parts, or the next readable ones; only one
    at a time is at full size."""
    middles = (np.arange(number) + 0.5) / number * video.end
    wanted = np.searchsorted(video.times, middles, 'right') - 1
    wanted = np.unique(np.maximum(wanted, 0))
    last = -1
    for place in wanted.tolist():
        with closing(video.frames_from(place)) as frames:
            index, frame = next(frames, (last, None))
        if index > last:
            rgb = video.to_rgb(frame)
            if draw:
                draw(rgb, index)
            yield float(video.times[index]), rgb
            last = index


def _make_tile(rgb: np.ndarray, size: tuple, text: str) -> np.ndarray:
    width, height = size
    picture = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    font = load_font(max(9, min(width // 10, 18)))
    pen = ImageDraw.Draw(image := Image.fromarray(picture), 'RGBA')
    pad = font.size // 3
    top, right = height - font.size - 2 * pad, font.getlength(text) + 2 * pad
    pen.rectangle((0, top, right, height), (0, 0, 0, 150))
    pen.text((pad, height - pad - font.size / 2), text, 'white', font, 'lm')
    return np.asarray(image)
