# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the segments of every file that we write and of what ELAN, BORIS and
Label Studio write: :data:`READERS` is the table."""
import os
import os.path as osp
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import WORKBOOKS, read_table
from .boris_reader import read_boris_file
from .common import find_marked, report_problems
from .elan import Extra, read_elan_file
from .label_studio import read_label_studio_file
from .webvtt import read_webvtt


class Annotations(NamedTuple):
    """What a file says of a video: segments by start, the video's duration in
    seconds if the file has it, the label set; other tiers of ELAN; settings of
    predictions.json."""
    segments: List[Segment]
    duration: Optional[float]
    taxonomy: Taxonomy
    extra: Optional[Extra] = None
    people: Tuple[str, str] = ('', '')  # who is seen, and who annotated it
    settings: Dict[str, object] = {}


class Options(NamedTuple):
    """What only some files need."""
    name: str = ''  # of BORIS's observation or Label Studio's annotation
    point_duration: Optional[float] = None  # seconds of BORIS's point events
    fps: Optional[float] = None  # of Label Studio's labelling config
    tiers: Sequence[str] = ()  # of ELAN, see read_elan_file
    media: Optional[str] = None  # the same


def read_annotations(path: str,
                     strict: bool = True,
                     taxonomy: Taxonomy = MA52,
                     **options: object) -> Annotations:
    """Read an annotation file by the ending of its name: of ELAN, BORIS or
    Label Studio, subtitles, ``segments.csv``, also as a workbook, or
    ``predictions.json``, which has its own taxonomy.

    Args:
        path (str): ``FILE``, or ``FILE#NAME`` for one observation or
            annotation of a file that has several.
        strict (bool): Whether entries that cannot be read are an error; if
            not, they are left out with a warning.
        options: Those of :class:`Options`.

    Raises:
        ValueError: If the ending is unknown or the content malformed.
    """
    path = os.fspath(path)
    file, _, name = (path, '', '') if osp.isfile(path) else path.partition('#')
    ending = osp.splitext(file)[1].lower()
    read = READERS.get(ending)
    if read is None:
        raise UserError(f'{path}: expected a file of ELAN (.eaf), BORIS '
                        '(.boris, .xlsx, .ods, .xls, .csv, .tsv) or Label '
                        'Studio (.json), subtitles (.vtt), predictions.json '
                        'or segments.csv')
    if not osp.isfile(file):
        raise FileNotFoundError(f'no file {file}')
    if name and ending in ('.eaf', '.vtt'):
        raise UserError(f'{path}: a file of this kind has no parts with '
                        'names; leave out the # and what follows')
    return read(file, strict, taxonomy, Options(name, **options))


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
    name = row.get('action_name', '')
    action, unsure = find_marked(name, taxonomy)
    if row.get('action'):
        number = float(row['action'])
        if not number.is_integer():
            raise UserError('action must be a class number, but got '
                            f'{row["action"]!r}')
        numbered = taxonomy.find(int(number))
        # Who corrects a table may change one and forget the other.
        if action and action != numbered:
            raise UserError(f'action {numbered.index} is {numbered.name}, but '
                            f'action_name is {name!r}')
        action = action if name else numbered
    if action is None:
        raise UserError(f'unknown micro-action {name!r}')
    if str(row.get('unsure', '')).lower() not in ('', '0', 'false', 'falsch',
                                                  'no', 'nein'):
        unsure = True
    return Segment(
        float(row['start']), float(row['end']), action.index,
        float(row.get('score') or 1.), taxonomy, unsure,
        str(row.get('comment') or ''))


def _read_elan(path: str, strict: bool, taxonomy: Taxonomy,
               options: Options) -> Annotations:
    found = read_elan_file(path, strict, taxonomy, options.tiers,
                           options.media)
    return Annotations(found.segments, found.duration, taxonomy, found.extra,
                       found.people)


def _read_json(path: str, strict: bool, taxonomy: Taxonomy,
               options: Options) -> Annotations:
    with open(path, 'rb') as file:
        is_list = file.read(64).lstrip(b'\xef\xbb\xbf \t\r\n')[:1] == b'['
    if is_list:
        segments, who = read_label_studio_file(path, strict, taxonomy,
                                               options.fps, options.name)
        return Annotations(segments, None, taxonomy, people=('', who))
    result = read_json(path)
    return Annotations(
        in_order(result.segments), result.video.duration, result.taxonomy,
        None, ('', result.source), result.settings)


def _read_table(path: str, strict: bool, taxonomy: Taxonomy,
                options: Options) -> Annotations:
    """The columns say whether it is a table of segments or of BORIS."""
    rows = read_table(path, header=False).head(50).to_numpy()
    cells = {cell.lower() for cell in rows.ravel()}
    is_boris = not {'start', 'end'} <= set(rows[:1].ravel()) and (
        not path.lower().endswith('.csv') or cells & {'behavior', 'code'})
    if is_boris:
        return _read_boris(path, strict, taxonomy, options)
    return Annotations(
        read_segments_csv(path, strict, taxonomy), None, taxonomy)


def _read_boris(path: str, strict: bool, taxonomy: Taxonomy,
                options: Options) -> Annotations:
    segments, *people = read_boris_file(path, strict, taxonomy,
                                        options.point_duration, options.name)
    return Annotations(segments, None, taxonomy, None, tuple(people))


#: Ending -> reader: path, strict, taxonomy, options to :class:`Annotations`.
READERS: Dict[str, Callable[[str, bool, Taxonomy, Options], Annotations]] = {
    '.eaf':
    _read_elan,
    '.vtt':
    lambda path, strict, taxonomy, _: Annotations(
        read_webvtt(path, strict, taxonomy), None, taxonomy),
    '.boris':
    _read_boris,
    '.json':
    _read_json,
    **dict.fromkeys(('.csv', '.tsv', *WORKBOOKS), _read_table),
}
#: The files that :func:`read_annotations` knows.
ANNOTATION_ENDINGS = tuple(READERS)
