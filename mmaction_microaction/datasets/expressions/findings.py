# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What is odd about a data set, and what was done about it."""
import logging
from dataclasses import dataclass
from typing import List, Sequence

from mmengine.logging import print_log

from mmaction_microaction.utils.errors import first_of


@dataclass(frozen=True)
class Finding:
    """Something about a clip that a reader of results should know.

    Attributes:
        clip (str): The clip's key, or a subject.
        reason (str): What was found and what was done about it.
        is_expected (bool): Whether it was asked for, as with emotions that
            are in none of the classes. Defaults to False.
    """
    clip: str
    reason: str
    is_expected: bool = False

    def __str__(self) -> str:
        return f'{self.clip}: {self.reason}'


def merged_spellings(spellings: Sequence[tuple], where: str) -> List[Finding]:
    """Subjects that are spelt in more than one way.

    Args:
        spellings (Sequence[tuple[str, str]]): Name and spelling of every row.
        where (str): What spells them, such as ``'the table'``.

    Returns:
        list[Finding]: One for each of them.
    """
    found: dict = {}
    for name, spelling in spellings:
        found.setdefault(name, {})[spelling] = None
    return [
        Finding(
            name, f'is spelt {", ".join(map(repr, forms))} in {where}; '
            'taken for one subject') for name, forms in found.items()
        if len(forms) > 1
    ]


def report(title: str, dropped: Sequence[Finding],
           notes: Sequence[Finding]) -> None:
    """Log what was left out and what was put right.

    Args:
        title (str): What to call the data set.
        dropped (Sequence[Finding]): Clips that were left out.
        notes (Sequence[Finding]): What was put right.
    """
    expected = [finding for finding in dropped if finding.is_expected]
    if expected:
        print_log(
            f'{title}: left out {len(expected)} clips as asked for; '
            f'the first: {expected[0]}',
            logger='current')
    for what, found in (('clips dropped',
                         [x for x in dropped
                          if not x.is_expected]), ('things put right', notes)):
        if found:
            print_log(
                '\n    '.join([
                    f'{title}: {len(found)} {what}:',
                    *first_of(list(map(str, found)), 20)
                ]),
                logger='current',
                level=logging.WARNING)
