# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Readers of annotations: our own files, ELAN, BORIS and Label Studio;
:data:`READERS` is the table."""
import os
import os.path as osp
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from mmaction_microaction.results.spans import sort_segments
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import WORKBOOKS, read_table
from .boris_reader import read_boris_file
from .common import parse_action, report_problems
from .elan import Extra, read_elan_file
from .label_studio import read_label_studio_file
from .webvtt import read_webvtt


class Annotations(NamedTuple):
    """Content of an annotation file of one video."""
    segments: List[Segment]  # sorted by start
    duration: Optional[float]  # of the video, seconds; None: unknown
    taxonomy: Taxonomy
    extra: Optional[Extra] = None  # other tiers of ELAN
    people: Tuple[str, str] = ('', '')  # subjects, annotators
    settings: Dict[str, object] = {}  # of predictions.json


class Options(NamedTuple):
    """Options of some formats."""
    name: str = ''  # of BORIS's observation or Label Studio's annotation
    point_duration: Optional[float] = None  # seconds of BORIS's point events
    fps: Optional[float] = None  # of Label Studio's labelling config
    tiers: Sequence[str] = ()  # of ELAN, see read_elan_file
    media: Optional[str] = None  # the same


def read_annotations(path: str,
                     strict: bool = True,
                     taxonomy: Taxonomy = MA52,
                     **options: object) -> Annotations:
    """Read an annotation file; its extension selects the format: ELAN, BORIS,
    Label Studio, WebVTT, ``segments.csv`` (or a workbook) or
    ``predictions.json``.

    Args:
        path (str): ``FILE``, or ``FILE#NAME`` for one observation or
            annotation of a file with several.
        strict (bool): Whether unreadable entries are an error; if not, they
            are skipped with a warning.
        taxonomy (Taxonomy): Label set; ``predictions.json`` has its own.
        options: Fields of :class:`Options`.

    Returns:
        Annotations: Segments, duration, label set, people.

    Raises:
        ValueError: If the extension is unknown or the content malformed.
        FileNotFoundError: If there is no such file.
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
        raise FileNotFoundError(f'{file} does not exist')
    if name and ending in ('.eaf', '.vtt'):
        raise UserError(f'{path}: files of this kind have no named parts; '
                        'remove the # and what follows')
    return read(file, strict, taxonomy, Options(name, **options))


def read_segments_csv(path: str,
                      strict: bool = True,
                      taxonomy: Taxonomy = MA52) -> List[Segment]:
    """As :func:`read_annotations`, a table with a segment per row: columns
    ``start`` and ``end`` (seconds), ``action`` (number) or ``action_name``
    (name or code), optionally ``score``.

    Raises:
        ValueError: If a column is missing or a row is malformed.
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
    return sort_segments(segments)


def _to_segment(row: dict, taxonomy: Taxonomy) -> Segment:
    # The number may be missing in a table that a person has made, and pandas
    # writes 9.0 where a column has gaps.
    name = row.get('action_name', '')
    action, unsure = parse_action(name, taxonomy)
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
        sort_segments(result.segments), result.video.duration, result.taxonomy,
        None, ('', result.source), result.settings)


def _read_table(path: str, strict: bool, taxonomy: Taxonomy,
                options: Options) -> Annotations:
    """A table of segments or of BORIS, told by its columns."""
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


#: Extension -> reader: path, strict, taxonomy, options -> Annotations.
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
#: Extensions that :func:`read_annotations` supports.
ANNOTATION_ENDINGS = tuple(READERS)
