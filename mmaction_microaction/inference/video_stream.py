# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Sequential video reader; frames equal those of MMAction2's decord transforms
bit for bit.

Shapes: T frames of H x W pixels, upright. Times in seconds on the clock of
:mod:`mmaction_microaction.utils.frame_times`.
"""
import os
import os.path as osp
from bisect import bisect_left
from contextlib import suppress
from itertools import chain
from typing import Any, Iterator, List, Tuple, Union

import av
import cv2
import numpy as np

from mmaction_microaction.results.video_result import VideoInfo
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.frame_times import (DEFAULT_FPS, FREE_CLOCKS,
                                                    Stamp, time_frames)
from mmaction_microaction.utils.video import (RgbConverter, open_video,
                                              picture_stream, times_of_fields)

_BREAKS, _LOST = 'the file is truncated', 'frames cannot be decoded'
#: More decode hardly faster, and each holds pictures.
_MAX_THREADS = 4


def is_damage(problem: str) -> bool:
    """Whether a problem of a VideoInfo is missing content; the others are
    about timestamps."""
    return problem.startswith(_BREAKS) or _LOST in problem


class VideoFile:
    """A video file for one pass; ``len()`` is T, readable or not.

    Opening demultiplexes the file, for T and the timestamps, and decodes its
    first frame; :meth:`frames` decodes all in order, which detects damage.

    Args:
        path (str | os.PathLike): File of any format that FFmpeg reads.

    Attributes:
        times (np.ndarray): (T,) float64, presentation times, seconds.
        end (float): End of the last frame, seconds.
        fps (float): Stated by the file (MMAction2's ``avg_fps``), or 0.
        rate (float): The same, or if unknown the rate of ``times``.
        shape (tuple[int, int]): H and W.
        pose (VideoPose, optional): Set by the inferencer.

    Raises:
        ValueError: If it is no video, or none of its frames is decodable.
    """
    pose = None

    def __init__(self, path: Union[str, os.PathLike]) -> None:
        self.path = os.fspath(path)
        self.name = osp.basename(self.path)
        self._problems: List[str] = []
        with open_video(self.path) as container:
            self._scan(container)
        self._found = np.ones(len(self), bool)  # until it is known
        self._converter = RgbConverter()
        first = next(self._decode(), None)
        if first is None:
            raise UserError(f'{self.path} is damaged: none of its {len(self)} '
                            'frames can be decoded')
        self.shape: Tuple[int, int] = self.to_rgb(first[1]).shape[:2]

    def __len__(self) -> int:
        return len(self.times)

    def frames(self) -> Iterator[Tuple[int, Any]]:
        """Yield index and frame (for :meth:`to_rgb`) of all that decode."""
        found = np.zeros(len(self), bool)
        for index, frame in self._decode():
            found[index] = True
            yield index, frame
        self._found = found

    def frames_from(self, index: int) -> Iterator[Tuple[int, Any]]:
        """As :meth:`frames`, of those from ``index`` on, without decoding the
        ones before its key frame where the file can be searched."""
        frames = self._decode(index)
        first = next(frames, (len(self), None))
        if first[0] > index:  # the search has led behind it
            frames, first = self._decode(), (-1, None)
        yield from (x for x in chain([first], frames) if x[0] >= index)

    def to_rgb(self, frame: Any) -> np.ndarray:
        """Convert to (H, W, 3) uint8 RGB, in the size of the first frame."""
        rgb = self._converter(frame)
        shape = getattr(self, 'shape', rgb.shape[:2])
        return rgb if rgb.shape[:2] == shape else cv2.resize(rgb, shape[::-1])

    def info(self) -> VideoInfo:
        """Properties, without frames that :meth:`frames` could not decode."""
        end, problems = self.end, list(self._problems)
        problems += self.pose.problems if self.pose else ()
        there, lost = map(np.flatnonzero, (self._found, ~self._found))
        if len(lost):
            end = float(np.append(self.times, end)[there[-1] + 1])
            first, last = self.times[lost[[0, -1]]]
            problems.append(
                f'{len(lost)} of {len(self)} {_LOST}, the '
                f'first at {first:.2f} s, the last at {last:.2f} s')
        fps = len(there) / (end - float(self.times[0]))
        return VideoInfo(self.name, self.path, *self.shape[::-1], len(there),
                         fps, end, tuple(problems))

    @property
    def rate(self) -> float:
        return self.fps or len(self) / (self.end - float(self.times[0]))

    def _scan(self, container) -> None:
        """Derive the frames' times from the packets."""
        stream = picture_stream(container)
        shown, others, reached = [], [], 0.
        try:
            for packet in container.demux():
                reached = max(reached, _end_of(packet))
                if packet.stream is not stream and packet.dts is not None:
                    others.append(float(packet.dts * packet.time_base))
                if packet.stream is stream and packet.size and \
                        not packet.is_discard:
                    shown.append(
                        Stamp(packet.pts, packet.dts, packet.duration))
        except av.error.FFmpegError as error:
            self._problems.append(f'{_BREAKS}: {error.strerror}')
        if not shown:
            raise UserError(f'{self.path} has no frames')
        self.fps = float(stream.average_rate or 0)
        pairs = times_of_fields(stream, self._packets_again())
        if pairs is not None:
            total = len(shown)
            shown = [
                s._replace(duration=None) for s in shown if s.pts in pairs
            ]
            self.fps *= len(shown) / total
        start = container.start_time
        self.times, self.end, self._ticks, guesses = time_frames(
            shown, self.fps, stream.time_base, container.format.name,
            None if start is None else start / av.time_base, others)
        self._problems += guesses
        context = stream.codec_context
        if container.format.name == 'avi' and context.has_b_frames and \
                context.name in ('h264', 'hevc'):
            self._problems.append(
                'AVI does not store the display order of the pictures of '
                f'{context.name}; times may be off by some frames')
        # Sound may last longer than pictures, so all streams count. The length
        # is that of the file's head.
        length = (container.duration or 0) / av.time_base
        if container.format.name in FREE_CLOCKS:
            reached -= (container.start_time or 0) / av.time_base
        if length > 1.02 * reached + .2:
            self._problems.append(f'{_BREAKS}: {reached:.2f} of '
                                  f'{length:.2f} s are readable')

    def _packets_again(self) -> Iterator[av.Packet]:
        """The video packets of a second, lazy pass."""
        with open_video(self.path) as container:
            yield from container.demux(picture_stream(container))

    def _decode(self, first: int = 0) -> Iterator[Tuple[int, av.VideoFrame]]:
        """Yield index and frame, skipping damaged ones, from the key frame
        before the ``first`` on."""
        with open_video(self.path) as container:
            stream = picture_stream(container)
            if first and self._ticks is not None:
                with suppress(av.error.FFmpegError):  # it begins at the start
                    container.seek(self._ticks[first], stream=stream)
            decoder = stream.codec_context
            decoder.skip_frame = 'DEFAULT'
            decoder.thread_count = min(os.cpu_count() or 1, _MAX_THREADS)
            decoder.thread_type, last = 'AUTO', -1
            for frame in _whole_frames(container, stream):
                index = last + 1
                if self._ticks is not None:
                    tick = frame.dts if frame.pts is None else frame.pts
                    index = bisect_left(self._ticks, tick or 0, index)
                    if self._ticks[index:index + 1] != [tick]:
                        continue
                if index < len(self):
                    last = index
                    yield index, frame


def _end_of(packet: av.Packet) -> float:
    """When a packet ends, seconds on the file's clock."""
    tick = packet.dts if packet.pts is None else packet.pts
    if tick is None:
        return 0.
    return float((tick + (packet.duration or 0)) * packet.time_base)


def _whole_frames(container, stream) -> Iterator[av.VideoFrame]:
    """All decodable frames, including those after damage."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:  # noted by the scan
            packet = None
        if packet is not None and not packet.size:
            if packet.dts is not None:  # it repeats the picture before it
                continue
            packet = None  # PyAV's sign that the file ends
        try:
            frames = stream.codec_context.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            frames = []
        for frame in frames:
            # A picture patched up from its neighbours counts as damaged.
            if not frame.is_corrupt:
                yield frame
        if packet is None:
            return


class FrameArray(VideoFile):
    """Frames in memory, with the interface of :class:`VideoFile`.

    Args:
        frames (np.ndarray): (T, H, W, 3) uint8 RGB.
        fps (float): Frame rate, Hz.
    """

    def __init__(self, frames: np.ndarray, fps: float = DEFAULT_FPS) -> None:
        frames = np.asarray(frames)
        if frames.dtype != np.uint8 or frames.ndim != 4 or \
                frames.shape[3] != 3 or not frames.size:
            raise UserError('expected RGB frames (T, H, W, 3) of uint8, but '
                            f'got {frames.dtype} {frames.shape}')
        if not 0 < fps < float('inf'):
            raise UserError(f'fps must be positive, but got {fps}')
        self.name, self.path, self._problems = 'array', '', []
        self.fps, self.shape = float(fps), frames.shape[1:3]
        self.times, self.end = np.arange(len(frames)) / fps, len(frames) / fps
        self._frames, self._found = frames, np.ones(len(frames), bool)

    def frames(self) -> Iterator[Tuple[int, np.ndarray]]:
        return enumerate(self._frames)

    def to_rgb(self, frame: np.ndarray) -> np.ndarray:
        return frame
