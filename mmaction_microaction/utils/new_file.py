# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files that appear under their name only when they are complete."""
import os
import os.path as osp
import platform
from contextlib import contextmanager
from typing import IO, Iterator


@contextmanager
def new_path(path: str, shared: bool = False) -> Iterator[str]:
    """A path to write to, which is renamed when all went well.

    Args:
        path (str): The file; an old one stays if anything goes wrong.
        shared (bool): Whether another process may write the same file at the
            same time; the last one wins. Defaults to False: what a killed
            process has left is written over.

    Yields:
        str: A path beside it.

    Raises:
        OSError: If the file cannot be written.
    """
    owner = f'.{platform.node()}.{os.getpid()}' if shared else ''
    part = f'{path}{owner}.part'
    try:
        yield part
        os.replace(part, path)
    finally:
        if osp.exists(part):
            os.remove(part)


@contextmanager
def new_text_file(path: str, shared: bool = False) -> Iterator[IO[str]]:
    """A UTF-8 text file that gets its name when all is written.

    Line ends stay as they are written.

    Args:
        path (str): The file; an old one stays if anything goes wrong.
        shared (bool): Whether another process may write the same file at the
            same time; the last one wins. Defaults to False: what a killed
            process has left is written over.

    Yields:
        IO[str]: To write to.

    Raises:
        OSError: If the file cannot be written.
    """
    with new_path(path, shared) as part:
        with open(part, 'w', encoding='utf-8', newline='') as file:
            yield file
