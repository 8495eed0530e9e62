# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of the multi-label detection track of the micro-action challenge.

``submission.zip`` holds ``prediction.csv`` and nothing else: one row per
detection, times in seconds, the first column a running number::

    ,video_id,t_start,t_end,class,score
    0,test0000,1.2,3.4,9,0.87

Shapes: P detections in a video.
"""
import csv
import io
import math
from typing import Collection, Dict, List, Mapping, Optional, Tuple

import numpy as np

from mmaction_microaction.evaluation.predictions import (ClipDetections,
                                                         check_detections)
from mmaction_microaction.labels import NUM_ACTIONS
from mmaction_microaction.utils.errors import UserError
from .challenge import read_text, write_archive

DETECTION_HEADER = ['', 'video_id', 't_start', 't_end', 'class', 'score']
MAX_PER_VIDEO = 200


def write_detection_submission(out_dir: str,
                               predictions: Mapping[str, tuple],
                               max_per_video: int = MAX_PER_VIDEO) -> str:
    """Write the detection submission, the same bytes for the same input.

    The rows of a video come by descending score, equal scores in the order
    given; the videos in the order given.

    Args:
        out_dir (str): Folder for ``submission.zip`` and, to look at, the same
            ``prediction.csv`` beside it. Made if needed.
        predictions (Mapping[str, tuple]): Of every video the segments (P, 2)
            in seconds, labels (P,) and scores (P,), 0 to 1.
        max_per_video (int): Keep this many of the best. Defaults to 200.

    Returns:
        str: Path of the zip file.

    Raises:
        ValueError: If there is no detection at all or one cannot be meant
            (see :func:`~mmaction_microaction.evaluation.check_detections`).
    """
    if max_per_video < 1:
        raise UserError('max_per_video must be at least 1, but got '
                        f'{max_per_video}')
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(DETECTION_HEADER)
    count = 0
    for video_id, found in predictions.items():
        segments, labels, scores = check_detections(*found,
                                                    f'video {video_id!r}')
        for i in np.argsort(-scores, kind='stable')[:max_per_video]:
            numbers = map(_shortest, (*segments[i], scores[i]))
            start, end, score = numbers
            writer.writerow([count, video_id, start, end, labels[i], score])
            count += 1
    if count == 0:
        raise UserError('there is no detection in any of the '
                        f'{len(predictions)} videos')
    return write_archive(out_dir, text.getvalue())


def read_detection_submission(
        path: str,
        videos: Optional[Collection[str]] = None) -> Dict[str, ClipDetections]:
    """Read and check a detection submission.

    Args:
        path (str): A ``prediction.csv`` or a zip file with nothing else.
        videos (Collection[str], optional): Ids that may occur. Defaults to
            None, any.

    Returns:
        dict[str, ClipDetections]: The detections of every video that has
        any, in the order of the rows.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the header, a row's length or a value is wrong (NaN, an
            end before its start, a class outside 0-51, a score outside 0-1,
            an unknown video), naming file and line.
    """
    rows = csv.reader(io.StringIO(read_text(path), newline=''))
    header = next(rows, [])
    if header != DETECTION_HEADER:
        raise UserError(f'{path}:1: expected the header '
                        f'{",".join(DETECTION_HEADER)}, but got '
                        f'{",".join(header)!r}')
    found: Dict[str, List[Tuple[float, float, int, float]]] = {}
    for row in rows:
        if not row:
            continue
        where = f'{path}:{rows.line_num}'
        if len(row) != len(DETECTION_HEADER):
            raise UserError(f'{where}: expected {len(DETECTION_HEADER)} '
                            f'columns, but got {len(row)}')
        video_id = row[1]
        if not video_id or (videos is not None and video_id not in videos):
            raise UserError(f'{where}: unknown video {video_id!r}')
        found.setdefault(video_id, []).append(_read_values(row[2:], where))
    if not found:
        raise UserError(f'{path}: no rows after the header')
    return {
        video_id:
        ClipDetections(
            np.array([row[:2] for row in values], np.float32),
            np.array([row[2] for row in values], np.int64),
            np.array([row[3] for row in values], np.float32))
        for video_id, values in found.items()
    }


def _shortest(value: np.float32) -> str:
    """The shortest decimal number that reads back as the same float32."""
    return np.format_float_positional(value, trim='0')


def _read_values(row: List[str],
                 where: str) -> Tuple[float, float, int, float]:
    start, end, label, score = row
    # isdigit() alone would also pass superscripts, which int() refuses.
    if not (label.isascii() and label.isdigit() and int(label) < NUM_ACTIONS):
        raise UserError(f'{where}: class must be an integer from 0 to '
                        f'{NUM_ACTIONS - 1}, but got {label!r}')
    numbers = []
    for column, value in (('t_start', start), ('t_end', end), ('score',
                                                               score)):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise UserError(f'{where}: {column} must be a number, but got '
                            f'{value!r}')
        numbers.append(number)
    if numbers[1] < numbers[0]:
        raise UserError(f'{where}: t_end {end} is before t_start {start}')
    if not 0 <= numbers[2] <= 1:
        raise UserError(f'{where}: score must be 0 to 1, but got {score}')
    return numbers[0], numbers[1], int(label), numbers[2]
