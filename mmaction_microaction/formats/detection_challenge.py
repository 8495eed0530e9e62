# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Files of the multi-label detection track of the micro-action challenge.

``submission.zip`` holds ``prediction.csv`` and nothing else: one row per
detection, times in seconds, the first column a running number::

    ,video_id,t_start,t_end,class,score
    0,test0000,1.2,3.4,9,0.87

Shapes: P detections in a video.
"""
import math
from typing import Collection, Dict, List, Mapping, Optional

import numpy as np

from mmaction_microaction.evaluation.predictions import (ClipDetections,
                                                         check_detections)
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .challenge import parse_index, read_rows, write_archive

DETECTION_HEADER = ['', 'video_id', 't_start', 't_end', 'class', 'score']
MAX_PER_VIDEO = 200


def write_detection_submission(out_dir: str,
                               predictions: Mapping[str, tuple],
                               max_per_video: int = MAX_PER_VIDEO,
                               taxonomy: Taxonomy = MA52) -> str:
    """Write ``submission.zip`` and, to look at, the same ``prediction.csv``
    beside it, the same bytes for the same input; returns the zip's path.

    Args:
        predictions (Mapping[str, tuple]): Of every video the segments (P, 2)
            in seconds, labels (P,) and scores (P,), 0 to 1. Videos keep their
            order, their rows come by descending score.
        max_per_video (int): Keep this many of the best.

    Raises:
        ValueError: If there is no detection at all or one cannot be meant
            (see :func:`~mmaction_microaction.evaluation.check_detections`).
    """
    if max_per_video < 1:
        raise UserError('max_per_video must be at least 1, but got '
                        f'{max_per_video}')
    rows: List[list] = []
    for video_id, found in predictions.items():
        segments, labels, scores = check_detections(*found,
                                                    f'video {video_id!r}',
                                                    taxonomy.num_classes)
        for i in np.argsort(-scores, kind='stable')[:max_per_video]:
            start, end, score = map(_shortest, (*segments[i], scores[i]))
            rows.append([len(rows), video_id, start, end, labels[i], score])
    if not rows:
        raise UserError('there is no detection in any of the '
                        f'{len(predictions)} videos')
    return write_archive(out_dir, DETECTION_HEADER, rows)


def read_detection_submission(
        path: str,
        videos: Optional[Collection[str]] = None,
        taxonomy: Taxonomy = MA52) -> Dict[str, ClipDetections]:
    """Read and check a detection submission.

    Args:
        path (str): A ``prediction.csv`` or a zip file with nothing else.
        videos (Collection[str], optional): Ids that may occur. None: any.

    Raises:
        ValueError: If a row is wrong (NaN, an end before its start, a class
            outside 0 to K - 1, a score outside 0-1, an unknown video), naming
            file and line.
    """
    found: Dict[str, List[tuple]] = {}
    for line, row in read_rows(path, DETECTION_HEADER):
        where, row = f'{path}:{line}', dict(zip(DETECTION_HEADER, row))
        video_id = row['video_id']
        if not video_id or (videos is not None and video_id not in videos):
            raise UserError(f'{where}: unknown video {video_id!r}')
        label = parse_index(row['class'], taxonomy.num_classes,
                            f'{where}: class')
        start, end, score = (
            _number(row[column], f'{where}: {column}')
            for column in ('t_start', 't_end', 'score'))
        if end < start:
            raise UserError(f'{where}: t_end {end} is before t_start {start}')
        if not 0 <= score <= 1:
            raise UserError(f'{where}: score must be 0 to 1, but got {score}')
        found.setdefault(video_id, []).append(((start, end), label, score))
    kinds = np.float32, np.int64, np.float32
    return {
        video_id: ClipDetections(*map(np.array, zip(*rows), kinds))
        for video_id, rows in found.items()
    }


def _shortest(value: np.float32) -> str:
    """The shortest decimal number that reads back as the same float32."""
    return np.format_float_positional(value, trim='0')


def _number(value: str, what: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f'{what} must be a number, but got {value!r}')
    return number
