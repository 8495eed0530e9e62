# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One folder for each video, and the record of what is done in it."""
import hashlib
import json
import os
import os.path as osp
import re
import unicodedata
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence

RECORD_FILE = 'done.json'

_MAX_LENGTH = 80  # of a folder's name
# Names of devices on Windows, with or without an ending.
_RESERVED = re.compile(r'(con|prn|aux|nul|com\d|lpt\d)(\..*)?', re.I)


def safe_name(text: str) -> str:
    """Turn any text into a name that every file system takes.

    Args:
        text (str): E.g. a file's name without ending.

    Returns:
        str: Letters and digits of any script, ``-``, ``_``, ``.`` and single
        blanks; never empty, never beginning with a dot or a dash, at most 80
        characters.
    """
    text = unicodedata.normalize('NFC', text)
    text = re.sub(r'[^\w\-. ]', '_', text)
    text = re.sub(r'\s+', ' ', text).lstrip('.- ')
    # Endings that Windows drops; and file systems count bytes.
    text = text.encode()[:_MAX_LENGTH].decode(errors='ignore').rstrip('. ')
    return f'_{text}' if not text or _RESERVED.fullmatch(text) else text


def choose_folders(videos: Sequence[str], out: str) -> Dict[str, str]:
    """Give every video a folder of its own.

    It bears the video's name; where that is taken, by another video of the
    call, by the record of one of an earlier call or by files of someone else,
    some digits that depend on the video's path alone are added, so that a
    second call chooses the same.

    Args:
        videos (Sequence[str]): Files, none twice.
        out (str): The folder for all of them.

    Returns:
        dict[str, str]: Video -> folder, directly below ``out``.
    """
    names = {v: safe_name(osp.splitext(osp.basename(v))[0]) for v in videos}
    uses = Counter(name.casefold() for name in names.values())
    folders = {}
    for video, name in names.items():
        path = osp.join(out, name)
        if uses[name.casefold()] > 1 or _is_taken(path, video):
            digest = hashlib.sha256(os.fsencode(osp.realpath(video)))
            path += f'-{digest.hexdigest()[:8]}'
        folders[video] = path
    return folders


def _is_taken(folder: str, video: str) -> bool:
    if osp.islink(folder):  # may lead elsewhere
        return True
    if not osp.isdir(folder):
        return osp.exists(folder)
    record = _read(osp.join(folder, RECORD_FILE))
    if record is None:
        return bool(os.listdir(folder))
    return record['key'].get('video', {}).get('path') != osp.realpath(video)


def identify(path: str) -> dict:
    """What tells a file from another, or from itself after a change.

    Args:
        path (str): The file.

    Returns:
        dict: Real path, size in bytes and time of the last change.
    """
    path = osp.realpath(path)
    state = os.stat(path)
    return dict(path=path, size=state.st_size, mtime_ns=state.st_mtime_ns)


class OutputFolder:
    """The folder of one video, with a record of its finished outputs.

    Args:
        path (str): The folder; made if it is not there.
        key (dict): Plain values that the outputs depend on; finished ones
            with another key count as not there.
        overwrite (bool): Whether to do everything anew. Defaults to False.

    Raises:
        OSError: If it cannot be made or written.
    """

    def __init__(self,
                 path: str,
                 key: Dict[str, Any],
                 overwrite: bool = False) -> None:
        os.makedirs(path, exist_ok=True)
        self.path = path
        self._file = osp.join(path, RECORD_FILE)
        self._key = json.loads(json.dumps(key))
        record = None if overwrite else _read(self._file)
        self._outputs: List[str] = []
        if record and record['key'] == self._key:
            self._outputs = record['outputs']
        self._write()

    def has(self, name: str) -> bool:
        """Whether an output is finished."""
        return name in self._outputs

    def finish(self, name: str) -> None:
        """Record that an output is finished."""
        self._outputs.append(name)
        self._write()

    def _write(self) -> None:
        part = f'{self._file}.part'
        with open(part, 'w', encoding='utf-8') as file:
            json.dump(
                dict(key=self._key, outputs=self._outputs), file, indent=1)
        os.replace(part, self._file)


def _read(path: str) -> Optional[dict]:
    """The record in a file, None if there is none."""
    try:
        with open(path, encoding='utf-8') as file:
            record = json.load(file)
    except (OSError, ValueError):
        return None
    fits = isinstance(record, dict) and isinstance(
        record.get('key'), dict) and isinstance(record.get('outputs'), list)
    return record if fits else None
