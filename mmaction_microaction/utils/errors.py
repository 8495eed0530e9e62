# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Errors that users can cause, as opposed to bugs. Their text says what was
expected, what was found and where to fix it."""
import difflib
import importlib
import os.path as osp
import re
import sys
import traceback
import warnings
from argparse import Namespace
from contextlib import contextmanager
from types import ModuleType
from typing import Callable, Iterable, Iterator, List, Optional, Sequence


class UserError(ValueError):
    """An invalid file, setting or argument."""


def first_of(lines: Sequence[str], shown: int = 10) -> List[str]:
    """The first lines, and a count of the rest."""
    more = len(lines) - shown
    return [*lines[:shown], *([f'... and {more} more'] if more > 0 else [])]


def reason_of(error: Exception, path: str) -> str:
    """The first line of an error, without a leading path."""
    text = str(error).strip().partition('\n')[0].removeprefix(f'{path} ')
    return text or type(error).__name__


def raise_for_problems(problems: Sequence[str]) -> None:
    """Raise :class:`UserError` with the first ten problems, if any."""
    if problems:
        raise UserError('\n'.join(first_of(problems)))


class UserTypeError(UserError, TypeError):
    """A setting of a wrong type."""


class UserRuntimeError(UserError, RuntimeError):
    """A file found to be damaged at run time."""


def did_you_mean(word: str, known: Iterable[str], number: int = 1) -> str:
    """The end of a message about a wrong name: the most similar ones."""
    near = difflib.get_close_matches(word, known, number)
    return f'; did you mean {" or ".join(near)}?' if near else ''


def import_extra(name: str, what: str, extra: str = 'export') -> ModuleType:
    """Import an optional package; the error says how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ModuleNotFoundError(
            f'{name} is required for {what}: run pip install ".[{extra}]" in '
            'the clone') from error


def describe_config_error(error: Exception) -> str:
    """Explain an error caused by a config; '' if it may be a bug of ours."""
    text = str(error.args[0] if error.args else error).partition('\n')[0]
    frames = traceback.extract_tb(error.__traceback__)
    if {x.name for x in frames} & {'fromfile', 'merge_from_dict'}:
        return f'{type(error).__name__}: {text}'  # the user's own code
    if frames and osp.join('mmengine', 'config') in frames[-1].filename:
        if frames[-1].name == '__call__':
            return 'settings on the command line need key=value'
        return f'it has no {text}' * isinstance(error, KeyError) or text
    signs = {
        KeyError: ' registry|must contain the key "type"',
        TypeError: r'__init__\(\)',
        ValueError: '^Cannot infer the rule',  # of save_best
    }
    for kind, sign in signs.items():
        if isinstance(error, kind) and re.search(sign, text):
            return text.split('. ')[0]
    return ''


def say(text: object) -> None:
    """Print one line to stderr, with whitespace collapsed and the middle of
    long texts cut out."""
    line = f'{osp.basename(sys.argv[0])}: {" ".join(str(text).split())}'
    if len(line) > 900:
        line = f'{line[:440]} ... {line[-440:]}'
    print(line, file=sys.stderr)


def say_failure(error: Exception, where: str, debug: bool = False) -> None:
    """Report the failure of one file of several; bugs show a traceback."""
    text = str(error) or type(error).__name__
    if debug or not isinstance(error, (UserError, OSError, ImportError)):
        traceback.print_exception(error)
    say(f'error: {text if where in text else f"{where}: {text}"}')


@contextmanager
def warnings_to_stderr() -> Iterator[None]:
    """Print the warnings raised inside to stderr, one line each, once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always', UserWarning)
        try:
            yield
        finally:
            for text in dict.fromkeys(str(x.message) for x in caught):
                say(f'warning: {text}')


def run_tool(work: Callable[[Namespace], Optional[int]],
             args: Namespace) -> int:
    """Run a tool and return its exit code. User errors become one line, unless
    ``args.debug``; bugs keep their traceback."""
    try:
        try:
            return work(args) or 0
        except SyntaxError as error:
            # MMEngine reports whatever ends its formatting of a config, on
            # each save, as a wrong config: also Ctrl+C, and a lost worker.
            if isinstance(error.__context__,
                          (RuntimeError, KeyboardInterrupt)):
                raise error.__context__ from None
            raise
    except KeyboardInterrupt:
        say('stopped')
        return 130
    except Exception as error:
        text = str(error)
        if ' in DataLoader worker process ' in text:  # after its traceback
            text = re.split(r'\n[\w.]*Error(?:: |$)', text)[-1].strip() or text
        if not isinstance(error, (UserError, OSError, ModuleNotFoundError)):
            if isinstance(error, UnicodeDecodeError):
                text = f'a file is not the UTF-8 text it should be: {error}'
            elif text := describe_config_error(error):
                text = f'{getattr(args, "config", "the config")}: {text}'
            else:
                raise
        if getattr(args, 'debug', False):
            traceback.print_exc()
        say(f'error: {text}')
        return 2
