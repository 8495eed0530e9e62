# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What is known about a clip with one micro-expression."""
import re
from dataclasses import dataclass
from typing import Optional

from mmaction_microaction.utils.errors import UserError

#: How each data set writes its subjects.
_SUBJECT_FORMS = dict(casme2='sub{:02d}', samm='{:03d}', smic='s{:02d}')
#: Data sets that tables and folders are read of.
SOURCES = tuple(_SUBJECT_FORMS)


@dataclass(frozen=True)
class ExpressionClip:
    """One clip. Frames are named by their numbers in the file names.

    Attributes:
        source (str): ``'casme2'``, ``'samm'`` or ``'smic'``.
        subject (str): As :func:`subject_name` writes it.
        name (str): The clip's folder.
        emotion (str): Lower case.
        onset (int, optional): First frame of the expression; None if the
            annotation does not tell. Likewise:
        apex (int, optional): Frame of the strongest expression.
        offset (int, optional): Last frame.
        action_units (str): Such as ``'4+L7+12'``; empty if unknown.
        frame_dir (str): Folder with its frames; empty if not looked for.
        apex_cell (str): What the annotation has for an apex that is no
            number, such as ``'/'``.
    """
    source: str
    subject: str
    name: str
    emotion: str
    onset: Optional[int] = None
    apex: Optional[int] = None
    offset: Optional[int] = None
    action_units: str = ''
    frame_dir: str = ''
    apex_cell: str = ''

    @property
    def key(self) -> str:
        """Subject and name, such as ``'sub01/EP02_01f'``."""
        return f'{self.subject}/{self.name}'


def subject_name(value: object, source: str) -> str:
    """The one name of a subject, however it is spelt.

    Args:
        value (object): Such as ``1``, ``1.0``, ``'1'``, ``'sub01'``, ``'S1'``.
        source (str): The data set.

    Returns:
        str: In the form of the data set, such as ``'sub01'``; a name without
        a number in lower case.

    Raises:
        ValueError: If the data set is unknown or the name empty.
    """
    if source not in _SUBJECT_FORMS:
        raise UserError(f'expected one of {SOURCES}, but got {source!r}')
    text = cell_text(value).lower()
    if not text:
        raise UserError('a subject without a name')
    number = re.fullmatch(r'(?:subject|sub|s)?[ _-]*0*(\d+)', text)
    if number is None:
        return text
    return _SUBJECT_FORMS[source].format(int(number[1]))


def cell_text(value: object) -> str:
    """The text of a table's cell.

    Args:
        value (object): What pandas gives: text, a number, or NaN.

    Returns:
        str: Without blanks at the ends; whole numbers without ``.0``, also
        those that are text (pandas writes them so); empty for an empty cell.
    """
    if value is None or value != value:  # NaN
        return ''
    return re.sub(r'^(\d+)\.0+$', r'\1', str(value).strip())


def frame_number(value: object) -> Optional[int]:
    """The frame number in a table's cell.

    Args:
        value (object): What pandas gives.

    Returns:
        int | None: None where there is none (``'/'``, empty, text).
    """
    text = cell_text(value)
    return int(text) if re.fullmatch(r'\d+', text) else None
