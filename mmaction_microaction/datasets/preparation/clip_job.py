# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What a worker process does with one clip."""
import hashlib
import os
import os.path as osp
from functools import partial
from typing import Union

import cv2

from mmaction_microaction.utils.files import write_bytes
from .encode import check_encoded, encode_clip
from .manifest import ClipRecord
from .recipe import Recipe

#: A prepared clip; why it cannot be prepared; or why nothing can be written.
JobResult = Union[ClipRecord, str, OSError]


def prepare_clip(name: str, source: str, target: str, scratch: str,
                 recipe: Recipe, psnr: bool) -> JobResult:
    """Prepare one clip of a root.

    Nothing is raised, since the result travels between processes; and what
    is wrong with the clip is kept apart from what is wrong with the disk.

    ``name`` is relative to the roots ``source`` and ``target``; unfinished
    files are in ``scratch``; ``psnr`` measures the quality.
    """
    cv2.setNumThreads(1)  # there is one process per core
    path = osp.join(source, name)
    try:
        stat = os.stat(path)
        if stat.st_size == 0:
            return 'the file is empty (0 bytes)'
        file_sha256(path)  # what a disk says; decoders call it the end
        clip = encode_clip(path, recipe, keep_frames=psnr)
    except (OSError, MemoryError) as error:
        return f'cannot be read ({_first_line(error)})'
    except Exception as error:  # decord's and PyAV's have no common base
        return f'not a video, cut off or damaged ({_first_line(error)})'
    try:
        quality = write_bytes(
            osp.join(target, name), clip.data, scratch,
            partial(check_encoded, clip=clip))
    except OSError as error:
        return error
    except Exception as error:
        return f'the prepared clip cannot be read again ({_first_line(error)})'
    width, height = clip.size
    return ClipRecord(name, clip.num_frames, clip.fps, width, height,
                      len(clip.data),
                      hashlib.sha256(clip.data).hexdigest(),
                      None if quality is None else round(quality, 2),
                      stat.st_size, stat.st_mtime_ns)


def file_sha256(path: str) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition('\n')[0] or type(error).__name__
