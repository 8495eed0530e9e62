# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads lists of emotions: of clips, or of sessions that have many clips.

.. code-block:: none

    classes.txt  list of clips      list of sessions  clips to sessions
    calm         0001_01_1.mp4 joy  0001_01 joy       0001_01_1.mp4 0001_01
    joy          0001_01_2.mp4 joy  0001_02 calm      0001_01_2.mp4 0001_01

A name has no blanks, an emotion may (``mild joy``). Emotions and sessions are
taken in Unicode's composed form, however the file writes accents.
"""
import unicodedata
from typing import Dict, List, Optional, Sequence, Tuple, Union

from mmaction_microaction.utils.errors import UserError, refuse
from .list_file import scan_pairs
from .subject_split import subject_of


def read_classes(classes: Union[str, Sequence[str]]) -> Tuple[str, ...]:
    """Check the K names of the emotions, in index order, or read them from a
    file with one per line: two or more, none there twice, case aside."""
    where = classes if isinstance(classes, str) else 'classes'
    if isinstance(classes, str):
        try:
            with open(classes, encoding='utf-8-sig') as file:
                classes = [x.strip() for x in file if x.strip()]
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f'there is no file {classes!r} of emotions, one per line; '
                'write it, or give their names as a list') from error
        except UnicodeDecodeError as error:
            raise UserError(
                f'{where}: not a UTF-8 text file ({error})') from error
    if any(not isinstance(x, str) or not x.strip() for x in classes):
        raise UserError(f'{where}: expected names of emotions, but got '
                        f'{list(classes)}')
    names = tuple(compose(x.strip()) for x in classes)
    # 'Joy' beside 'joy' is a slip of the pen, not a class.
    if len({x.casefold() for x in names}) < max(2, len(names)):
        raise UserError(f'{where}: expected at least two emotions, none of '
                        f'them twice (letter case aside), but got '
                        f'{list(names)}')
    return names


def read_emotions(path: str,
                  classes: Sequence[str],
                  required: bool = True,
                  what: str = 'clip') -> List[Tuple[str, Optional[int]]]:
    """Read a list of ``clip emotion`` or ``session emotion`` lines: name and
    number of the emotion, in order.

    Args:
        path (str): The list, UTF-8.
        classes (Sequence[str]): The K emotions.
        required (bool): Whether every line needs an emotion; if not, all or
            none may have one. Defaults to True.
        what (str): What is named first, for errors. Defaults to ``'clip'``.
    """
    number = {name: index for index, name in enumerate(classes)}

    def problem_of(fields: List[str]) -> Optional[str]:
        if len(fields) == 1:
            return f'{fields[0]!r} has no emotion' if required else None
        if compose(fields[1]) in number:
            return None
        return (f'unknown emotion {fields[1]!r} of {fields[0]!r}; the classes '
                f'are {", ".join(classes)}')

    pairs, problems = scan_pairs(path, problem_of, f'{what} emotion', 2)
    refuse(problems)
    return [(name, None if text is None else number[compose(text)])
            for name, text in pairs]


def read_clip_sessions(path: str) -> Dict[str, str]:
    """Read a list of ``clip session`` lines: {clip: session}, in order. A list
    without sessions means the participants with whom clips' names begin."""

    def problem_of(fields: List[str]) -> Optional[str]:
        if len(fields) > 2:
            return (f"expected 'clip session', but got {len(fields)} fields: "
                    f'{" ".join(fields)!r}; names must not contain spaces')
        try:
            len(fields) == 2 or subject_of(fields[0])
        except ValueError as error:
            return str(error)
        return None

    pairs, problems = scan_pairs(path, problem_of, 'clip session')
    refuse(problems)
    return {
        clip: compose(session or subject_of(clip))
        for clip, session in pairs
    }


def compose(text: str) -> str:
    """A text in Unicode's composed form (NFC)."""
    return unicodedata.normalize('NFC', text)
