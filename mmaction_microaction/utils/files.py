# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files that are whole or not there, folders with one run in each, names."""
import fcntl
import hashlib
import os
import os.path as osp
import platform
import re
import unicodedata
from contextlib import contextmanager
from typing import IO, Any, Callable, Iterator, Optional, Union

from .errors import UserError

FilePath = Union[str, os.PathLike]
_LONGEST = 255  # bytes of a name that file systems take
_READABLE = 80  # bytes of a name that people read


@contextmanager
def new_path(path: FilePath,
             shared: bool = False,
             folder: str = '',
             durable: bool = False) -> Iterator[str]:
    """An unfinished file, which gets its name when all went well; if not, an
    old one stays. ``shared``: others may write it at the same time, the last
    one wins. ``folder``: for the unfinished file, on the same disk.
    ``durable``: file and name are to survive a power cut."""
    end = f'.{platform.node()}.{os.getpid()}.part' if shared else '.part'
    name = os.fsencode(osp.basename(path))
    if len(name) + len(end) > _LONGEST:
        name = hashlib.sha1(name).hexdigest().encode()
    part = osp.join(folder or osp.dirname(path), os.fsdecode(name) + end)
    try:
        yield part
        if durable:
            _sync(part)
        os.replace(part, path)
        if durable:
            _sync(osp.dirname(path) or '.')
    finally:
        if osp.exists(part):
            os.remove(part)


@contextmanager
def new_text_file(path: FilePath, shared: bool = False) -> Iterator[IO[str]]:
    """:func:`new_path`, opened as UTF-8; line ends stay as written."""
    with new_path(path, shared) as part:
        with open(part, 'w', encoding='utf-8', newline='') as file:
            yield file


def write_bytes(path: FilePath,
                data: bytes,
                folder: str = '',
                check: Optional[Callable[[str], Any]] = None) -> Any:
    """Write a file for good, and its folder. ``check`` gets the unfinished
    file, its error stops the writing; what it returns is returned."""
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    with new_path(path, shared=True, folder=folder, durable=True) as part:
        with open(part, 'wb') as file:
            file.write(data)
        return check(part) if check else None


def _sync(path: str) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def lock_folder(folder: str) -> Iterator[int]:
    """Keep a second run out of a folder, by a UserError. The lock ends with
    the process and the children that inherit the handle (``pass_fds``)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f'another run is writing to {folder}') from None
        except OSError:
            pass  # a disk on the network that knows no locks
        yield handle
    finally:
        os.close(handle)


def safe_name(text: str) -> str:
    """A file's name for any text: 1 to 80 bytes, no dot or dash first."""
    text = unicodedata.normalize('NFC', text)
    text = re.sub(r'[^\w\-. ]', '_', text)
    text = re.sub(r'\s+', ' ', text).lstrip('.- ')
    text = text.encode()[:_READABLE].decode(errors='ignore').rstrip('. ')
    return text or '_'
