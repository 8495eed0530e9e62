# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Atomic files, locked folders, file names."""
import fcntl
import hashlib
import json
import os
import os.path as osp
import platform
import re
import shutil
import tempfile
import time
import unicodedata
from contextlib import contextmanager, suppress
from itertools import count
from typing import (IO, Any, Callable, Dict, Iterable, Iterator, List,
                    Optional, Tuple, Union)

from .errors import say
from .locks import try_lock

FilePath = Union[str, os.PathLike]
#: In an output folder: file name -> SHA-256 of the files we wrote.
DIGESTS = '.digests.json'
# Lock of that record, and prefix of scratch folders.
_LOCK, _SCRATCH = '.digests.lock', '.part-microaction-'
_OWN_SCRATCH = f'{_SCRATCH}{platform.node()}-'  # of this machine
# Where streams have names, which may lead to a file.
_STREAMS = '/dev', '/dev/fd', '/proc/self/fd'
#: Usual extensions of videos, in lower case.
VIDEO_ENDINGS = ('.mp4', '.avi', '.mov', '.mkv', '.m4v', '.mpg', '.mpeg',
                 '.mts', '.m2ts', '.ts', '.webm', '.wmv', '.flv', '.3gp',
                 '.ogv', '.vob', '.asf', '.divx', '.dv', '.mxf')
_LONGEST = 255  # bytes of a file name, limit of file systems
_READABLE = 80  # bytes of a file name, for people


@contextmanager
def atomic_path(path: FilePath,
                shared: bool = False,
                folder: str = '',
                durable: bool = False) -> Iterator[str]:
    """Write a file atomically: yields the path of a temporary file, renamed to
    ``path`` on success. ``shared``: concurrent writers, the last one wins.
    ``folder``: of the temporary file, on the same disk. ``durable``: fsync."""
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
def atomic_text_file(path: FilePath,
                     shared: bool = False,
                     durable: bool = False) -> Iterator[IO[str]]:
    """:func:`atomic_path`, opened as UTF-8 without newline translation."""
    with atomic_path(path, shared, durable=durable) as part:
        with open(part, 'w', encoding='utf-8', newline='') as file:
            yield file


def write_bytes(path: FilePath,
                data: bytes,
                folder: str = '',
                check: Optional[Callable[[str], Any]] = None) -> Any:
    """Write a file atomically and durably, and create its folder. ``check``
    gets the temporary file; its error cancels, its result is returned."""
    os.makedirs(osp.dirname(osp.abspath(path)), exist_ok=True)
    with atomic_path(path, shared=True, folder=folder, durable=True) as part:
        with open(part, 'wb') as file:
            file.write(data)
        return check(part) if check else None


def _sync(path: str) -> None:
    """fsync a file or a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Short, blocking lock for publishing files, across processes; unlike
    :func:`lock_folder`, which a run may hold for hours."""
    path = osp.join(folder, _LOCK)
    while True:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT, 0o666)
        if try_lock(handle, fcntl.LOCK_EX) is None:
            break
        with suppress(FileNotFoundError):
            if osp.samestat(os.stat(path), os.fstat(handle)):
                break
        os.close(handle)  # the previous holder has removed it
    try:
        yield
    finally:
        with suppress(OSError):
            os.remove(path)
        with suppress(OSError):  # a fork may have the handle, too
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


@contextmanager
def new_files(folder: FilePath,
              beside: bool = False) -> Iterator[Tuple[str, Dict[str, str]]]:
    """Write files to a scratch folder and move them to ``folder`` on success.

    A file that was changed since we wrote it, or that we did not write, is
    kept: the new one is named ``a.new.eaf``, then ``a.new2.eaf``, and this is
    reported.

    Args:
        folder (str | os.PathLike): Created if missing.
        beside (bool): Put the scratch folder next to ``folder``, so that
            relative links in the files stay valid.

    Yields:
        tuple: The scratch folder, and a dict that gets the final path of each
        file, by name.
    """
    folder, placed = os.fspath(folder) or '.', {}
    os.makedirs(folder, exist_ok=True)
    parent = osp.dirname(osp.abspath(folder)) if beside else folder
    with _alone(parent):
        for name in os.listdir(parent):
            if name.startswith(_SCRATCH):
                _remove_unused(osp.join(parent, name))
        scratch = tempfile.mkdtemp(prefix=_OWN_SCRATCH, dir=parent)
        handle = os.open(scratch, os.O_RDONLY)
        try_lock(handle)
    try:
        yield scratch, placed
        with _alone(folder):
            placed.update(_publish(scratch, folder))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(handle)


