# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the segments of ``predictions.json`` and ``segments.csv``, and of what
ELAN and BORIS write: :data:`READERS` is the table."""
import os.path as osp
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import read_table
from .boris import read_boris
from .common import find_marked, report_problems
from .elan import Extra, read_elan_file


class Annotations(NamedTuple):
    """What a file says of a video: segments by start, the video's duration in
    seconds if the file has it, the label set; other tiers of ELAN."""
    segments: List[Segment]
    duration: Optional[float]
    taxonomy: Taxonomy
    extra: Optional[Extra] = None


def read_annotations(path: str,
                     strict: bool = True,
                     taxonomy: Taxonomy = MA52,
                     tiers: Sequence[str] = (),
                     media: Optional[str] = None) -> Annotations:
    """Read an ELAN file, a workbook of BORIS, ``predictions.json``, which has
    its own taxonomy, or ``segments.csv``, by the ending of its name.

    Args:
        strict (bool): Whether entries that cannot be read are an error; if
            not, they are left out with a warning.
        tiers, media: Of an ELAN file, see :func:`read_elan_file`.

    Raises:
        ValueError: If the ending is unknown or the content malformed.
    """
    read = READERS.get(osp.splitext(path)[1].lower())
    if read is None:
        raise UserError(f'{path}: expected an ELAN file (.eaf), a workbook '
                        'of BORIS (.xlsx), predictions.json or segments.csv')
    if not osp.isfile(path):
        raise FileNotFoundError(f'no file {path}')
    if read is _read_elan:
        return read(path, strict, taxonomy, tiers, media)
    return read(path, strict, taxonomy)


def read_segments_csv(path: str,
                      strict: bool = True,
                      taxonomy: Taxonomy = MA52) -> List[Segment]:
    """Read a table with a segment per row: ``start`` and ``end`` in seconds,
    ``action`` (a number) or ``action_name`` (a name or a code), ``score`` if
    there is one; ``strict`` as in :func:`read_annotations`.

    Raises:
        ValueError: If a column is missing, or a row cannot be read.
    """
    table = read_table(path, ['start', 'end'])
    if not {'action', 'action_name'} & set(table):
        raise UserError(f'{path}:1: expected the columns start, end and '
                        'action or action_name, as in segments.csv, but got '
                        f'{",".join(table)!r}')
    segments, problems = [], []
    for line, row in table.to_dict('index').items():
        try:
            segments.append(_to_segment(row, taxonomy))
        except ValueError as error:
            problems.append(f'line {line}: {error}')
    report_problems(problems, path, strict)
    return in_order(segments)


def _to_segment(row: dict, taxonomy: Taxonomy) -> Segment:
    # The number may be missing in a table that a person has made, and pandas
    # writes 9.0 where a column has gaps.
    if row.get('action'):
        number = float(row['action'])
        if not number.is_integer():
            raise UserError('action must be a class number, but got '
                            f'{row["action"]!r}')
        action, unsure = taxonomy.find(int(number)), False
    else:
        action, unsure = find_marked(row.get('action_name'), taxonomy)
    if action is None:
        raise UserError(f'unknown micro-action {row.get("action_name")!r}')
    if str(row.get('unsure', '')).lower() not in ('', '0', 'false', 'no'):
        unsure = True
    return Segment(
        float(row['start']), float(row['end']), action.index,
        float(row.get('score') or 1.), taxonomy, unsure,
        str(row.get('comment') or ''))


def _read_elan(path: str, strict: bool, taxonomy: Taxonomy,
               *options) -> Annotations:
    found = read_elan_file(path, strict, taxonomy, *options)
    return Annotations(found.segments, found.duration, taxonomy, found.extra)


def _read_predictions(path: str, strict: bool,
                      taxonomy: Taxonomy) -> Annotations:
    result = read_json(path)
    return Annotations(
        in_order(result.segments), result.video.duration, result.taxonomy)


#: Ending -> reader: path, strict, taxonomy to :class:`Annotations`.
READERS: Dict[str, Callable[[str, bool, Taxonomy], Annotations]] = {
    '.eaf':
    _read_elan,
    '.xlsx':
    lambda path, strict, taxonomy: Annotations(
        read_boris(path, strict, taxonomy), None, taxonomy),
    '.json':
    _read_predictions,
    '.csv':
    lambda path, strict, taxonomy: Annotations(
        read_segments_csv(path, strict, taxonomy), None, taxonomy),
}
#: The files that :func:`read_annotations` knows.
ANNOTATION_ENDINGS = tuple(READERS)
