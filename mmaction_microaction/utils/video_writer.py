# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Video files, written with PyAV, and the sound of others carried over.

Shapes: T frames of H x W pixels. Times in seconds.
"""
import math
import os
import os.path as osp
from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import Callable, Iterable, Iterator, Optional

import av
import numpy as np
from PIL import Image

from .errors import UserError
from .files import FilePath, atomic_path

#: Decoders of what players expect in an mp4 file; such sound is copied.
COPIED_CODECS = ('aac', 'mp3', 'mp3float', 'ac3', 'eac3', 'alac', 'opus')
_GOP = 8  # frames from one key frame to the next
# Rates of what is encoded anew, those of AAC that players know.
_HERTZ = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def write_video(path: FilePath,
                frames: Iterable[np.ndarray],
                fps: float = 30,
                crf: int = 18) -> int:
    """Write an mp4 that is cheap to decode at random positions; returns T.
    Frames are (H, W, 3) uint8 RGB; ``crf`` is the quality, 0 (best) to 51."""
    stream, size, count = None, None, 0
    with open_mp4(path) as container:
        for count, frame in enumerate(frames, start=1):
            size = _check(frame, size)
            if stream is None:
                stream = container.add_stream(
                    'libx264', rate=Fraction(fps).limit_denominator(1001))
                stream.height, stream.width = size
                stream.pix_fmt = 'yuv420p'
                stream.codec_context.gop_size = _GOP
                stream.options = dict(
                    crf=str(crf),
                    preset='veryfast',
                    tune='fastdecode',
                    bf='0',
                    mbtree='0',  # not repeatable: datasets/preparation/recipe
                    sc_threshold='0')  # no key frames in between
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            container.mux(stream.encode(picture))
        if stream is None:
            raise UserError(f'{os.fspath(path)}: no frame to write')
        container.mux(stream.encode())
    return count


@contextmanager
def open_mp4(path: FilePath) -> Iterator[av.container.OutputContainer]:
    """Open an mp4 file that is whole or not there."""
    with atomic_path(path) as part:
        # The prefix: 'a:b.mp4' would be taken for an address.
        with av.open(f'file:{part}', 'w', format='mp4') as container:
            yield container


def _check(frame: np.ndarray, size: Optional[tuple]) -> tuple:
    """(H, W) of the frame, or UserError unless it fits."""
    shape, size = frame.shape, size or frame.shape[:2]
    odd = any(x % 2 for x in size)
    if frame.dtype != np.uint8 or shape != (*size, 3) or odd:
        raise UserError('frames must be uint8 RGB pictures (H, W, 3) of one '
                        f'even size, but got {frame.dtype} {shape}')
    return size


class SoundTracks:
    """Carries all sound tracks of a file that nothing else reads into an mp4
    that is still empty, a bit at a time; leaves out what FFmpeg cannot decode.
    ``shift`` is the old time that is 0 in the new file."""

    def __init__(self,
                 source: av.container.InputContainer,
                 container: av.container.OutputContainer,
                 shift: float = 0.) -> None:
        self._container, self._shift = container, shift
        self._source = source
        self._copied, self._encoded = {}, {}  # index there -> stream here
        for stream in source.streams.audio:
            if stream.codec_context is None:
                continue
            if stream.codec_context.name in COPIED_CODECS:
                target = container.add_stream_from_template(stream)
                self._copied[stream.index] = target
            else:
                above = (x for x in _HERTZ if x >= stream.rate)
                self._encoded[stream.index] = container.add_stream(
                    'aac', rate=next(above, _HERTZ[-1]))
        self._packets = self._read()
        self._next = next(self._packets, None)

    def write_until(self, time: float) -> None:
        """Write what begins before a time of the new file; infinity: all."""
        while self._next is not None and self._start(self._next) < time:
            self._write(self._next)
            self._next = next(self._packets, None)
        if time == math.inf:
            for target in self._encoded.values():
                self._container.mux(target.encode())

    def _read(self) -> Iterator[av.Packet]:
        indices = [*self._copied, *self._encoded]
        with suppress(av.error.FFmpegError):  # the file breaks off
            for packet in self._source.demux(indices) if indices else ():
                if packet.size and packet.pts is not None:
                    yield packet

    def _start(self, packet: av.Packet) -> float:
        return float(packet.pts * packet.time_base) - self._shift

    def _write(self, packet: av.Packet) -> None:
        shift = round(self._shift / packet.time_base)
        index = packet.stream.index
        if index in self._copied:
            packet.pts -= shift
            if packet.dts is not None:
                packet.dts -= shift
            packet.stream = self._copied[index]
            self._container.mux(packet)
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            return
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= round(self._shift / frame.time_base)
            self._container.mux(self._encoded[index].encode(frame))


def add_video(original: Callable,
              backend,
              name: str,
              frames: np.ndarray,
              step: int = 0,
              fps: int = 4,
              out_type: str = 'img',
              **kwargs) -> None:
    """``original``, which is the host's ``LocalVisBackend.add_video``, without
    moviepy; frames are (T, H, W, 3) uint8 BGR."""
    frames = np.ascontiguousarray(frames[..., ::-1])
    if out_type == 'img':  # for these, the host takes RGB
        return original(backend, name, frames, step)
    backend._init_env()
    stem = osp.join(backend._save_dir, osp.splitext(name)[0])
    if out_type == 'video':
        h, w = frames.shape[1] // 2 * 2, frames.shape[2] // 2 * 2
        write_video(f'{stem}.mp4', frames[:, :h, :w], fps=fps)
    else:
        first, *others = map(Image.fromarray, frames)
        first.save(
            f'{stem}.gif',
            save_all=True,
            append_images=others,
            duration=1000 / fps,
            loop=0)
