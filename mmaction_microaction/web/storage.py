# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The folder that the page serves, and the owner of each file: a visitor is a
key of an open page."""
import os
import os.path as osp
import secrets
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from typing import Dict, List, NamedTuple, Optional, Set

from mmaction_microaction.inference.find_videos import find_videos
from mmaction_microaction.utils.errors import UserError

_RESULTS = 'results-'


class Run(NamedTuple):
    """Folder of an analysis, and whether it was stopped."""
    folder: str
    stopped: threading.Event


class Storage:
    """A folder of temporary files, ``root`` (absolute, without links, closed
    to other users), with a folder of permanent files, ``samples``."""

    def __init__(self) -> None:
        self.root = osp.realpath(tempfile.mkdtemp(prefix='microactions-'))
        self.samples = osp.join(self.root, 'samples')
        os.mkdir(self.samples)
        self._uploads: Dict[str, str] = {}
        self._runs: Dict[str, Run] = {}
        self._stopped: Set[str] = set()  # who no longer wait for their turn
        self._lock = threading.RLock()

    def adopt(self, visitor: str, upload: Optional[str]) -> None:
        """Assign an upload, a file in a folder of its own, to a visitor; with
        it the folder goes. The previous one is removed."""
        folder = osp.dirname(osp.realpath(upload or ''))
        with self._lock:
            if self._uploads.get(visitor) != folder:
                remove(self._uploads.pop(visitor, ''))
            if upload and osp.isfile(upload) and \
                    osp.dirname(folder) == self.root and \
                    folder != self.samples and \
                    not osp.basename(folder).startswith(_RESULTS):
                self._uploads[visitor] = folder

    def expect(self, visitor: str) -> None:
        """The visitor waits for a run: an earlier :meth:`stop` is over."""
        self._stopped.discard(visitor)

    def begin(self, visitor: str) -> Run:
        """Start a run, stopped if the visitor no longer waits; the files of
        the visitor's previous run are removed."""
        with self._lock:
            self._drop_run(visitor)
            # Who knows the name can read what is in it.
            name = f'{_RESULTS}{secrets.token_hex(16)}-'
            folder = tempfile.mkdtemp(dir=self.root, prefix=name)
            run = self._runs[visitor] = Run(folder, threading.Event())
            if visitor in self._stopped:
                run.stopped.set()
            return run

    def stop(self, visitor: str) -> None:
        """Stop the visitor's run, or the one that is waited for."""
        self._stopped.add(visitor)
        run = self._runs.get(visitor)
        if run is not None:  # it may go meanwhile
            run.stopped.set()

    def end(self, visitor: str) -> None:
        """Stop the visitor's run and remove the visitor's files."""
        with self._lock:
            self._drop_run(visitor)
            remove(self._uploads.pop(visitor, ''))
            self._stopped.discard(visitor)

    def sweep(self, age: float) -> None:
        """Remove what nobody has changed for ``age`` seconds: uploads that
        were interrupted, and files of visitors who never said goodbye."""
        before = time.time() - age
        for entry in os.scandir(self.root):
            with suppress(OSError):  # it may go meanwhile
                if entry.path != self.samples and entry.stat(
                        follow_symlinks=False).st_mtime < before:
                    remove(entry.path)
        with self._lock:  # no goodbye, no files
            self._uploads = {
                k: x
                for k, x in self._uploads.items() if osp.lexists(x)
            }
            self._runs = {
                k: x
                for k, x in self._runs.items() if osp.lexists(x.folder)
            }

    def holds(self, path: str) -> bool:
        """Whether a path, links followed, is below :attr:`root`."""
        return osp.realpath(path).startswith(self.root + os.sep)

    def close(self) -> None:
        """Stop all runs and remove everything."""
        with self._lock:
            for visitor in self._runs:
                self.stop(visitor)
        shutil.rmtree(self.root, ignore_errors=True)

    def _drop_run(self, visitor: str) -> None:
        run = self._runs.pop(visitor, None)
        if run is not None:
            run.stopped.set()
            remove(run.folder)


def link_or_copy(source: str, target: str) -> None:
    """Hard-link a file, or copy it where the file system cannot link."""
    source = osp.realpath(source)
    try:
        os.link(source, target)
    except OSError:  # another disk, or links are not known
        shutil.copyfile(source, target)


def remove(path: str) -> None:
    """Remove a file or a folder, if it exists."""
    if osp.isdir(path) and not osp.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            os.remove(path)


def find_samples(folder: str) -> List[str]:
    """The videos of a folder, see find_videos, without subfolders."""
    if not osp.isdir(folder):
        raise FileNotFoundError(
            f'the folder of samples {folder} does not exist')
    found = find_videos(folder, below=False)
    if not found:
        raise UserError(f'there are no videos in {folder}')
    return found
