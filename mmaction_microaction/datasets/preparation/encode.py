# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One clip in, one small clip out, T frames of H x W pixels.

Frames are those that ``VideoReader`` hands to the data pipelines, resized by
the function of MMAction2's ``Resize``: a prepared clip differs from what the
pipeline makes of the raw one by the loss of the codec alone.
"""
import hashlib
import io
import math
import os
import os.path as osp
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Iterable, Iterator, List, Optional, Tuple, Union

import av
import cv2
import mmcv
import numpy as np

from mmaction_microaction.utils.errors import UserError, reason_of
from mmaction_microaction.utils.files import file_sha256, write_bytes
from mmaction_microaction.utils.video import (RgbConverter, open_video,
                                              picture_stream)
from mmaction_microaction.utils.video_reader import VideoReader
from .manifest import ClipRecord
from .recipe import CODECS, Recipe

_CHUNK = 64  # frames, a multiple of those from one key frame to the next
#: A prepared clip; why it cannot be prepared; or why nothing can be written.
JobResult = Union[ClipRecord, str, OSError]


@dataclass(frozen=True)
class EncodedClip:
    """A prepared clip, not yet in a file."""
    data: bytes  # what the file is to hold
    frames: Optional[np.ndarray]  # (T, H, W, 3) uint8 RGB, kept on demand
    num_frames: int  # T
    fps: float
    size: Tuple[int, int]  # width and height in pixels


def prepare_clip(name: str, source: str, target: str, scratch: str,
                 recipe: Recipe, psnr: bool) -> JobResult:
    """Prepare the clip ``name`` of the root ``source`` in the root ``target``,
    with unfinished files in ``scratch``. Nothing is raised: the result travels
    between processes, and parts a bad clip from a bad disk."""
    cv2.setNumThreads(1)  # there is one process per core
    path = osp.join(source, name)
    try:
        stat = os.stat(path)
        if stat.st_size == 0:
            return 'the file is empty (0 bytes)'
        file_sha256(path)  # what a disk says; decoders call it the end
        clip = encode_clip(path, recipe, keep_frames=psnr)
    except (OSError, MemoryError) as error:
        return f'cannot be read ({reason_of(error, path)})'
    except Exception as error:
        return f'not a video, cut off or damaged ({reason_of(error, path)})'
    try:
        quality = write_bytes(
            osp.join(target, name), clip.data, scratch,
            partial(check_encoded, clip=clip))
    except OSError as error:
        return error
    except Exception as error:
        return ('the prepared clip cannot be read again '
                f'({reason_of(error, path)})')
    return ClipRecord(name, clip.num_frames, clip.fps, *clip.size,
                      len(clip.data),
                      hashlib.sha256(clip.data).hexdigest(), quality
                      and round(quality, 2), stat.st_size, stat.st_mtime_ns)


def encode_clip(source: str,
                recipe: Recipe,
                keep_frames: bool = False) -> EncodedClip:
    """Decode a clip, make it small and encode it, on one thread, into an AVI
    file if its name ends in ``.avi``, else an MP4 file, whatever its ending.

    Args:
        keep_frames (bool): Whether to keep the resized frames, for
            :func:`check_encoded`.

    Raises:
        ValueError: If it is no video, not all of its frames decode (a clip
            that was cut off), or it has no frame, or no frame rate.
        Exception: Whatever else PyAV says about a damaged file.
    """
    with closing(VideoReader(source)) as reader:
        expected = len(reader)
    kept: List[np.ndarray] = []
    with open_video(source, decode_one=True) as container:
        stream = picture_stream(container)
        stream.thread_type = 'NONE'
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise UserError('the file does not tell its frame rate')
        frames = _resized(
            container.decode(stream), recipe, kept if keep_frames else None)
        # A file keeps its name, as the lists name it. Who reads it looks for
        # its kind inside, and motion JPEG fits into no .webm, .mts or .gif.
        kind = 'avi' if source.lower().endswith('.avi') else 'mp4'
        data, num_frames, size = _encode(frames, rate, recipe, kind)
    if num_frames != expected:
        raise UserError(f'of {expected} frames, {num_frames} can be decoded')
    return EncodedClip(data,
                       np.stack(kept) if keep_frames else None, num_frames,
                       float(rate), size)


def check_encoded(path: str, clip: EncodedClip) -> Optional[float]:
    """Open a written clip again, as the pipelines do: the peak signal-to-noise
    ratio in dB of all frames, None if they were not kept; ValueError if
    number, size or rate is not the same."""
    errors = []
    with closing(VideoReader(path)) as reader:
        reader.read([-1], np.copy)
        written = clip.num_frames, clip.size[::-1], clip.fps
        found = len(reader), reader.shape, reader.get_avg_fps()
        if found[:2] != written[:2] or not math.isclose(
                found[2], written[2], rel_tol=1e-3):
            raise UserError('number, shape and rate of the frames are to be '
                            f'{written}, but one reads {found}')
        if clip.frames is None:
            return None
        for start in range(0, len(reader), _CHUNK):
            wanted = clip.frames[start:start + _CHUNK]
            pictures = reader.read(
                range(start, start + len(wanted)), np.float32)
            errors += [((a - b)**2).mean() for a, b in zip(pictures, wanted)]
    error = np.mean(errors)
    return 10 * math.log10(255**2 / error) if error else math.inf


def _resized(frames: Iterable[av.VideoFrame], recipe: Recipe,
             kept: Optional[list]) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 RGB pictures of the size wanted, upright."""
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

    The same at any time: FFmpeg writes no time and no random id, one thread
    makes the encoder's choices independent of the machine's load, and the
    recipe leaves out what x264 does not repeat.
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
