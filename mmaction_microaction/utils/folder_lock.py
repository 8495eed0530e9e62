# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One run at a time in a folder."""
import os
from typing import Optional

from .errors import UserError


def lock_folder(folder: str) -> Optional[int]:
    """Keep a second run out of a folder; the lock dies with the process.

    A child process that inherits the handle holds the lock as well.

    Args:
        folder (str): A folder that is there.

    Returns:
        int | None: The handle, for :func:`unlock_folder`. None on Windows,
        which has no such locks.

    Raises:
        ValueError: If another run has it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UserError(f'another run is writing to {folder}') from None
    except OSError:
        pass  # a disk on the network that knows no locks
    return handle


def unlock_folder(handle: Optional[int]) -> None:
    """Let others in.

    Args:
        handle (int | None): What :func:`lock_folder` gave.
    """
    if handle is not None:
        os.close(handle)
