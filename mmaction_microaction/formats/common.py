# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the files for annotation programs have in common.

A span is the time of a segment in whole milliseconds, ``(start, end)``,
half-open: no program for annotations is finer.
"""
import os.path as osp
import re
import warnings
from typing import List, Optional, Sequence, Tuple

from mmaction_microaction.datasets.preparation.files import write_atomically
from mmaction_microaction.labels import ACTIONS, MicroAction
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.utils.errors import UserError

Span = Tuple[int, int]

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


def to_span(segment: Segment) -> Span:
    """The time of a segment in milliseconds, at least one long.

    Args:
        segment (Segment): Times in seconds.

    Returns:
        tuple[int, int]: Start and end in milliseconds, rounded.
    """
    start = round(1000 * segment.start)
    return start, max(round(1000 * segment.end), start + 1)


def assign_lanes(spans: Sequence[Span]) -> List[int]:
    """Spread spans over lanes, so that none overlaps another of its lane.

    Each takes the first lane that is free at its start, which needs as few
    lanes as there are spans at once.

    Args:
        spans (Sequence[tuple[int, int]]): By start.

    Returns:
        list[int]: The lane of every span, from 0.
    """
    ends, lanes = [], []
    for start, end in spans:
        lane = next((i for i, last in enumerate(ends) if last <= start),
                    len(ends))
        ends[lane:lane + 1] = [end]
        lanes.append(lane)
    return lanes


def in_order(segments: Sequence[Segment]) -> List[Segment]:
    """Segments by start, then end, then class."""
    return sorted(segments, key=lambda s: (*to_span(s), s.action))


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
    lines = [f'    {line}' for line in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f'    ... and {len(problems) - _SHOWN} more')
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
    path = osp.abspath(path)
    write_atomically(path, data, osp.dirname(path))
