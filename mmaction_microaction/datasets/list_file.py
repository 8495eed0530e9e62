# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Readers of lists with one ``name.mp4 label`` per line, as of MA-52, and of
lists of emotions, per clip or per session.

.. code-block:: none

    classes.txt  list of clips      list of sessions  clips to sessions
    calm         0001_01_1.mp4 joy  0001_01 joy       0001_01_1.mp4 0001_01
    joy          0001_01_2.mp4 joy  0001_02 calm      0001_01_2.mp4 0001_01

Windows line endings, blank lines and a byte order mark are accepted; invalid
lines are reported with file and line. A name has no spaces, an emotion may
(``mild joy``). Emotions and sessions are normalised to Unicode NFC.
"""
import os.path as osp
import re
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError, raise_for_problems
from mmaction_microaction.utils.files import to_nfc
from mmaction_microaction.utils.limits import read_limited
from mmaction_microaction.utils.tables import whole_number
from .subject_split import subject_of

#: Name of a clip, and its label (None without one).
Entry = Tuple[str, Optional[int]]


def read_list(path: str,
              num_classes: int = MA52.num_classes,
              labels_required: bool = True) -> List[Entry]:
    """Read a UTF-8 list of clips.

    Args:
        path (str): The list.
        num_classes (int): K; labels are 0 to K - 1.
        labels_required (bool): If not, either all lines or none have a label.

    Returns:
        list[tuple[str, int | None]]: Name and label, in order.

    Raises:
        UserError: With the first ten invalid lines.
    """
    entries, problems = scan_list(path, num_classes, labels_required)
    raise_for_problems(problems)
    return entries


def scan_list(path: str,
              num_classes: int = MA52.num_classes,
              labels_required: bool = True) -> Tuple[List[Entry], List[str]]:
    """As :func:`read_list`, but returns the valid lines, and a message
    ``file:line: problem`` for each invalid one."""

    def label_of(fields: List[str]) -> Optional[int]:
        if len(fields) == 1 and not labels_required:
            return None
        if len(fields) != 2:
            raise UserError("expected 'name.mp4 label', a name without spaces "
                            f'and its label, but got {" ".join(fields)!r}')
        return whole_number(fields[1], 'the label', num_classes)

    return _scan(path, label_of)


def listed_names(path: str) -> List[str]:
    """The clips of a list, without their labels."""
    with open(path, encoding='utf-8-sig', errors='replace') as file:
        return [line.split()[0] for line in file if line.strip()]


def read_classes(classes: Union[str, Sequence[str]]) -> Tuple[str, ...]:
    """Validate the names of two or more emotions, in index order, or read them
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
    # 'Joy' and 'joy' are one class, misspelt.
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
    """Read lines ``clip emotion`` or ``session emotion``: name and index of
    the emotion, in order. Unless ``required``, either all lines or none have
    one; errors call the name a ``what``."""
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
    """Read lines ``clip session``: {clip: session}, in order. Without a
    session it is the participant in the clip's name."""

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
    """Name and ``parse(fields)`` of the valid lines, and messages for the
    others; ``form`` describes a line."""
    try:
        text = read_limited(path, b'\n\r').decode('utf-8-sig')
        lines = re.split('\r\n?|\n', text)
    except UnicodeDecodeError as error:
        return [], [f'{path}: not a UTF-8 text file ({error})']
    entries, problems, first_line = [], [], {}
    is_bare = None  # whether the first valid line has no label
    for number, line in enumerate(lines, start=1):
        fields = line.strip().split(maxsplit=max_splits)
        if not fields:
            continue
        name = fields[0]
        # './a.mp4' equals 'a.mp4', and Unicode forms are equal.
        first = first_line.setdefault(osp.normpath(to_nfc(name)), number)
        try:
            value = parse(fields)
            if first < number:
                raise UserError(
                    f'{name!r} is listed again (first on line {first})')
            # A partly labelled list is damaged.
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
