# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files that are whole or not there, folders with one run in each, names."""
import fcntl
import os
import os.path as osp
import platform
import re
import unicodedata
from contextlib import contextmanager
from typing import IO, Any, Callable, Iterator, Optional

from .errors import UserError

_MAX_LENGTH = 80  # bytes of a name; file systems take 255


@contextmanager
def new_path(path: str,
             shared: bool = False,
             folder: str = '',
             durable: bool = False) -> Iterator[str]:
    """An unfinished file to write to, which gets its name when all went well;
    an old one stays if anything goes wrong.

    Args:
        path (str): The file.
        shared (bool): Another process may write it at the same time, the last
            one wins. If not, what a killed process has left is written over.
        folder (str): For the unfinished file, on the disk of ``path``, whose
            folder is the default.
        durable (bool): File and name are to survive a power cut.
    """
    owner = f'.{platform.node()}.{os.getpid()}' if shared else ''
    part = osp.join(folder or osp.dirname(path), osp.basename(path))
    part = f'{part}{owner}.part'
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
def new_text_file(path: str, shared: bool = False) -> Iterator[IO[str]]:
    """:func:`new_path`, opened as UTF-8; line ends stay as written."""
    with new_path(path, shared) as part:
        with open(part, 'w', encoding='utf-8', newline='') as file:
            yield file


def write_bytes(path: str,
                data: bytes,
                folder: str = '',
                check: Optional[Callable[[str], Any]] = None) -> Any:
    """Write a file for good (see :func:`new_path`), and its folder if need be.
    An error of ``check``, which gets the unfinished file, keeps it from its
    name; returns what ``check`` returns."""
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
    """Keep a second run out of a folder that is there, with a UserError.

    The lock is on the folder itself, leaves no file, dies with the process,
    and is held as well by a child that inherits the handle (``pass_fds``).
    """
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
    """Turn any text into a file's name: letters and digits of any script,
    ``-``, ``_``, ``.`` and single blanks; never empty, no dot or dash first,
    80 bytes at most."""
    text = unicodedata.normalize('NFC', text)
    text = re.sub(r'[^\w\-. ]', '_', text)
    text = re.sub(r'\s+', ' ', text).lstrip('.- ')
    text = text.encode()[:_MAX_LENGTH].decode(errors='ignore').rstrip('. ')
    return text or '_'
