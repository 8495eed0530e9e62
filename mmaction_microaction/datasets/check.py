# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Finds video files that cannot be decoded, before a training run does.

Files are opened in processes of their own: a damaged one may crash or hang
the decoder, which must cost no more than that one file.
"""
import os.path as osp
from functools import partial
from typing import Iterator, Optional, Sequence, Tuple

from mmaction_microaction.utils.video import open_video, picture_stream
from mmaction_microaction.utils.workers import run_in_processes


def check_video(path: str, full: bool = False) -> Optional[str]:
    """Decode the first and the last frame of a video, or all (``full``), which
    also finds damage in the middle; what is wrong, or None."""
    import decord
    if not osp.isfile(path):
        return 'the file is missing'
    if osp.getsize(path) == 0:
        return 'the file is empty (0 bytes)'
    # decord raises RuntimeError or its own exception, with no common base.
    try:
        reader = decord.VideoReader(path, num_threads=1)
        total = len(reader)
        for index in sorted({0, total - 1}):
            reader[index]
        if full:  # decord hides damage in the middle now and then
            with open_video(path, decode_one=True) as container:
                stream = picture_stream(container)
                stream.thread_type = 'NONE'
                stream.codec_context.options = dict(err_detect='explode')
                for _ in container.decode(stream):
                    pass
    except Exception as error:
        reason = str(error).strip().partition('\n')[0]
        return f'not a video, cut off or damaged ({reason})'
    return None if total else 'the video has no frames'


def check_videos(paths: Sequence[str],
                 workers: int = 1,
                 full: bool = False,
                 timeout: float = 60.) -> Iterator[Tuple[str, Optional[str]]]:
    """Yield path and problem (or None) of many files, in their order; one
    that takes more than ``timeout`` seconds hangs the decoder."""
    yield from run_in_processes(
        partial(check_video, full=full), paths, workers, timeout, True)
