# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A copy of a video with its result, made frame by frame, with constant
memory. Times are in seconds."""
import math
import os
import os.path as osp
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Callable, List, Optional, Sequence, Tuple

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL.ImageColor import getrgb

from mmaction_microaction.inference.pose_input import VideoPose
from mmaction_microaction.inference.video_stream import DEFAULT_FPS, VideoFile
from mmaction_microaction.results.video_result import Segment, VideoResult
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import (open_video, picture_stream,
                                              square_shape)
from mmaction_microaction.utils.video_writer import SoundTracks, open_mp4
from .overlay_panel import OverlayPanel
from .skeleton import draw_skeleton

_NARROWEST = 320  # pixels; smaller videos are enlarged, to hold the text


def write_overlay(result: VideoResult,
                  video_path: str,
                  out_path: str,
                  progress: Optional[Callable[[float, float], None]] = None,
                  truth: Optional[Sequence[Segment]] = None,
                  pose: Optional[VideoPose] = None,
                  tallest: Optional[int] = None) -> int:
    """Write the video with a panel below the picture.

    The panel has the three best current actions as bars, in the colours of
    their groups, for MA-52's body parts a figure that highlights them, the
    names of the current segments (those of ``truth`` above), and a small
    timeline with a cursor. H.264 in mp4, which appears only when complete;
    every frame keeps its time, and the sound is copied if mp4 supports it,
    otherwise encoded as AAC. Pixels become square. Of a damaged video, the
    readable part is shown.

    Args:
        result (VideoResult): Scores and segments of the video.
        video_path, out_path (str): Input video, output ``.mp4``.
        progress (callable, optional): Gets seconds done and seconds in all.
        truth (Sequence[Segment], optional): Ground truth.
        pose (VideoPose, optional): Draws its skeleton on the person, with
            rings round hands in a contact of a measured movement.
        tallest (int, optional): Largest height of the picture, pixels.

    Returns:
        int: Number of frames.

    Raises:
        FileNotFoundError: If there is no such video.
        ValueError: If it is not a video, or is the output file itself.
    """
    video = VideoFile(video_path)
    if osp.exists(out_path) and osp.samefile(video_path, out_path):
        raise UserError(f'{out_path} is the video itself; give the overlay '
                        'another name')
    os.makedirs(osp.dirname(osp.abspath(out_path)), exist_ok=True)
    shape = square_shape(video_path, video.shape)
    if tallest and shape[0] > tallest:
        shape = tallest, round(shape[1] * tallest / shape[0])
    composer = _Composer(result, shape, truth, pose)
    ends = np.append(video.times[1:], video.end)
    count, stream, last, encoded = 0, None, -1, None
    with open_video(video_path, decode_one=True) as source, \
            open_mp4(out_path) as container, ThreadPoolExecutor(1) as pool:
        original = picture_stream(source)
        for count, (index, frame) in enumerate(video.frames(), start=1):
            time, end = float(video.times[index]), float(ends[index])
            if stream is None:
                rate = Fraction(video.fps or DEFAULT_FPS)
                stream = _add_stream(container, composer.size, rate, original)
                start = float((frame.pts or 0) * original.time_base) - time
                sound = SoundTracks(source, container, start)
            picture = composer.compose(video.to_rgb(frame), time, index)
            # Two frames of one time: mp4 wants them apart.
            last = max(round(time / original.time_base), last + 1)
            if encoded:
                container.mux(encoded.result())
            encoded = pool.submit(_encode, stream, picture, last, original)
            sound.write_until(end)
            if progress:
                progress(end, video.end)
        container.mux(encoded.result() if encoded else [])
        container.mux(stream.encode())
        sound.write_until(math.inf)
    return count


def _add_stream(container: av.container.OutputContainer, size: Tuple[int, int],
                rate: Fraction, like: av.VideoStream) -> av.VideoStream:
    stream = container.add_stream('libx264', rate.limit_denominator(1001))
    stream.height, stream.width = size
    stream.pix_fmt = 'yuv420p'
    # Without B-frames a picture's time is where it is in the file.
    stream.options = dict(crf='23', preset='veryfast', bf='0')
    context, old = stream.codec_context, like.codec_context
    context.time_base = like.time_base
    if old.colorspace == Colorspace.ITU709:  # else players guess
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        context.color_primaries = old.color_primaries
        context.color_trc = old.color_trc
    return stream


def _encode(stream: av.VideoStream, rgb: np.ndarray, tick: int,
            like: av.VideoStream) -> List[av.Packet]:
    space = like.codec_context.colorspace
    picture = av.VideoFrame.from_ndarray(rgb, 'rgb24').reformat(
        format=stream.pix_fmt,
        dst_colorspace=space if space == Colorspace.ITU709 else None)
    picture.time_base = like.time_base
    picture.pts = tick
    return stream.encode(picture)


class _Composer:
    """Joins picture and panel; both have square pixels, and ``size`` is height
    and width of the whole, even."""

    def __init__(self, result: VideoResult, shape: Sequence[int],
                 truth: Optional[Sequence[Segment]],
                 pose: Optional[VideoPose]) -> None:
        # Points in space are not in the picture.
        self._pose = pose if pose and {'keypoint_score', 'layout'
                                       } <= pose.entry.keys() else None
        self._places = pose and getattr(result, 'curves', None)
        self._taxonomy = result.taxonomy
        factor = math.ceil(_NARROWEST / shape[1])
        self._height, self._width = (factor * side for side in shape)
        # Without the modulo the codec would refuse odd sizes.
        self._top = self._height + self._height % 2
        width = self._width + self._width % 2
        self._panel = OverlayPanel(result, (self._top, width), truth)
        self.size = self._top + self._panel.height, width

    def compose(self, picture: np.ndarray, time: float,
                index: int) -> np.ndarray:
        """(*size, 3) uint8 RGB, frame ``index`` at ``time``."""
        if picture.shape[:2] != (self._height, self._width):
            picture = cv2.resize(picture, (self._width, self._height))
        room = (0, self._top - self._height), (0, self.size[1] - self._width)
        picture = np.pad(picture, (*room, (0, 0)), 'edge')
        if self._pose:
            shape = self._height, self._width
            points, scores = self._pose.person(index, shape)
            draw_skeleton(picture, points, scores, self._pose.entry['layout'])
            if self._places:
                self._draw_contacts(picture, points, scores, index)
        return np.concatenate([picture, self._panel.draw(time)])

    def _draw_contacts(self, picture: np.ndarray, points: np.ndarray,
                       scores: np.ndarray, index: int) -> None:
        """A ring round each hand in contact, in the colour of its part."""
        size = max(6, picture.shape[0] // 24)
        for side, hand in (('right', [4, *range(23, 28)]),
                           ('left', [7, *range(18, 23)])):
            kind = self._places[f'{side} hand at'][index]
            seen = [i for i in hand if scores[i] > 0]
            if kind and seen:
                group = self._taxonomy.find(kind).group
                x, y = points[seen].mean(0)
                cv2.circle(picture, (int(x), int(y)), size,
                           getrgb(self._taxonomy.colours[group]),
                           max(2, size // 6), cv2.LINE_AA)  # yapf: disable
