# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files that are either whole or not there, whenever the process dies."""
import os
import os.path as osp
import tempfile
from typing import Any, Callable, Iterable, Optional

from mmaction_microaction.utils.errors import UserError


def write_atomically(path: str,
                     data: bytes,
                     scratch: str,
                     check: Optional[Callable[[str], Any]] = None) -> Any:
    """Write a file that appears under its name only when it is complete.

    Args:
        path (str): The file; its folder is made if it is not there.
        data (bytes): What it is to hold.
        scratch (str): Folder for the unfinished file, on the same disk.
        check (Callable[[str], Any], optional): Called with the written file
            before it gets its name; an exception keeps it from getting it.
            Defaults to None.

    Returns:
        Any: What ``check`` returns.

    Raises:
        OSError: If the disk is full, or cannot be written.
    """
    os.makedirs(osp.dirname(path), exist_ok=True)
    # A name of its own: a process that a killed run has left behind may be
    # writing the same clip.
    handle, part = tempfile.mkstemp(dir=scratch)
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(data)
            os.fchmod(handle, 0o644)  # mkstemp's are for the owner alone
            _flush(file)
        result = None if check is None else check(part)
        os.replace(part, path)
    except BaseException:
        try:
            os.unlink(part)
        except FileNotFoundError:  # a newer run has cleaned up
            pass
        raise
    _sync_folder(osp.dirname(path))
    return result


def append_durably(file, data: bytes) -> None:
    """Append to an open binary file and wait until the disk has it.

    Args:
        file (BinaryIO): Opened with ``'ab'``.
        data (bytes): What to append.

    Raises:
        OSError: If the disk is full, or cannot be written.
    """
    file.write(data)
    _flush(file)


def require_apart(source: str, target: str, folders: Iterable[str]) -> None:
    """Make sure that nothing of the source can be written over.

    Args:
        source (str): A folder.
        target (str): Another.
        folders (Iterable[str]): Folders in both, relative; each of them may
            be a link to some other place.

    Raises:
        ValueError: If, links followed, a folder of one is a folder of the
            other or lies in it.
    """
    folders = ['', *folders]
    sources = [osp.realpath(osp.join(source, folder)) for folder in folders]
    targets = [osp.realpath(osp.join(target, folder)) for folder in folders]
    for a in sources:
        for b in targets:
            if osp.commonpath([a, b]) in (a, b):
                raise UserError(
                    f'source and destination must be apart, but {a} (source) '
                    f'and {b} (destination) '
                    f'{"are the same" if a == b else "lie in each other"}')


def ignores_case(folder: str) -> bool:
    """Whether a folder takes ``A`` and ``a`` for one name.

    Args:
        folder (str): A folder that can be written.

    Returns:
        bool: True on the usual disks of Windows and macOS, and on exFAT.
    """
    handle, path = tempfile.mkstemp(dir=folder, prefix='case')
    os.close(handle)
    try:
        head, tail = osp.split(path)
        return osp.exists(osp.join(head, tail.swapcase()))
    finally:
        os.unlink(path)


def _flush(file) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: str) -> None:
    """Make a new name in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
