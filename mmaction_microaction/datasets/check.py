# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds video files that cannot be decoded, before a training run does.

Files are read as the pipelines read them, in processes of their own: a damaged
one may crash or hang the decoder, which must cost no more than that one file.
"""
import os.path as osp
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Iterator, Optional, Sequence, Tuple, Union

import av

from mmaction_microaction.utils.errors import UserError, reason_of
from mmaction_microaction.utils.video import (VideoReader, open_video,
                                              picture_stream)
from mmaction_microaction.utils.workers import run_in_processes

_MOST_REFERENCES = 16  # pictures that H.264 and HEVC may refer to

#: What is wrong with a video; or its frames, height and width in pixels.
Facts = Union[str, Tuple[int, int, int]]


def measure_video(path: str, full: bool = False) -> Facts:
    """Decode the first and the last frame of a video, or all (``full``), which
    also finds damage in the middle."""
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
    """What :func:`measure_video` says is wrong with a video, or None."""
    facts = measure_video(path, full)
    return facts if isinstance(facts, str) else None


def measure_videos(paths: Sequence[str],
                   workers: int = 1,
                   full: bool = False,
                   timeout: float = 60.) -> Iterator[Tuple[str, Facts]]:
    """Yield path and facts of many files, in their order; one that takes more
    than ``timeout`` seconds hangs the decoder."""
    yield from run_in_processes(
        partial(measure_video, full=full), paths, workers, timeout, True)


def _decode_all(path: str, total: int, strict: bool = True) -> None:
    """An error unless all frames decode and none is patched up. ``strict``:
    what FFmpeg would pass over is an error as well."""
    count = 0
    with open_video(path, decode_one=True) as container:
        stream = picture_stream(container)
        stream.thread_type, decoder = 'NONE', stream.codec_context
        if strict:
            decoder.options = dict(err_detect='explode')
        packets = (x for x in container.demux(stream) if x.size)
        for place, packet in enumerate(chain(packets, [None])):
            try:
                frames = decoder.decode(packet)
            except av.error.FFmpegError:
                # A cut without encoding leaves the first few pictures with
                # references to what was cut away.
                if strict and place <= _MOST_REFERENCES and not (
                        packet is None or packet.is_keyframe):
                    return _decode_all(path, total, strict=False)
                raise
            for frame in frames:
                if frame.is_corrupt:
                    raise UserError(f'frame {count} is damaged')
                count += 1
    if count < total:
        raise UserError(f'{count} of {total} frames decode')
