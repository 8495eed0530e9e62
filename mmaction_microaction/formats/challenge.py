# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of the micro-action challenge (Codabench 9066).

``submission.zip`` holds only ``prediction.csv``. Recognition: one row per clip
in the order of the test list, 0-based ids, best first::

    vid,action_pred_1,...,action_pred_5,body_pred_1,...,body_pred_5
    test0000.mp4,9,5,6,10,8,1,1,1,1,1

Multi-label detection: one row per detection, times in seconds, the first
column a running number::

    ,video_id,t_start,t_end,class,score
    0,test0000,1.2,3.4,9,0.87

Readers also accept a zip file packed on a Mac, with one folder around the
table, and OpenTAD's ``{"results": {video_id: [{"label", "segment",
"score"}]}}``. With a list ``skipped`` they append malformed rows to it;
without one, the first is an error.

Shapes: N clips, K classes, R = 5 ranks, P detections in a video.
"""
import csv
import io
import math
import os.path as osp
import zipfile
from typing import (Any, Callable, Collection, Dict, Iterable, List, Mapping,
                    NamedTuple, Optional, Sequence, Union)

import numpy as np

from mmaction_microaction.evaluation.functional import (TOP_K, rank_bodies,
                                                        rank_classes)
from mmaction_microaction.evaluation.predictions import (ClipDetections,
                                                         check_detections)
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import new_files
from mmaction_microaction.utils.tables import whole_number
from .submission_rows import CSV_NAME, DETECTION_HEADER, read_rows

RECOGNITION_HEADER = ['vid'] + [
    f'{kind}_pred_{rank}' for kind in ('action', 'body')
    for rank in range(1, TOP_K + 1)
]
_MAX_PER_VIDEO = 200


class RecognitionSubmission(NamedTuple):
    """A recognition submission of N clips."""
    names: List[str]
    actions: np.ndarray  # (N, R) int64, best first
    bodies: np.ndarray  # (N, R) int64, best first; may repeat


def write_recognition_submission(out_dir: str,
                                 names: Sequence[str],
                                 action_scores: np.ndarray,
                                 body: Union[str, np.ndarray] = 'lookup',
                                 taxonomy: Taxonomy = MA52) -> str:
    """Write ``submission.zip`` (reproducible bytes) and ``prediction.csv``.

    Args:
        out_dir (str): Output folder.
        names (Sequence[str]): Names of N clips, in the order of the test list.
        action_scores (np.ndarray): (N, K), float.
        body (str | np.ndarray): ``'lookup'``: body parts of the five actions,
            which may repeat, as the authors submit. ``'sum'``: the five parts
            with the largest summed probability, padded with the last. Or the
            scores of a body branch, (N, G).
        taxonomy (Taxonomy): Label set of the scores.

    Returns:
        str: Path of the zip file.

    Raises:
        ValueError: If the scores are not (N, K), contain NaN or do not match
            ``body``.
    """
    expected = (len(names), taxonomy.num_classes)
    if np.shape(action_scores) != expected:
        raise UserError(f'expected scores of shape {expected}, but got '
                        f'{np.shape(action_scores)}')
    columns = []
    for ranks in (rank_classes(action_scores),
                  rank_bodies(action_scores, body, taxonomy)):
        last = ranks.shape[1] - 1
        columns += [ranks[:, min(rank, last)] for rank in range(TOP_K)]
    return _write_archive(out_dir, RECOGNITION_HEADER, zip(names, *columns))


def read_recognition_submission(
        path: str,
        taxonomy: Taxonomy = MA52,
        skipped: Optional[List[str]] = None) -> RecognitionSubmission:
    """Read and validate a recognition submission, ``prediction.csv`` or a zip
    file of it.

    Args:
        path (str): The file.
        taxonomy (Taxonomy): Limits the ids.
        skipped (list[str], optional): Gets malformed rows.

    Raises:
        ValueError: If a row, id or name is invalid, with file and line.
    """
    limits = [taxonomy.num_classes] * TOP_K + [taxonomy.num_groups] * TOP_K
    first_line: Dict[str, int] = {}

    def parse(line: int, row: List[str]) -> List[int]:
        name, *values = row
        ids = list(map(whole_number, values, RECOGNITION_HEADER[1:], limits))
        if first_line.setdefault(name, line) != line:
            raise UserError(f'{name!r} repeats line {first_line[name]}')
        return ids

    ids = np.array(_parse_rows(path, RECOGNITION_HEADER, parse, skipped))
    return RecognitionSubmission(
        list(first_line), ids[:, :TOP_K], ids[:, TOP_K:])


def write_detection_submission(out_dir: str,
                               predictions: Mapping[str, tuple],
                               taxonomy: Taxonomy = MA52) -> str:
    """As :func:`write_recognition_submission`, for the best 200 detections of
    each video.

    Args:
        out_dir (str): Output folder.
        predictions (Mapping[str, tuple]): Video -> segments (P, 2) in seconds,
            labels (P,) and scores (P,), 0 to 1. Rows are sorted by score
            within a video.
        taxonomy (Taxonomy): Limits the labels.

    Raises:
        ValueError: If there is no detection or an invalid one (see
            :func:`~mmaction_microaction.evaluation.check_detections`).
    """
    rows: List[list] = []
    for video_id, found in predictions.items():
        segments, labels, scores = check_detections(*found,
                                                    f'video {video_id!r}',
                                                    taxonomy.num_classes)
        for i in np.argsort(-scores, kind='stable')[:_MAX_PER_VIDEO]:
            start, end, score = map(_decimals, (*segments[i], scores[i]))
            rows.append([len(rows), video_id, start, end, labels[i], score])
    if not rows:
        raise UserError('expected detections, but there are none in the '
                        f'{len(predictions)} videos')
    return _write_archive(out_dir, DETECTION_HEADER, rows)


def read_detection_submission(
        path: str,
        videos: Optional[Collection[str]] = None,
        taxonomy: Taxonomy = MA52,
        skipped: Optional[List[str]] = None) -> Dict[str, ClipDetections]:
    """Read and validate a detection submission.

    Args:
        path (str): ``prediction.csv``, a zip file of it, or OpenTAD's JSON.
        videos (Collection[str], optional): Permitted ids. None: any.
        taxonomy (Taxonomy): Limits the classes; names are accepted, too.
        skipped (list[str], optional): Gets malformed rows.

    Returns:
        dict[str, ClipDetections]: By video.

    Raises:
        ValueError: If a row is invalid (NaN, end before start, class, score
            or video out of range), with file and line.
    """
    classes = {name: str(i) for i, name in enumerate(taxonomy.names)}

    def parse(_: int, cells: List[str]) -> tuple:
        row = dict(zip(DETECTION_HEADER, cells))
        video_id = row['video_id']
        if not video_id or (videos is not None and video_id not in videos):
            raise UserError(f'unknown video {video_id!r}')
        label = whole_number(
            classes.get(row['class'], row['class']), 'class',
            taxonomy.num_classes)
        start, end, score = (
            _number(row[x], x) for x in ('t_start', 't_end', 'score'))
        if end < start:
            raise UserError(f't_end {end} is before t_start {start}')
        if not 0 <= score <= 1:
            raise UserError(f'score must be 0 to 1, but got {score}')
        return video_id, (start, end), label, score

    found: Dict[str, List[tuple]] = {}
    for video_id, *row in _parse_rows(path, DETECTION_HEADER, parse, skipped):
        found.setdefault(video_id, []).append(row)
    kinds = np.float64, np.int64, np.float64
    return {
        video_id: ClipDetections(*map(np.array, zip(*rows), kinds))
        for video_id, rows in found.items()
    }


def _write_archive(out_dir: str, header: Sequence[str],
                   rows: Iterable[Sequence[object]]) -> str:
    """Write the zip file and the table; returns the zip's path."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows([header, *rows])
    data = text.getvalue().encode()
    # ZipInfo's default date is constant, unlike that of a file on disk.
    member = zipfile.ZipInfo(CSV_NAME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    with new_files(out_dir) as (scratch, placed):
        with open(osp.join(scratch, CSV_NAME), 'wb') as file:
            file.write(data)
        path = osp.join(scratch, 'submission.zip')
        with zipfile.ZipFile(path, 'w') as archive:
            archive.writestr(member, data)
    return placed['submission.zip']


def _parse_rows(path: str, header: Sequence[str],
                parse: Callable[[int, List[str]],
                                Any], skipped: Optional[List[str]]) -> list:
    """Apply ``parse(line, cells)`` to each row; UserError if none is valid."""
    found, rows = read_rows(path)
    if found != header:
        raise UserError(f'{path}:1: expected the header {",".join(header)}, '
                        f'but got {",".join(found)!r}')
    if not rows:
        raise UserError(f'{path}: no rows after the header')
    parsed, bad = [], []
    for line, row in rows:
        try:
            if len(row) != len(header):
                raise UserError(
                    f'expected {len(header)} columns, but got {len(row)}')
            parsed.append(parse(line, row))
        except UserError as error:
            bad.append(f'{path}:{line}: {error}')
            if skipped is None:
                raise UserError(bad[0]) from None
    if not parsed:
        raise UserError(f'{bad[0]}; and no other row is valid')
    if bad:
        skipped += bad
    return parsed


def _decimals(value: np.float64) -> str:
    """Shortest decimal that round-trips, in float32 if exact."""
    single = np.float32(value)
    return np.format_float_positional(
        single if single == value else value, trim='0')


def _number(value: str, what: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f'{what} must be a number, but got {value!r}')
    return number
