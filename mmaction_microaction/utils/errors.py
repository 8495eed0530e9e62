# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What a user can cause, told from our own mistakes."""
import os.path as osp
import sys
import traceback
from argparse import Namespace
from typing import Callable, Optional


class UserError(ValueError):
    """Something outside the package is not as it has to be: a file, a setting,
    an argument. The text says what was expected, what came and where to mend
    it; a tool prints that line and no traceback."""


def say(text: object) -> None:
    """Print a line beside what a tool writes to the standard output; line ends
    and repeated blanks become one blank."""
    tool = osp.basename(sys.argv[0])
    print(f'{tool}: {" ".join(str(text).split())}', file=sys.stderr)


def run_tool(work: Callable[[Namespace], Optional[int]],
             args: Namespace) -> int:
    """Do the work of a tool; a user's error ends it with one line.

    A user's errors are :class:`UserError`, ``OSError`` and a missing extra.
    All else is a mistake of ours and keeps its traceback, as everything does
    with ``args.debug``.

    Args:
        work (Callable): Takes the arguments, gives the exit code or None.
        args (Namespace): The parsed arguments.

    Returns:
        int: The exit code; 2 after a user's error, 130 after Ctrl-C.
    """
    try:
        return work(args) or 0
    except KeyboardInterrupt:
        say('stopped')
        return 130
    except (UserError, OSError, ModuleNotFoundError) as error:
        if getattr(args, 'debug', False):
            traceback.print_exc()
        say(f'error: {error}')
        return 2