def _remove_unused(scratch: str) -> None:
    """The scratch folder of a run that was killed: nobody holds its lock. As
    locks may not reach other machines, theirs has to be a day old."""
    with suppress(OSError):
        handle = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
        age = time.time() - os.fstat(handle).st_mtime
        if (_OWN_SCRATCH in scratch or age > 86400) and try_lock(handle):
            shutil.rmtree(scratch, ignore_errors=True)
        os.close(handle)


@contextmanager
def new_file(path: FilePath) -> Iterator[Tuple[str, Dict[str, str]]]:
    """:func:`new_files` for a single file: yields its temporary path. Streams
    such as ``/dev/stdout`` are written directly."""
    path = os.fspath(path)
    folder, name = osp.split(path)
    if folder in _STREAMS or osp.exists(path) and not osp.isfile(path):
        yield path, {name: path}
        return
    with new_files(folder) as (scratch, placed):
        yield osp.join(scratch, name), placed


def _publish(scratch: str, folder: str) -> Dict[str, str]:
    known, placed = _read_digests(folder), {}
    names = sorted(os.listdir(scratch))
    if folders := [x for x in names if osp.isdir(osp.join(scratch, x))]:
        raise ValueError(f'expected files only, but got folders: {folders}')
    for name in names:
        new, target = _digest(osp.join(scratch, name)), name
        stem, ending = osp.splitext(name)
        for number in count(1):
            old = _digest(osp.join(folder, target))
            if old in (None, new, *known.get(target, ())):
                break
            target = f'{stem}.new{number if number > 1 else ""}{ending}'
        if target != name:
            say(f'{osp.join(folder, name)} was changed since it was written, '
                f'so it is kept; the new one is {target}')
        # If killed before the move, the old file still counts as ours.
        known[target] = [new] if old is None else [old, new]
        placed[name] = osp.join(folder, target)
    with atomic_text_file(osp.join(folder, DIGESTS)) as file:
        json.dump(known, file, indent=1)
    for name, path in placed.items():
        os.replace(osp.join(scratch, name), path)
    _sync(folder)
    return placed


def remove_unchanged(folder: str, names: Iterable[str]) -> None:
    """Remove the files of a folder that are unchanged since we wrote them."""
    names = [osp.basename(x) for x in names]
    for name in set(names).difference(changed_files(folder, names)):
        os.remove(osp.join(folder, name))


def changed_files(folder: str, names: Iterable[str]) -> List[str]:
    """The files of a folder that were changed since we wrote them."""
    known = _read_digests(folder)
    return [
        x for x in names
        if _digest(osp.join(folder, x)) not in known.get(x, ())
    ]


def _read_digests(folder: str) -> Dict[str, List[str]]:
    """The record of digests; empty if missing or damaged."""
    try:
        with open(osp.join(folder, DIGESTS), encoding='utf-8') as file:
            known = json.load(file)
        return {name: list(digests) for name, digests in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _digest(path: str) -> Optional[str]:
    """SHA-256 of a file; None if missing, a text if it is no file."""
    if not osp.isfile(path):
        return 'no file' if osp.lexists(path) else None
    return file_sha256(path)


def file_sha256(path: str) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def to_nfc(text: str) -> str:
    """Normalise a text to Unicode NFC (composed)."""
    return unicodedata.normalize('NFC', text)


def as_on_disk(paths: Iterable[str]) -> List[str]:
    """The paths in the Unicode form of the disk: macOS writes accents as NFD,
    a list may use NFC, and most disks distinguish them. Missing or ambiguous
    paths stay as they are."""
    folders: Dict[str, Dict[str, List[str]]] = {}  # {folder: {NFC: names}}

    def find(path: str) -> str:
        if path.isascii() or osp.lexists(path):
            return path
        folder, name = osp.split(path)
        folder = find(folder)
        if folder not in folders:
            found = folders[folder] = {}
            with suppress(OSError):
                for other in os.listdir(folder or '.'):
                    found.setdefault(to_nfc(other), []).append(other)
        names = folders[folder].get(to_nfc(name), [])
        return osp.join(folder, names[0]) if len(names) == 1 else path

    return [find(x) for x in paths]


def safe_name(text: str) -> str:
    """A valid file name for a text: 1 to 80 bytes, no leading dot or dash."""
    text = re.sub(r'[^\w\-. ]', '_', to_nfc(text))
    text = re.sub(r'\s+', ' ', text).lstrip('.- ')
    text = text.encode()[:_READABLE].decode(errors='ignore').rstrip('. ')
    return text or '_'
