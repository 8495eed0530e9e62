# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Videos in a folder, detected by content rather than by name."""
import os
import os.path as osp
from collections import defaultdict
from typing import Callable, Dict, List, Optional

from mmaction_microaction.utils.errors import UserError, first_of, say
from mmaction_microaction.utils.files import VIDEO_ENDINGS
from mmaction_microaction.utils.video import open_video, picture_stream
from .video_stream import VideoFile


def find_videos(folder: str,
                skip: Callable[[str], bool] = lambda folder: False,
                below: bool = True) -> List[str]:
    """List the videos in a folder, sorted.

    A file counts if its content or its extension is that of a video. Other
    files are reported with the reason, except hidden ones.

    Args:
        folder (str): The folder.
        skip (callable): Takes a folder; True leaves out its files, silently.
        below (bool): Whether to descend into subfolders.
    """

    def reason(path: str) -> Optional[str]:
        is_video = path.lower().endswith(VIDEO_ENDINGS)
        return None if is_video else _why_not(path)

    return find_files(folder, reason, skip, below)


def find_files(folder: str,
               reason: Callable[[str], Optional[str]],
               skip: Callable[[str], bool],
               below: bool = True) -> List[str]:
    """As :func:`find_videos`, for the files without a ``reason`` to leave them
    out."""
    found: List[str] = []
    others: Dict[str, List[str]] = defaultdict(list)

    def note(error: OSError) -> None:
        others[str(error.strerror)].append(error.filename)

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = [x for x in folders if x[0] != '.'] if below else []
        links = filter(osp.islink, (osp.join(parent, x) for x in folders))
        others['is a link to a folder'] += links
        if skip(parent):
            continue
        for name in names:
            path = osp.join(parent, name)
            if name[0] != '.':
                why = reason(path)
                (found if why is None else others[why]).append(path)
    for why, paths in others.items():
        if paths:
            say(f'left out: {", ".join(first_of(sorted(paths)))}: {why}')
    return sorted(found)


def check_video(path: str) -> None:
    """UserError or OSError if a file cannot be opened as a video."""
    if osp.isdir(path):
        raise UserError(f'there are no videos in {path}')
    with open_video(path) as container:
        picture_stream(container)


def _why_not(path: str) -> Optional[str]:
    """The reason why a file is no video; None if it is one."""
    try:
        with open_video(path) as container:
            streams, kind = container.streams.video, container.format.name
            if streams and (kind.endswith('_pipe') or kind == 'image2'
                            or container.duration is None
                            and streams[0].frames == 1):
                return 'is a picture'
        VideoFile(path)
    except (UserError, OSError) as error:
        reason = getattr(error, 'strerror', None) or str(error)
        return reason.removeprefix(path).strip()
    return None
