# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Video files, opened and decoded with PyAV.

Shapes: H x W pixels.
"""
import errno
import os
import os.path as osp
from typing import BinaryIO, Iterable, Optional, Set, Tuple, Union

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from .errors import UserError
from .limits import MOST_PIXELS

Source = Union[str, os.PathLike, BinaryIO]
#: Formats of FFmpeg that are text (it draws the letters), scripts, or lists
#: that name other files: nothing but the file that was named is ever opened.
_NO_VIDEOS = {
    'tty', 'hls', 'concat', 'dash', 'webm_dash_manifest', 'imf', 'sdp',
    'avisynth', 'vapoursynth'
}
_VIDEOS = ','.join(av.formats_available - _NO_VIDEOS)
_MOST_ASPECT = 4  # of a pixel; files that state more are damaged
_PROBED = 24  # packets; a decoder keeps back a few frames
_MOST_PAIRED = .7  # frames for a packet where fields are packets
# From version 17 on, PyAV converts on all cores unless told not to.
_CONVERSION = dict(threads=1) if int(av.__version__.split('.')[0]) > 16 else {}


def open_video(source: Source,
               decode_one: bool = False) -> av.container.InputContainer:
    """Open a file that has to be a video.

    ``decode_one``: FFmpeg decodes a picture, which tells the shape of a pixel
    in mkv and takes 5 ms at 1080 x 1296; if not, ``skip_frame`` is 'ALL'.
    """
    name, options = name_of(source), dict(
        protocol_whitelist='file',
        format_whitelist=_VIDEOS,
        max_pixels=str(MOST_PIXELS))
    if not decode_one:
        options['skip_frame'] = 'all'
    if not hasattr(source, 'read'):
        if not osp.exists(source):
            raise FileNotFoundError(f'{name} does not exist')
        if not osp.isfile(source):
            raise UserError(f'{name} is not a file')
        if not osp.getsize(source):
            raise UserError(f'{name} is empty (0 bytes)')
        # The prefix: 'a:b.mp4' would be taken for an address.
        source = f'file:{os.fspath(source)}'
    try:
        container = av.open(source, options=options)
    except av.error.FFmpegError as error:
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        if error.errno == errno.EINVAL:  # what a format not listed gives
            raise UserError(f'{name} is not a video, but text or a '
                            'playlist') from error
        raise UserError(f'{name} is not a video, or its end with the index is '
                        f'missing ({error.strerror})') from error
    return container


def picture_stream(container: av.container.InputContainer) -> av.VideoStream:
    """The video stream of an open file, excluding cover pictures."""
    stream = container.streams.best('video')
    cover = av.stream.Disposition.attached_pic
    if stream is None or stream.disposition & cover:
        what = 'sound but ' * bool(container.streams.audio)
        raise UserError(f'{container.name.removeprefix("file:")} has {what}no '
                        'video')
    if stream.codec_context is None:
        raise UserError(
            f'{container.name.removeprefix("file:")} has a codec that this '
            'FFmpeg does not support')
    if stream.width * stream.height > MOST_PIXELS:
        raise UserError(
            f'{container.name.removeprefix("file:")} has pictures of '
            f'{stream.width} x {stream.height} pixels, or is damaged; at most '
            f'{MOST_PIXELS:,} pixels are read')
    stream.codec_context.options = dict(max_pixels=str(MOST_PIXELS))
    return stream


def name_of(source: Source) -> str:
    """What messages call it."""
    return 'the file' if hasattr(source, 'read') else os.fspath(source)


class RgbConverter:
    """Turns decoded pictures into (H, W, 3) uint8 RGB, upright and mirrored as
    a player shows them; equal to the bit with what decord gives."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> np.ndarray:
        rgb = self._reformatter.reformat(
            frame, format='rgb24', **_CONVERSION).to_ndarray()
        matrix = frame.side_data.get('DISPLAYMATRIX')
        return rgb if matrix is None else _turn(rgb, bytes(matrix))


def _turn(rgb: np.ndarray, matrix: bytes) -> np.ndarray:
    """Apply a display matrix, 3 x 3 int32: where it puts x and y, in quarter
    turns; what lies between them is left to the nearest."""
    (a, b, _), (c, d, _) = np.frombuffer(matrix, np.int32).reshape(3, 3)[:2]
    across, down = (a, d)
    if abs(int(a)) + abs(int(d)) < abs(int(b)) + abs(int(c)):
        rgb, across, down = rgb.swapaxes(0, 1), c, b
    if across < 0:
        rgb = rgb[:, ::-1]
    if down < 0:
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb)


def square_shape(path: str, shape: Tuple[int, int]) -> Tuple[int, int]:
    """H and W of a video's upright pictures, ``shape`` as stored, with square
    pixels: players stretch the width of DV, HDV and DVD."""
    with open_video(path, decode_one=True) as container:
        stream = picture_stream(container)
        aspect = float(stream.sample_aspect_ratio or 1)
        stored = stream.height, stream.width
    if not 1 / _MOST_ASPECT <= aspect <= _MOST_ASPECT:
        return shape
    if stored != shape and stored == shape[::-1]:  # recorded sideways
        aspect = 1 / aspect
    return shape[0], max(1, round(shape[1] * aspect))


def times_of_fields(stream: av.VideoStream,
                    packets: Iterable[av.Packet]) -> Optional[Set[int]]:
    """Ticks of the frames where fields are packets of their own (PAFF): it
    takes two of them to make a frame. Only such a video is decoded to its end;
    None for all others."""
    context = stream.codec_context
    if context.field_order < 2:  # unknown, or whole pictures
        return None
    decoder = av.CodecContext.create(context.name, 'r')
    decoder.extradata, decoder.thread_count = context.extradata, 1
    ticks: Set[int] = set()
    count, packets = 0, iter(packets)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:  # whoever reads it says so
            packet = None
        try:
            ticks.update(f.pts for f in decoder.decode(packet))
        except av.error.FFmpegError:  # damaged, and counts for no picture
            if packet is None:
                break
            continue
        if packet is None:
            break
        count += packet.size > 0
        if count == _PROBED and len(ticks) > _MOST_PAIRED * count:
            return None
    return ticks if 0 < len(ticks) < _MOST_PAIRED * count else None
