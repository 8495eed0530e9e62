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
    """A path to write to, which gets its name when all went well.

    Args:
        path (str): The file; an old one stays if anything goes wrong.
        shared (bool): Whether another process may write the same file at the
            same time; the last one wins. Defaults to False: what a killed
            process has left is written over.
        folder (str): For the unfinished file, on the same disk. Defaults to
            that of ``path``.
        durable (bool): Whether file and name are to survive a power cut.
            Defaults to False.

    Yields:
        str: The unfinished file.

    Raises:
        OSError: If the file cannot be written.
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
    """A UTF-8 text file that gets its name when all is written; see
    :func:`new_path`. Line ends stay as they are written."""
    with new_path(path, shared) as part:
        with open(part, 'w', encoding='utf-8', newline='') as file:
            yield file


def write_bytes(path: str,
                data: bytes,
                folder: str = '',
                check: Optional[Callable[[str], Any]] = None) -> Any:
    """Write a file for good (see :func:`new_path`), and its folder if need be.

    Args:
        path (str): The file.
        data (bytes): What it is to hold.
        folder (str): For the unfinished file. Defaults to that of ``path``.
        check (Callable, optional): Called with the unfinished file; an error
            keeps it from getting its name. Defaults to None.

    Returns:
        Any: What ``check`` returns.
    """
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
    """Keep a second run out of a folder that is there.

    The lock is on the folder itself, leaves no file, dies with the process,
    and is held as well by a child that inherits the handle (``pass_fds``).

    Yields:
        int: The handle.

    Raises:
        UserError: If another run has it.
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
    """Turn any text, such as a file's name, into a name for a file.

    Returns:
        str: Letters and digits of any script, ``-``, ``_``, ``.`` and single
        blanks; never empty, never beginning with a dot or a dash, at most 80
        bytes.
    """
    text = unicodedata.normalize('NFC', text)
    text = re.sub(r'[^\w\-. ]', '_', text)
    text = re.sub(r'\s+', ' ', text).lstrip('.- ')
    text = text.encode()[:_MAX_LENGTH].decode(errors='ignore').rstrip('. ')
    return text or '_'
