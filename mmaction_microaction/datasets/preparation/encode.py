# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One clip in, one small clip out.

The frames are those that decord hands to the data pipelines (its pixels, its
rotation, its order), and they are resized by the function of MMAction2's
``Resize``. So a prepared clip differs from what the stock pipeline makes of
the raw one by the loss of the codec alone.

Shapes: T frames of H x W pixels.
"""
import io
import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Iterable, Iterator, List, Optional, Tuple

import av
import decord
import mmcv
import numpy as np

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.video import (RgbConverter, open_video,
                                              picture_stream)
from .recipe import CODECS, Recipe


@dataclass(frozen=True)
class EncodedClip:
    """A prepared clip, not yet in a file."""
    data: bytes  # what the file is to hold
    frames: Optional[np.ndarray]  # (T, H, W, 3) uint8 RGB, kept on demand
    num_frames: int  # T
    fps: float
    size: Tuple[int, int]  # width and height in pixels


def encode_clip(source: str,
                recipe: Recipe,
                keep_frames: bool = False) -> EncodedClip:
    """Decode a clip, make it small and encode it, on one thread.

    Args:
        source (str): The clip.
        recipe (Recipe): Size, codec and quality.
        keep_frames (bool): Whether to keep the resized frames, for
            :func:`check_encoded`. Defaults to False.

    Returns:
        EncodedClip: The result; an AVI file if the name of ``source`` ends in
        ``.avi``, else an MP4 file.

    Raises:
        ValueError: If decord and FFmpeg do not find the same number of frames
            (a clip that was cut off), or there is no frame, or no frame rate.
        Exception: Whatever decord or PyAV say about a file that is no video.
    """
    expected = len(decord.VideoReader(source, num_threads=1))
    kept: List[np.ndarray] = []
    with open_video(source, decode_one=True) as container:
        stream = picture_stream(container)
        stream.thread_type = 'NONE'
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise UserError('the file does not tell its frame rate')
        frames = _resized(
            container.decode(stream), recipe, kept if keep_frames else None)
        # A file keeps its name, as the lists name it, so also its kind.
        kind = 'avi' if source.lower().endswith('.avi') else 'mp4'
        data, num_frames, size = _encode(frames, rate, recipe, kind)
    if num_frames != expected:
        raise UserError(f'decord counts {expected} frames, but {num_frames} '
                        'can be decoded')
    return EncodedClip(data,
                       np.stack(kept) if keep_frames else None, num_frames,
                       float(rate), size)


def check_encoded(path: str, clip: EncodedClip) -> Optional[float]:
    """Open a written clip again, with the decoder of the data pipelines.

    Args:
        path (str): The file.
        clip (EncodedClip): What was written into it.

    Returns:
        float | None: If the frames were kept, the peak signal-to-noise ratio
        in dB of all frames against them, else None.

    Raises:
        ValueError: If number, size or rate of the frames is not the same.
    """
    reader = decord.VideoReader(path, num_threads=1)
    width, height = clip.size
    last = reader[len(reader) - 1].asnumpy()
    if len(reader) != clip.num_frames or last.shape != (height, width, 3):
        raise UserError(
            f'{clip.num_frames} frames of {width} x {height} were written, '
            f'but decord reads {len(reader)} of shape {last.shape}')
    if not math.isclose(reader.get_avg_fps(), clip.fps, rel_tol=1e-3):
        raise UserError(f'{clip.fps} frames per second were written, but '
                        f'decord reads {reader.get_avg_fps()}')
    if clip.frames is None:
        return None
    return _psnr((reader[i].asnumpy() for i in range(len(reader))),
                 clip.frames)


def _resized(frames: Iterable[av.VideoFrame], recipe: Recipe,
             kept: Optional[list]) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 RGB pictures of the size wanted, as decord sees them;
    also added to the list."""
    size, convert = None, RgbConverter()
    for frame in frames:
        image = convert(frame)
        if size is None:
            size = recipe.target_size(image.shape[1], image.shape[0])
        if size != image.shape[1::-1]:
            image = mmcv.imresize(image, size, interpolation='bilinear')
        if kept is not None:
            kept.append(image)
        yield image


def _encode(frames: Iterator[np.ndarray], rate: Fraction, recipe: Recipe,
            container_format: str) -> Tuple[bytes, int, Tuple[int, int]]:
    """File content, number of frames, and (width, height).

    The same at any time: FFmpeg writes neither the time nor a random id into
    these files, one thread makes the encoder's choices independent of the
    machine's load, and the recipe leaves out what x264 does not repeat.
    """
    codec, buffer, count = CODECS[recipe.codec], io.BytesIO(), 0
    first = next(frames, None)
    if first is None:
        raise UserError('the video has no frames')
    height, width = first.shape[:2]
    with av.open(buffer, 'w', format=container_format) as container:
        stream = container.add_stream(codec.encoder, rate=rate)
        stream.width, stream.height = width, height
        stream.pix_fmt = codec.pix_fmt
        stream.thread_type = 'NONE'
        stream.codec_context.thread_count = 1
        stream.options = recipe.encoder_options()
        for count, frame in enumerate(chain([first], frames), start=1):
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            if codec.encoder == 'mjpeg':
                # A JPEG has the full range of BT.601; nothing in it says so.
                picture = picture.reformat(
                    format=codec.pix_fmt,
                    dst_colorspace='ITU601',
                    dst_color_range='JPEG')
            picture.pts, picture.time_base = count - 1, 1 / rate
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return buffer.getvalue(), count, (width, height)


def _psnr(frames: Iterable[np.ndarray], originals: np.ndarray) -> float:
    """dB over all frames; infinite if they are the same."""
    errors = [
        np.mean((frame.astype(np.float32) - original)**2)
        for frame, original in zip(frames, originals)
    ]
    error = float(np.mean(errors))
    return 10 * math.log10(255**2 / error) if error else math.inf
