# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The sound of a video, carried over into an mp4 file.

Times in seconds.
"""
import math
from typing import Iterator

import av

#: Decoders of what players expect in an mp4 file; such sound is copied.
COPIED_CODECS = ('aac', 'mp3', 'mp3float', 'ac3', 'eac3', 'alac', 'opus')
# Rates of what is encoded anew, those of AAC that players know.
_HERTZ = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class SoundTracks:
    """Carries all sound tracks of a file over, a bit at a time.

    Has to be made before anything is written into the new file. Tracks that
    FFmpeg cannot decode are left out, and so is what is damaged. A rate that
    AAC does not know becomes the next higher one.

    Args:
        source (InputContainer): The file with the sound; nothing else may be
            read from it.
        container (OutputContainer): The new file, an mp4.
        shift (float): Time of the old file that is 0 in the new one.
            Defaults to 0.
    """

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
                self._copied[
                    stream.index] = container.add_stream_from_template(stream)
            else:
                self._encoded[stream.index] = container.add_stream(
                    'aac', rate=_to_rate(stream.rate))
        self._packets = self._read()
        self._next = next(self._packets, None)

    def write_until(self, time: float) -> None:
        """Write what begins before a time.

        Args:
            time (float): Seconds of the new file. Infinity writes all, and
                what encoders still hold.
        """
        while self._next is not None and self._start(self._next) < time:
            self._write(self._next)
            self._next = next(self._packets, None)
        if time == math.inf:
            for target in self._encoded.values():
                self._container.mux(target.encode())

    def _read(self) -> Iterator[av.Packet]:
        indices = [*self._copied, *self._encoded]
        if not indices:
            return
        try:
            for packet in self._source.demux(indices):
                if packet.size and packet.pts is not None:
                    yield packet
        except av.error.FFmpegError:  # the file breaks off
            return

    def _start(self, packet: av.Packet) -> float:
        return float(packet.pts * packet.time_base) - self._shift

    def _write(self, packet: av.Packet) -> None:
        shift = round(self._shift / packet.time_base)
        if packet.stream.index in self._copied:
            target = self._copied[packet.stream.index]
            packet.pts -= shift
            if packet.dts is not None:
                packet.dts -= shift
            packet.stream = target
            self._container.mux(packet)
            return
        target = self._encoded[packet.stream.index]
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            return
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= round(self._shift / frame.time_base)
            self._container.mux(target.encode(frame))


def _to_rate(hertz: int) -> int:
    return next((rate for rate in _HERTZ if rate >= hertz), _HERTZ[-1])
