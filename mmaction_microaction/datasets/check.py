# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Detection of undecodable videos before training.

Files are read as in the pipelines, in worker processes: a damaged one may
crash or hang the decoder.
"""
import os.path as osp
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Iterator, Optional, Sequence, Tuple, Union

import av

from mmaction_microaction.utils.errors import UserError, reason_of
from mmaction_microaction.utils.video import open_video, picture_stream
from mmaction_microaction.utils.video_reader import VideoReader
from mmaction_microaction.utils.workers import run_in_processes

_MOST_REFERENCES = 16  # reference pictures of H.264 and HEVC

#: A problem; or number of frames, height and width (pixels) of a video.
Facts = Union[str, Tuple[int, int, int]]


def probe_video(path: str, full: bool = False) -> Facts:
    """Probe a video by decoding its first and last frame.

    Args:
        path (str): The file.
        full (bool): Decode all frames, which detects damage in the middle.

    Returns:
        str | tuple[int, int, int]: See :data:`Facts`.
    """
    if not osp.isfile(path):
        return 'the file is missing'
    if osp.getsize(path) == 0:
        return 'the file is empty (0 bytes)'
    try:
        with closing(VideoReader(path)) as reader:
            reader.read([0, -1], lambda rgb: rgb[:1].copy())
            if full:
                _decode_all(path, len(reader))
            return (len(reader), *reader.shape)
    except Exception as error:
        return f'not a video, cut off or damaged ({reason_of(error, path)})'


def check_video(path: str, full: bool = False) -> Optional[str]:
    """The problem of a video found by :func:`probe_video`, or None."""
    facts = probe_video(path, full)
    return facts if isinstance(facts, str) else None


def probe_videos(paths: Sequence[str],
                 workers: int = 1,
                 full: bool = False,
                 timeout: float = 60.) -> Iterator[Tuple[str, Facts]]:
    """Yield path and :data:`Facts` of many files in order, from ``workers``
    processes; ``timeout`` is in seconds per file."""
    yield from run_in_processes(
        partial(probe_video, full=full), paths, workers, timeout, True)


def _decode_all(path: str, total: int, strict: bool = True) -> None:
    """Raise unless all frames decode without concealment. ``strict``: errors
    that FFmpeg tolerates count, too."""
    count = 0
    with open_video(path, decode_one=True) as container:
        stream = picture_stream(container)
        stream.thread_type, decoder = 'NONE', stream.codec_context
        if strict:
            decoder.options = dict(err_detect='explode')
        packets = (x for x in container.demux(stream) if x.size)
        for index, packet in enumerate(chain(packets, [None])):
            try:
                frames = decoder.decode(packet)
            except av.error.FFmpegError:
                # After a cut without re-encoding, the first pictures refer to
                # missing ones.
                if strict and index <= _MOST_REFERENCES and not (
                        packet is None or packet.is_keyframe):
                    return _decode_all(path, total, strict=False)
                raise
            for frame in frames:
                if frame.is_corrupt:
                    raise UserError(f'frame {count} is damaged')
                count += 1
    if count < total:
        raise UserError(f'{count} of {total} frames decode')
