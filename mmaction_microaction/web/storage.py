# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The folder that the page serves, and the owner of each file: a visitor is a
key of an open page."""
import os
import os.path as osp
import shutil
import tempfile
import threading
from typing import Dict, List, NamedTuple, Optional

from mmaction_microaction.inference.find_videos import find_videos
from mmaction_microaction.utils.errors import UserError


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
        self._lock = threading.RLock()

    def adopt(self, visitor: str, upload: Optional[str]) -> None:
        """Assign a file below ``root``, but no sample, to a visitor; the
        previous one is removed."""
        with self._lock:
            if self._uploads.get(visitor) != upload:
                self._release(visitor)
            # A page can be sent any path, that of a folder, too.
            if upload and self.holds(upload) and osp.isfile(upload) and \
                    osp.dirname(osp.realpath(upload)) != self.samples:
                self._uploads[visitor] = upload

    def _release(self, visitor: str) -> None:
        """Remove a visitor's upload, unless it is another one's, too: Gradio
        names uploads by their content."""
        upload = self._uploads.pop(visitor, '')
        if upload not in self._uploads.values():
            remove(upload)

    def begin(self, visitor: str) -> Run:
        """Start a run; the files of the visitor's previous run are removed."""
        with self._lock:
            self._drop_run(visitor)
            folder = tempfile.mkdtemp(dir=self.root, prefix='results-')
            run = self._runs[visitor] = Run(folder, threading.Event())
            return run

    def stop(self, visitor: str) -> None:
        """Stop the visitor's run, if any."""
        run = self._runs.get(visitor)
        if run is not None:  # it may go meanwhile
            run.stopped.set()

    def end(self, visitor: str) -> None:
        """Stop the visitor's run and remove the visitor's files."""
        with self._lock:
            self._drop_run(visitor)
            self._release(visitor)

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
        self.stop(visitor)
        if visitor in self._runs:
            remove(self._runs.pop(visitor).folder)


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
    elif osp.lexists(path):
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
