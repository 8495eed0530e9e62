# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Folders with one run in each."""
import fcntl
import os
from contextlib import contextmanager
from typing import Iterator, Optional

from .errors import UserError


@contextmanager
def lock_folder(folder: str, shared: bool = False) -> Iterator[int]:
    """Keep a second run out of a folder, by a UserError, unless both share
    it. The lock ends with the process and the children that inherit the
    handle (``pass_fds``)."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    handle = os.open(folder, os.O_RDONLY)
    try:
        if try_lock(handle, kind | fcntl.LOCK_NB) is False:
            raise UserError(f'another run is writing to {folder}')
        yield handle
    finally:
        os.close(handle)


def try_lock(handle: int,
             kind: int = fcntl.LOCK_EX | fcntl.LOCK_NB) -> Optional[bool]:
    """Whether it is ours now; None on a disk that knows no locks."""
    try:
        fcntl.flock(handle, kind)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return None
