# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A user's error in a tool: one line on the standard error, no traceback."""
import sys
from contextlib import contextmanager
from typing import Iterator


def say(tool: str, text: str) -> None:
    """Print a line beside what the tool writes to the standard output.

    Args:
        tool (str): File name of the tool.
        text (str): Line ends and repeated blanks become one blank.
    """
    print(f'{tool}: {" ".join(text.split())}', file=sys.stderr)


@contextmanager
def one_line_errors(tool: str) -> Iterator[None]:
    """End with exit code 2 and one line on errors that a user can cause.

    Args:
        tool (str): File name of the tool.

    Raises:
        SystemExit: On ``ValueError``, ``TypeError`` and ``OSError``.
    """
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        say(tool, f'error: {error}')
        sys.exit(2)
