# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the files for annotation programs have in common."""
import re
import warnings
from typing import Optional, Sequence

from mmaction_microaction.labels import ACTIONS, MicroAction
from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.files import write_bytes

# People write 'Nodding' and 'b1' as well.
_BY_TEXT = {
    text.casefold(): action
    for action in ACTIONS
    for text in (action.name, action.code)
}
_SHOWN = 10
# What XML 1.0 cannot hold: most control characters, lone surrogates (of file
# names that are no UTF-8).
_NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def find_action(text: object) -> Optional[MicroAction]:
    """The micro-action that a person's text names.

    Args:
        text (object): A name or a manual code, in upper or lower case.

    Returns:
        MicroAction | None: None if there is no such class.
    """
    return _BY_TEXT.get(' '.join(str(text).split()).casefold())


def to_xml_text(text: str) -> str:
    """A text whose characters XML can hold, with ``U+FFFD`` for others; it
    still has to be escaped."""
    return _NOT_XML.sub('\ufffd', text)


def report_problems(problems: Sequence[str], path: str, strict: bool) -> None:
    """Refuse a file for what could not be read in it, or warn of it.

    Args:
        problems (Sequence[str]): A line each; may be empty.
        path (str): The file.
        strict (bool): Whether to refuse.

    Raises:
        ValueError: If ``strict`` and there is any problem.
    """
    if not problems:
        return
    lines = [f'    {line}' for line in first_of(problems, _SHOWN)]
    text = '\n'.join(lines)
    if strict:
        raise UserError(
            f'{path}: {len(problems)} entries cannot be read (correct them, '
            f'or leave them out with strict=False):\n{text}')
    warnings.warn(f'{path}: left out {len(problems)} entries:\n{text}')


def save(path: str, data: bytes) -> None:
    """Write a file that appears under its name only when it is complete.

    Args:
        path (str): The file; its folder is made if it is not there.
        data (bytes): What it is to hold.

    Raises:
        OSError: If it cannot be written.
    """
    write_bytes(path, data)
