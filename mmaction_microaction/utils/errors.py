# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What a user can cause, told from our own mistakes."""
import os.path as osp
import sys
import traceback
from argparse import Namespace
from typing import Callable, List, Optional, Sequence


class UserError(ValueError):
    """Something outside the package is not as it has to be: a file, a setting,
    an argument. The text says what was expected, what came and where to mend
    it; a tool prints that line and no traceback."""


def first_of(lines: Sequence[str], shown: int = 10) -> List[str]:
    """The first few lines, and how many more there are."""
    more = len(lines) - shown
    return [*lines[:shown], *([f'... and {more} more'] if more > 0 else [])]


def refuse(problems: Sequence[str]) -> None:
    """Raise :class:`UserError` if there are problems, with the first ten."""
    if problems:
        raise UserError('\n'.join(first_of(problems)))


class UserTypeError(UserError, TypeError):
    """A setting of a wrong type, which a user's config can hold, too."""


def say(text: object) -> None:
    """Print one line, whatever blanks are in it, to the standard error."""
    tool = osp.basename(sys.argv[0])
    print(f'{tool}: {" ".join(str(text).split())}', file=sys.stderr)


def run_tool(work: Callable[[Namespace], Optional[int]],
             args: Namespace) -> int:
    """Do the work of a tool; returns its exit code, 130 after Ctrl-C and 2
    after a user's error (:class:`UserError`, ``OSError``, a missing extra),
    which is one line. All else is a mistake of ours and keeps its traceback,
    as everything does with ``args.debug``."""
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
