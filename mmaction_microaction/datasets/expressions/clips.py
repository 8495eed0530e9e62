# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Micro-expression clips, and findings about them."""
import logging
import re
from dataclasses import dataclass
from typing import List, Optional, Sequence

from mmengine.logging import print_log

from mmaction_microaction.utils.errors import UserError, first_of

#: Format of subject names in each data set.
_SUBJECT_FORMS = dict(casme2='sub{:02d}', samm='{:03d}', smic='s{:02d}')
#: A subject's name that has a number.
SUBJECT = re.compile(r'(?:subject|sub|s)?[ _-]*0*(\d+)')
#: Supported data sets.
SOURCES = tuple(_SUBJECT_FORMS)


@dataclass(frozen=True)
class ExpressionClip:
    """One clip. Frames are numbered as in the file names; None: not
    annotated."""
    source: str  # 'casme2', 'samm' or 'smic'
    subject: str  # normalised by subject_name
    name: str  # its folder
    emotion: str  # lower case
    onset: Optional[int] = None  # first frame of the expression
    apex: Optional[int] = None  # frame of the strongest expression
    offset: Optional[int] = None  # last frame
    action_units: str = ''  # such as '4+L7+12'
    frame_dir: str = ''  # folder with its frames; empty: not located
    apex_cell: str = ''  # original text of an apex that is no number: '/'

    @property
    def key(self) -> str:
        """Subject and name, such as ``'sub01/EP02_01f'``."""
        return f'{self.subject}/{self.name}'


def subject_name(value: object, source: str) -> str:
    """Normalise a subject (``1``, ``1.0``, ``'1'``, ``'S1'``) to the format of
    the data set ('sub01'); names without a number to lower case."""
    if source not in SOURCES:
        raise UserError(f'expected one of {SOURCES}, but got {source!r}')
    text = cell_text(value).lower()
    if not text:
        raise UserError('a subject without a name')
    number = SUBJECT.fullmatch(text)
    if number is None:
        return text
    return _SUBJECT_FORMS[source].format(int(number[1]))


def cell_text(value: object) -> str:
    """The stripped text of a cell, integers without '.0' (of pandas)."""
    return re.sub(r'^(\d+)\.0+$', r'\1', str(value).strip())


def frame_number(cell: str) -> Optional[int]:
    """The frame number in a cell; None for other text ('/')."""
    text = cell_text(cell)
    return int(text) if re.fullmatch(r'\d+', text) else None


@dataclass(frozen=True)
class Finding:
    """An anomaly of a clip and how it was handled."""
    clip: str  # its key, or a subject
    reason: str  # anomaly and remedy
    is_expected: bool = False  # intended: an emotion in none of the classes

    def __str__(self) -> str:
        return f'{self.clip}: {self.reason}'


def merged_spellings(spellings: Sequence[tuple], where: str) -> List[Finding]:
    """Findings for subjects with several spellings, from pairs (name,
    spelling); ``where`` they occur, such as 'the table'."""
    found: dict = {}
    for name, spelling in spellings:
        found.setdefault(name, {})[repr(spelling)] = None
    return [
        Finding(
            name, f'is spelt {", ".join(forms)} in {where}; taken for one '
            'subject') for name, forms in found.items() if len(forms) > 1
    ]


def log_findings(title: str, dropped: Sequence[Finding],
                 notes: Sequence[Finding]) -> None:
    """Log the dropped clips of a data set, and corrections."""
    expected = [x for x in dropped if x.is_expected]
    others = [x for x in dropped if not x.is_expected]
    for level, what, found, shown in ((logging.INFO,
                                       'clips left out as asked for', expected,
                                       1), (logging.WARNING, 'clips dropped',
                                            others, 20),
                                      (logging.WARNING, 'things put right',
                                       notes, 20)):
        if found:
            lines = first_of(list(map(str, found)), shown)
            head = f'{title}: {len(found)} {what}:'
            print_log('\n    '.join([head, *lines]), 'current', level)
