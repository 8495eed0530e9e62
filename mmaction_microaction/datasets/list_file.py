# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads MA-52's list files: one ``name.mp4 label`` per line.

The official files have Windows line ends and no line end after the last
line; the test list carries a dummy 0 for every label. Lists of other people
add blank lines, a byte order mark, or leave the test labels out. All of that
is read; what cannot be meant is reported with its file and line, never
dropped or mapped in silence.
"""
import os.path as osp
import unicodedata
from typing import Callable, Dict, List, Optional, Tuple

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import refuse

#: A clip's name as in the list, and its label (None where the line has none).
Entry = Tuple[str, Optional[int]]


def read_list(path: str,
              num_classes: int = MA52.num_classes,
              labels_required: bool = True) -> List[Entry]:
    """Read a list file that has to be sound.

    Args:
        path (str): The list file, UTF-8.
        num_classes (int): Labels must be 0 to ``num_classes - 1``.
        labels_required (bool): Whether every line needs a label. If not,
            either all lines or no line may have one.

    Raises:
        ValueError: If the list is empty or a line is wrong: no label, a space
            in the name, a label that is not an integer in range, a name
            listed twice. The message gives file and line of the first ten.
    """
    entries, problems = scan_list(path, num_classes, labels_required)
    refuse(problems)
    return entries


def scan_list(path: str,
              num_classes: int = MA52.num_classes,
              labels_required: bool = True) -> Tuple[List[Entry], List[str]]:
    """:func:`read_list` that goes on: the good lines in order, and one message
    ``file:line: what is wrong`` for each of the others."""

    def problem_of(fields: List[str]) -> Optional[str]:
        if len(fields) > 2:
            return (f"expected 'name.mp4 label', but got {len(fields)} "
                    f'fields: {" ".join(fields)!r}; a name must not contain '
                    'spaces')
        if len(fields) == 1:
            return (f"expected 'name.mp4 label', but {fields[0]!r} has no "
                    'label') if labels_required else None
        label = fields[1]
        # int() alone would also take '1_0', '+3' and other scripts' digits.
        if label.isascii() and label.isdigit() and int(label) < num_classes:
            return None
        return (f'the label must be an integer from 0 to {num_classes - 1}, '
                f'but got {label!r}')

    pairs, problems = scan_pairs(path, problem_of)
    return [(name, None if label is None else int(label))
            for name, label in pairs], problems


def scan_pairs(
    path: str,
    problem_of: Callable[[List[str]], Optional[str]],
    form: str = 'name.mp4 label',
    max_fields: Optional[int] = None
) -> Tuple[List[Tuple[str, Optional[str]]], List[str]]:
    """The good lines of a UTF-8 file, a name and maybe something (or None)
    about it each, and messages ``file:line: what is wrong`` of the others.

    Args:
        path (str): The file.
        problem_of (Callable): Says what is wrong with the fields of one line,
            taken alone; None if nothing.
        form (str): What a line looks like, for an error.
        max_fields (int, optional): The last field keeps its blanks from here
            on. None: every blank divides.
    """
    try:
        with open(path, encoding='utf-8-sig') as file:
            lines = file.read().split('\n')
    except UnicodeDecodeError as error:
        return [], [f'{path}: not a UTF-8 text file ({error})']
    entries, problems = [], []
    first_line: Dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        fields = line.strip().split(maxsplit=(max_fields or 0) - 1)
        if not fields:
            continue
        name, label = (*fields, None)[:2]
        problem = problem_of(fields)
        # Of './a.mp4' and 'a.mp4', or of one accent in two encodings, too.
        key = osp.normpath(unicodedata.normalize('NFC', name))
        first = first_line.setdefault(key, number)
        if not problem and first < number:
            problem = f'{name!r} is listed again (first on line {first})'
        # A half-labelled list is a damaged one.
        if not problem and entries and (entries[0][1] is None) != (label
                                                                   is None):
            problem = (f'{line.strip()!r} and the first line differ: either '
                       'all lines or none may have a label')
        if problem:
            problems.append(f'{path}:{number}: {problem}')
        else:
            entries.append((name, label))
    if not entries and not problems:
        problems.append(f'{path}: the list is empty; expected lines of the '
                        f'form {form!r}')
    return entries, problems
