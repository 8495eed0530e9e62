# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Single frames of a video file, decoded with PyAV.

Shapes: T frames of H x W pixels; K chosen ones.
"""
from array import array
from bisect import bisect_right
from itertools import chain, dropwhile, islice
from typing import (Callable, Dict, Iterator, List, NamedTuple, Optional,
                    Sequence, Tuple)

import av
import numpy as np

from .errors import UserError
from .frame_times import Stamp, time_frames
from .video import (RgbConverter, Source, name_of, open_video, picture_stream,
                    times_of_fields)


class VideoIndex(NamedTuple):
    """Where the frames of a video are in its file."""
    times: Sequence[Optional[int]]  # of the packets, in ticks, as stored
    places: Sequence[int]  # of the frames among the packets, as shown
    keys: Sequence[int]  # key frames among the packets
    fps: float
    is_timed: bool  # frames have times of their own
    has_fields: bool  # that are packets of their own


class VideoReader:
    """Reads single frames of a video and decodes no more than they need.

    Reading starts at the last key frame before a chosen frame and leaves out
    pictures that no other one refers to (every other one of an MA-52 clip).
    The frames are, to the bit, those of a decoder that goes through the whole
    file. ``len()`` is T, frame i the i-th in the order of display; ``shape``
    is (H, W), upright, once a frame has been read. With 0 ``num_threads``
    FFmpeg decides. With the ``index`` of an earlier reader of the same file,
    only the parts that frames need are read from it, not the whole.
    """

    def __init__(self,
                 source: Source,
                 num_threads: int = 1,
                 index: Optional[VideoIndex] = None) -> None:
        self._source, self._name = source, name_of(source)
        self._container = open_video(source)
        self._stream = picture_stream(self._container)
        self._packets: Optional[List[av.Packet]] = None
        if index is None or not index.is_timed:
            index = self._scan()
        self.index = index
        self._decoder = self._stream.codec_context
        self._decoder.thread_count = num_threads
        self._decoder.thread_type = 'AUTO'  # whole pictures, where possible
        self._decoder.skip_frame = 'DEFAULT'
        # In HEVC, pictures of a higher temporal layer may refer to others.
        self._can_skip = self._decoder.name == 'h264' and not index.has_fields
        self._converter = RgbConverter()
        self.shape: Optional[Tuple[int, int]] = None

    def _scan(self) -> VideoIndex:
        """Read all packets."""
        stream = self._stream
        try:
            packets = [p for p in self._container.demux(stream) if p.size]
        except av.error.FFmpegError as error:
            raise UserError(
                f'{self._name} is truncated ({error.strerror})') from error
        self._packets = packets
        pairs = times_of_fields(stream, packets)
        shown = [
            i for i, p in enumerate(packets)
            if not p.is_discard and (pairs is None or p.pts in pairs)
        ]
        if not shown:
            raise UserError(f'{self._name} has no frames')
        fps = float(stream.average_rate or 0)
        if pairs is not None:
            fps *= len(shown) / len(packets)
        stamps = [Stamp(packets[i].pts, packets[i].dts) for i in shown]
        ticks = time_frames(stamps, fps, stream.time_base,
                            self._container.format.name).ticks
        times: Sequence[Optional[int]] = [p.pts for p in packets]
        is_timed = ticks is not None and len(set(ticks)) == len(ticks)
        if is_timed:
            shown.sort(key=times.__getitem__)
            if None not in times:
                times = array('q', times)  # a quarter of the memory
        keys = array('q', (i for i, p in enumerate(packets) if p.is_keyframe))
        return VideoIndex(times, array('q', shown), keys, fps, is_timed, pairs
                          is not None)

    def __len__(self) -> int:
        return len(self.index.places)

    def get_avg_fps(self) -> float:
        """Frames per second on average, 0 if unknown; named as in decord."""
        return self.index.fps

    def read(self, indices: Sequence[int],
             convert: Callable[[np.ndarray], np.ndarray]) -> List[np.ndarray]:
        """Decode K frames, each different one once; the indices come in any
        order and repeatedly, negative ones count from the end. ``convert``
        makes an array of its own of (H, W, 3) uint8 RGB, upright; no two
        results share memory."""
        total = len(self)
        for i in indices:
            if not -total <= i < total:
                raise IndexError(f'{self._name} has no frame {i}, but {total}')
        indices = [int(i) % total for i in indices]
        decode = self._decode_chosen if self.index.is_timed else \
            self._decode_all
        pictures, why = {}, ''
        try:
            for i, frame in decode(set(indices)):
                rgb = self._converter(frame)
                self.shape = rgb.shape[:2]
                pictures[i] = convert(rgb)
        except av.error.FFmpegError as error:
            why = f' ({error.strerror})'
        missing = sorted(set(indices).difference(pictures))
        if missing or why:
            raise UserError(f'{self._name} is damaged: frames {missing} of '
                            f'{total} do not decode{why}')
        fresh = dict(pictures)
        return [
            fresh.pop(i) if i in fresh else pictures[i].copy() for i in indices
        ]

    def close(self) -> None:
        """Let go of the file and of its packets."""
        self._packets = []
        self._container.close()

    def _decode_chosen(self, chosen: set) -> Iterator[tuple]:
        """Yield (index, frame) by the frames' times."""
        times, places = self.index.times, self.index.places
        runs: Dict[int, Dict[int, int]] = {}  # {first packet: {time: index}}
        for i in chosen:
            place = places[i]
            runs.setdefault(self._start_of(place), {})[times[place]] = i
        for start, wanted in sorted(runs.items()):
            end = max(places[i] for i in wanted.values()) + 1
            packets = self._load(start, end + self.index.has_fields)
            for packet in chain(packets, [None]):
                if self._can_skip and packet is not None:
                    skip = 'DEFAULT' if packet.pts in wanted else 'NONREF'
                    self._decoder.skip_frame = skip
                for frame in self._decoder.decode(packet):
                    if frame.pts in wanted:
                        yield wanted[frame.pts], frame
            self._decoder.flush_buffers()

    def _load(self, start: int, end: int) -> Sequence[av.Packet]:
        """Packets ``start`` to ``end``, of which the first is a key frame."""
        times = list(self.index.times[start:end])
        if self._packets is None and times[0] is not None:
            self._container.seek(times[0], stream=self._stream)
            packets = (p for p in self._container.demux(self._stream)
                       if p.size)  # yapf: disable
            packets = dropwhile(lambda p: p.pts != times[0], packets)
            found = [*islice(packets, len(times))]
            if [p.pts for p in found] == times:
                return found
        if self._packets is None:  # seeking has led elsewhere
            whole = VideoReader(self._source)
            if whole.index != self.index:
                raise UserError(f'{self._name} has changed since its index '
                                'was read')
            self._packets = whole._packets
        return self._packets[start:end]

    def _start_of(self, place: int) -> int:
        """The last key frame that is neither stored nor shown after it."""
        times, keys = self.index.times, self.index.keys
        n = bisect_right(keys, place)
        while n and times[keys[n - 1]] > times[place]:
            n -= 1
        return keys[n - 1] if n else 0

    def _decode_all(self, chosen: set) -> Iterator[tuple]:
        """Yield (index, frame) by counting, as decord does."""
        packets = chain(self._packets, [None])
        frames = (f for p in packets for f in self._decoder.decode(p))
        for i, frame in enumerate(islice(frames, max(chosen) + 1)):
            if i in chosen:
                yield i, frame
        self._decoder.flush_buffers()
