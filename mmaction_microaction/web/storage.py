# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The folder that the page serves, and who has what in it."""
import os
import os.path as osp
import shutil
import tempfile
import threading
from typing import Dict, List


class Visit:
    """What one open page has.

    Attributes:
        paths (list[str]): Files and folders that go with the page.
        stopped (threading.Event): Set when nobody waits for the result.
    """

    def __init__(self) -> None:
        self.paths: List[str] = []
        self.stopped = threading.Event()


class Storage:
    """A folder of temporary files, removed with all that is in it.

    Attributes:
        root (str): The folder, absolute and without links. Nobody else can
            look into it.
    """

    def __init__(self) -> None:
        self.root = osp.realpath(tempfile.mkdtemp(prefix='microactions-'))
        self._visits: Dict[str, Visit] = {}
        self._lock = threading.Lock()

    def begin(self, visitor: str, upload: str) -> Visit:
        """Start a run; the results of the visitor's last one are removed.

        Args:
            visitor (str): What tells open pages apart.
            upload (str): The video, which goes with the visitor. Files that
                are not below :attr:`root` are left alone.

        Returns:
            Visit: Its last path is a new folder for the results.
        """
        self.end(visitor, keep=upload)
        visit = Visit()
        if self.holds(upload):
            visit.paths.append(upload)
        visit.paths.append(tempfile.mkdtemp(dir=self.root, prefix='results-'))
        with self._lock:
            self._visits[visitor] = visit
        return visit

    def stop(self, visitor: str) -> None:
        """Tell the visitor's run, if there is one, to stop."""
        with self._lock:
            visit = self._visits.get(visitor)
        if visit is not None:
            visit.stopped.set()

    def end(self, visitor: str, keep: str = '') -> None:
        """Stop the visitor's run and remove what goes with it.

        Args:
            visitor (str): What tells open pages apart.
            keep (str): A file to leave. Defaults to ''.
        """
        self.stop(visitor)
        with self._lock:
            visit = self._visits.pop(visitor, None)
        for path in visit.paths if visit else ():
            if path != keep:
                remove(path)

    def holds(self, path: str) -> bool:
        """Whether a path, links followed, is below :attr:`root`."""
        return osp.realpath(path).startswith(self.root + os.sep)

    def close(self) -> None:
        """Stop all runs and remove everything."""
        with self._lock:
            visitors = list(self._visits)
        for visitor in visitors:
            self.stop(visitor)
        shutil.rmtree(self.root, ignore_errors=True)


def remove(path: str) -> None:
    """Remove a file or a folder, if it is there."""
    if osp.isdir(path) and not osp.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif osp.lexists(path):
        os.remove(path)
