# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One folder per video, and the record of its finished outputs."""
import hashlib
import json
import os
import os.path as osp
from collections import Counter
from itertools import chain
from typing import Any, Callable, Dict, List, Optional, Sequence

from mmaction_microaction.inference.find_videos import find_videos
from mmaction_microaction.utils.files import (atomic_text_file, new_files,
                                              remove_unchanged, safe_name)

RECORD_FILE = 'done.json'


def choose_folders(videos: Sequence[str], out: str) -> Dict[str, str]:
    """Give every video its own folder directly below ``out``.

    The folder of an earlier call is kept. A new one has the video's name or,
    if another video or foreign files have taken it, some more digits, which
    depend on the video's path alone, so that a later call chooses the same.
    """
    names = {v: safe_name(osp.splitext(osp.basename(v))[0]) for v in videos}
    uses = Counter(name.casefold() for name in names.values())
    folders = {}
    for video, name in names.items():
        path, real = osp.join(out, name), osp.realpath(video)
        digest = hashlib.sha256(os.fsencode(real)).hexdigest()
        other = f'{path}-{digest[:8]}'
        if _owner(path) != real and (uses[name.casefold()] > 1 or
                                     _is_taken(path) or _owner(other) == real):
            path = other
        folders[video] = path
    return folders


def _owner(folder: str) -> Optional[str]:
    """The video of a folder; a link may lead elsewhere."""
    record = None if osp.islink(folder) else _read(folder)
    video = record['key'].get('video') if record else None
    return video.get('path') if isinstance(video, dict) else None


def _is_taken(folder: str) -> bool:
    if osp.islink(folder) or not osp.isdir(folder):
        return osp.lexists(folder)
    return bool(os.listdir(folder))


def is_output(folder: str) -> bool:
    """Whether a folder belongs to :class:`OutputFolder`."""
    return _read(folder) is not None


def identify(path: str) -> dict:
    """Fields that distinguish a file from another or from its earlier
    content."""
    path = osp.realpath(path)
    state = os.stat(path)
    return dict(path=path, size=state.st_size, mtime_ns=state.st_mtime_ns)


def list_videos(paths: Sequence[str]) -> List[str]:
    """The named files, and the videos in the named folders, without
    duplicates.

    Missing paths and folders without videos are kept, to be reported in turn.
    Folders of :class:`OutputFolder` are omitted.
    """
    found: Dict[str, str] = {}
    for path in paths:
        videos = find_videos(path, is_output) if osp.isdir(path) else []
        for file in videos or [path]:
            found.setdefault(osp.realpath(file), file)
    return list(found.values())


class OutputFolder:
    """The folder of one video, with a record of its finished outputs.

    Args:
        key (dict): Plain values that the outputs depend on. Outputs of another
            key are removed, so that files do not contradict each other, except
            those that a user has changed.
        overwrite (bool): Whether to repeat finished outputs.
    """

    def __init__(self,
                 path: str,
                 key: Dict[str, Any],
                 overwrite: bool = False) -> None:
        os.makedirs(path, exist_ok=True)
        self.path = path
        self._key = json.loads(json.dumps(key))
        record = _read(path) or dict(key=None, outputs={}, problems=[])
        self._outputs: Dict[str, List[str]] = record['outputs']
        #: What could not be read of the video.
        self.problems: List[str] = record['problems']
        if overwrite or record['key'] != self._key:
            remove_unchanged(path, chain(*self._outputs.values()))
            self._outputs, self.problems = {}, []
        self._write()

    def has(self, name: str) -> bool:
        """Whether an output is finished and its files still exist."""
        return name in self._outputs and all(
            osp.isfile(osp.join(self.path, file))
            for file in self._outputs[name])

    def file(self, name: str) -> str:
        """Path of a finished output's first file."""
        return osp.join(self.path, osp.basename(self._outputs[name][0]))

    def make(self, name: str, file: str, write: Callable[[str], None]) -> None:
        """Make an output, and record it as finished.

        ``write`` gets a path named ``file`` in an empty folder; all files
        there are moved to this one by :func:`new_files`.
        """
        with new_files(self.path, beside=True) as (scratch, placed):
            write(osp.join(scratch, file))
        names = sorted(placed, key=lambda name: name != file)
        self._outputs[name] = [osp.basename(placed[x]) for x in names]
        self._write()

    def _write(self) -> None:
        record = dict(
            key=self._key, outputs=self._outputs, problems=self.problems)
        with atomic_text_file(osp.join(self.path, RECORD_FILE)) as file:
            json.dump(record, file, indent=1)


def _read(folder: str) -> Optional[dict]:
    """The record in a folder, or None."""
    try:
        with open(osp.join(folder, RECORD_FILE), encoding='utf-8') as file:
            record = json.load(file)
    except (OSError, ValueError):
        return None
    types = dict(key=dict, outputs=dict, problems=list)
    fits = isinstance(record, dict) and all(
        isinstance(record.get(key), kind) for key, kind in types.items())
    return record if fits else None
