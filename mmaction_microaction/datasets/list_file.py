# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads lists with one ``name.mp4 label`` per line, as MA-52 has them, and
those of emotions: of clips, or of sessions that have many clips.

.. code-block:: none

    classes.txt  list of clips      list of sessions  clips to sessions
    calm         0001_01_1.mp4 joy  0001_01 joy       0001_01_1.mp4 0001_01
    joy          0001_01_2.mp4 joy  0001_02 calm      0001_01_2.mp4 0001_01

Windows line ends, blank lines and a byte order mark are read; what cannot be
meant is reported with file and line, never dropped or mapped in silence. A
name has no blanks, an emotion may (``mild joy``). Emotions and sessions are
taken in Unicode's composed form, however the file writes accents.
"""
import os.path as osp
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError, raise_for_problems
from mmaction_microaction.utils.files import to_nfc
from mmaction_microaction.utils.tables import whole_number
from .subject_split import subject_of

#: A clip's name as in the list, and its label (None where the line has none).
Entry = Tuple[str, Optional[int]]


def read_list(path: str,
              num_classes: int = MA52.num_classes,
              labels_required: bool = True) -> List[Entry]:
    """Read a UTF-8 list of clips that has to be sound; an error with the first
    ten lines that are not. Where labels are not required, all lines or no line
    may have one."""
    entries, problems = scan_list(path, num_classes, labels_required)
    raise_for_problems(problems)
    return entries


def scan_list(path: str,
              num_classes: int = MA52.num_classes,
              labels_required: bool = True) -> Tuple[List[Entry], List[str]]:
    """:func:`read_list` that goes on: the good lines in order, and one message
    ``file:line: what is wrong`` for each of the others."""

    def label_of(fields: List[str]) -> Optional[int]:
        if len(fields) == 1 and not labels_required:
            return None
        if len(fields) != 2:
            raise UserError("expected 'name.mp4 label', a name without spaces "
                            f'and its label, but got {" ".join(fields)!r}')
        return whole_number(fields[1], 'the label', num_classes)

    return _scan(path, label_of)


def listed_names(path: str) -> List[str]:
    """The clips of a list, whatever else stands in its lines."""
    with open(path, encoding='utf-8-sig', errors='replace') as file:
        return [line.split()[0] for line in file if line.strip()]


def read_classes(classes: Union[str, Sequence[str]]) -> Tuple[str, ...]:
    """Check the names of two or more emotions, in index order, or read them
    from a file with one per line."""
    where = classes if isinstance(classes, str) else 'classes'
    if isinstance(classes, str):
        if not osp.isfile(classes):
            raise FileNotFoundError(
                f'there is no file {classes!r} of emotions, one per line; '
                'write it, or give their names as a list')
        entries, problems = _scan(classes, lambda fields: None, 'emotion', 0)
        raise_for_problems(problems)
        classes = [name for name, _ in entries]
    names = tuple(
        to_nfc(x.strip()) for x in classes if isinstance(x, str) and x.strip())
    # 'Joy' beside 'joy' is a slip of the pen, not a class.
    distinct = {x.casefold() for x in names}
    if len(distinct) < max(2, len(classes)):
        raise UserError(f'{where}: expected at least two names of emotions, '
                        'none of them twice (letter case aside), but got '
                        f'{list(classes)}')
    return names


def read_emotions(path: str,
                  classes: Sequence[str],
                  required: bool = True,
                  what: str = 'clip') -> List[Entry]:
    """Read a list of ``clip emotion`` or ``session emotion`` lines: name and
    number of the emotion, in order. Where it is not required, all lines or no
    line may have one; errors name ``what`` stands first."""
    number = {name: index for index, name in enumerate(classes)}

    def number_of(fields: List[str]) -> Optional[int]:
        if len(fields) == 1 and not required:
            return None
        if len(fields) == 1:
            raise UserError(f'{fields[0]!r} has no emotion')
        if to_nfc(fields[1]) not in number:
            raise UserError(f'unknown emotion {fields[1]!r} of {fields[0]!r}; '
                            f'the classes are {", ".join(classes)}')
        return number[to_nfc(fields[1])]

    entries, problems = _scan(path, number_of, f'{what} emotion', 1)
    raise_for_problems(problems)
    return entries


def read_clip_sessions(path: str) -> Dict[str, str]:
    """Read a list of ``clip session`` lines: {clip: session}, in order. A list
    without sessions means the participants with whom clips' names begin."""

    def session_of(fields: List[str]) -> str:
        if len(fields) > 2:
            raise UserError("expected 'clip session', names without spaces, "
                            f'but got {" ".join(fields)!r}')
        return to_nfc(fields[1]) if fields[1:] else subject_of(fields[0])

    entries, problems = _scan(path, session_of, 'clip session')
    raise_for_problems(problems)
    return dict(entries)


def _scan(path: str,
          parse: Callable[[List[str]], Any],
          form: str = 'name.mp4 label',
          max_splits: int = -1) -> Tuple[List[Tuple[str, Any]], List[str]]:
    """The good lines, each a name and what ``parse`` makes of the line's
    fields, and messages of the others; ``form`` is what a line looks like."""
    try:
        with open(path, encoding='utf-8-sig') as file:
            lines = file.read().split('\n')
    except UnicodeDecodeError as error:
        return [], [f'{path}: not a UTF-8 text file ({error})']
    entries, problems, first_line = [], [], {}
    is_bare = None  # whether the first good line is a name alone
    for number, line in enumerate(lines, start=1):
        fields = line.strip().split(maxsplit=max_splits)
        if not fields:
            continue
        name = fields[0]
        # Of './a.mp4' and 'a.mp4', or of one accent in two encodings, too.
        first = first_line.setdefault(osp.normpath(to_nfc(name)), number)
        try:
            value = parse(fields)
            if first < number:
                raise UserError(
                    f'{name!r} is listed again (first on line {first})')
            # A half-labelled list is a damaged one.
            if is_bare not in (None, len(fields) == 1):
                raise UserError(
                    f'{line.strip()!r} and the first line differ: either all '
                    'lines or none may have a label')
        except UserError as error:
            problems.append(f'{path}:{number}: {error}')
            continue
        is_bare = len(fields) == 1
        entries.append((name, value))
    if not entries and not problems:
        problems.append(f'{path}: the list is empty; expected lines of the '
                        f'form {form!r}')
    return entries, problems
