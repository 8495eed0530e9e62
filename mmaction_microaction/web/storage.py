# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The folder that the page serves, and who has what in it."""
import os
import os.path as osp
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from typing import Dict, Optional


@dataclass
class Run:
    """One analysis.

    Attributes:
        folder (str): Where its files go.
        stopped (threading.Event): Set when nobody waits for them any more.
    """
    folder: str
    stopped: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Visit:
    """What belongs to one open page."""
    upload: str = ''
    run: Optional[Run] = None


class Storage:
    """A folder of temporary files, removed with all that is in it.

    Attributes:
        root (str): The folder, absolute and without links. No other user of
            the machine can look into it.
        samples (str): A folder in it for files that stay.
    """

    def __init__(self) -> None:
        self.root = osp.realpath(tempfile.mkdtemp(prefix='microactions-'))
        self.samples = osp.join(self.root, 'samples')
        os.mkdir(self.samples)
        self._visits: Dict[str, _Visit] = {}
        self._lock = threading.RLock()

    def adopt(self, visitor: str, upload: Optional[str]) -> None:
        """Let a file go with a visitor; the one before it is removed.

        Args:
            visitor (str): What tells open pages apart.
            upload (str, optional): The file; samples belong to nobody, and
                nothing outside of :attr:`root` does.
        """
        own = bool(upload) and self.holds(upload) and \
            osp.dirname(upload) != self.samples
        with self._lock:
            visit = self._visits.setdefault(visitor, _Visit())
            if visit.upload not in ('', upload):
                remove(visit.upload)
            visit.upload = upload if own else ''

    def begin(self, visitor: str) -> Run:
        """Start a run; the files of the visitor's last one are removed.

        Args:
            visitor (str): What tells open pages apart.

        Returns:
            Run: With a new folder.
        """
        with self._lock:
            visit = self._visits.setdefault(visitor, _Visit())
            self._drop_run(visit)
            visit.run = Run(tempfile.mkdtemp(dir=self.root, prefix='results-'))
            return visit.run

    def stop(self, visitor: str) -> None:
        """Tell the visitor's run, if there is one, to stop."""
        with self._lock:
            visit = self._visits.get(visitor)
            if visit is not None and visit.run is not None:
                visit.run.stopped.set()

    def end(self, visitor: str) -> None:
        """Stop the visitor's run and remove all that goes with the page."""
        with self._lock:
            visit = self._visits.pop(visitor, _Visit())
            self._drop_run(visit)
            if visit.upload:
                remove(visit.upload)

    def holds(self, path: str) -> bool:
        """Whether a path, links followed, is below :attr:`root`."""
        return osp.realpath(path).startswith(self.root + os.sep)

    def close(self) -> None:
        """Stop all runs and remove everything."""
        with self._lock:
            for visitor in self._visits:
                self.stop(visitor)
        shutil.rmtree(self.root, ignore_errors=True)

    @staticmethod
    def _drop_run(visit: _Visit) -> None:
        if visit.run is not None:
            visit.run.stopped.set()
            remove(visit.run.folder)


def place(source: str, target: str) -> None:
    """Make a file appear at a second place, as a copy if need be.

    Args:
        source (str): The file.
        target (str): Its second name.

    Raises:
        OSError: If it cannot be read.
    """
    source = osp.realpath(source)
    try:
        os.link(source, target)
    except OSError:  # another disk, or links are not known
        shutil.copyfile(source, target)


def remove(path: str) -> None:
    """Remove a file or a folder, if it is there."""
    if osp.isdir(path) and not osp.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif osp.lexists(path):
        os.remove(path)
