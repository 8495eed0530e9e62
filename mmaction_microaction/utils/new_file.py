# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files that appear under their name only when they are complete."""
import os
import os.path as osp
from contextlib import contextmanager
from typing import IO, Iterator


@contextmanager
def new_path(path: str) -> Iterator[str]:
    """A path to write to, which is renamed when all went well.

    Args:
        path (str): The file; an old one stays if anything goes wrong.

    Yields:
        str: A path beside it.

    Raises:
        OSError: If the file cannot be written.
    """
    part = f'{path}.part'
    try:
        yield part
        os.replace(part, path)
    finally:
        if osp.exists(part):
            os.remove(part)


@contextmanager
def new_text_file(path: str) -> Iterator[IO[str]]:
    """A UTF-8 text file that gets its name when all is written.

    Line ends stay as they are written.

    Args:
        path (str): The file; an old one stays if anything goes wrong.

    Yields:
        IO[str]: To write to.

    Raises:
        OSError: If the file cannot be written.
    """
    with new_path(path) as part:
        with open(part, 'w', encoding='utf-8', newline='') as file:
            yield file
