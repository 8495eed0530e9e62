# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reads the annotation files of MMA-52.

Four forms are about; a csv is read by the names of its columns:

.. code-block:: none

    official (v2)  id,video_id,start_frame,end_frame,class,total_frames,fps
    raw (v1)       ,video_id,start_frame,end_frame,class,total_frames
    test.csv       as v2, one dummy row per video: pass ``labels=False``
    json           {video_id: {"subset": "train", "duration": 9.8,
                               "actions": [[class, start_s, end_s], ...]}}

An id is taken letter by letter. Ids that differ by case alone are two clips,
and an id may hold nearly every character; nothing is split off it.

Source: Li et al., "MMAD: Multi-label Micro-Action Detection in Videos", ICCV
2025, and the files that come with the data set.
"""
import csv
import io
import json
import math
import re
from typing import Any, Dict, List, Tuple

from mmaction_microaction.labels import NUM_ACTIONS
from mmaction_microaction.utils.errors import UserError
from .mma52_records import ActionInstance, VideoRecord

DEFAULT_FPS = 30.

_VIDEO_COLUMNS = ('video_id', 'total_frames')
_LABEL_COLUMNS = ('start_frame', 'end_frame', 'class')
_MAX_SHOWN = 10


def read_mma52(path: str,
               labels: bool = True,
               default_fps: float = DEFAULT_FPS) -> List[VideoRecord]:
    """Read an annotation file that has to be sound.

    Args:
        path (str): A csv or, by its ending, a json file, UTF-8.
        labels (bool): Whether its instances are true ones. False for the
            official ``test.csv``: its classes, starts and ends are dummies
            and not even looked at. Defaults to True.
        default_fps (float): Frames per second where the file does not tell.
            Defaults to 30.

    Returns:
        list[VideoRecord]: The videos, in the order of their first row.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is empty or not of a form above, or something
            in it cannot be meant: a row with more or fewer fields than the
            header, a class outside 0-51, anything but numbers (NaN among
            them), an end that is not after its start, a video with two
            lengths. The message gives file and line of the first ten. An end
            beyond the video is not among them: official files have it, see
            :func:`~.mma52_records.odd_annotations`.
    """
    if not (math.isfinite(default_fps) and default_fps > 0):
        raise UserError(f'default_fps must be positive, but got '
                        f'{default_fps}')
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise UserError(
            f'{path} is not a UTF-8 text file ({error})') from error
    read = _read_json if path.lower().endswith('.json') else _read_csv
    records, problems = read(path, text, labels, default_fps)
    if not records and not problems:
        problems.append(f'{path}: no videos in it')
    if problems:
        more = len(problems) - _MAX_SHOWN
        tail = [f'... and {more} more lines'] if more > 0 else []
        raise UserError('\n'.join(problems[:_MAX_SHOWN] + tail))
    return records


def _read_csv(path: str, text: str, labels: bool,
              fps: float) -> Tuple[List[VideoRecord], List[str]]:
    rows = csv.reader(io.StringIO(text, newline=''))
    header = next(rows, [])
    wanted = _VIDEO_COLUMNS + (_LABEL_COLUMNS if labels else ())
    if set(wanted) - set(header) or len(set(header)) < len(header):
        raise UserError(f'{path}:1: expected a header with the columns '
                        f'{", ".join(wanted)} (and fps), each once, but got '
                        f'{",".join(header)!r}')
    videos, problems = {}, []
    for fields in rows:
        if not fields:
            continue
        try:
            if len(fields) != len(header):
                raise UserError(f'expected {len(header)} fields, as in the '
                                f'header, but got {len(fields)}')
            _add_row(videos, dict(zip(header, fields)), labels, fps,
                     rows.line_num)
        except ValueError as error:
            problems.append(f'{path}:{rows.line_num}: {error}')
    return [
        VideoRecord(video_id, total, rate, tuple(instances))
        for video_id, (total, rate, _, instances) in videos.items()
    ], problems


def _add_row(videos: Dict[str, tuple], row: Dict[str, str], labels: bool,
             fps: float, line: int) -> None:
    """Add one row to its video; ValueError if it cannot be meant."""
    video_id = row['video_id']
    if not video_id:
        raise UserError('video_id is empty')
    total = _whole(row['total_frames'], 'total_frames')
    if 'fps' in row:
        fps = _number(row['fps'], 'fps')
    if total < 1 or not fps > 0:
        raise UserError('total_frames and fps must be positive, but got '
                        f'{total} and {fps}')
    video = videos.setdefault(video_id, (total, fps, line, []))
    if video[:2] != (total, fps):
        raise UserError(
            f'{video_id!r} has {total} frames at {fps} fps here, but '
            f'{video[0]} at {video[1]} on line {video[2]}')
    if not labels:
        return
    label = _class(row['class'])
    start, end = (_whole(row[key], key) for key in _LABEL_COLUMNS[:2])
    if end <= start:
        raise UserError(f'end_frame must be after start_frame, but got '
                        f'start_frame {start} and end_frame {end}')
    video[-1].append(
        ActionInstance(label, start / fps, end / fps, start, end, line))


def _read_json(path: str, text: str, labels: bool,
               fps: float) -> Tuple[List[VideoRecord], List[str]]:
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise UserError(
            f'{path}:{error.lineno}: not json ({error.msg})') from error
    if not isinstance(pairs, _Pairs):
        raise UserError(f'{path}:1: expected an object with one entry per '
                        f'video, but got {type(pairs).__name__}')
    records, problems, seen = [], [], set()
    place, line = 0, 1
    for video_id, entry in pairs:
        found = max(text.find(json.dumps(video_id), place + 1), place)
        line += text.count('\n', place, found)
        place = found
        try:
            if video_id in seen:
                raise UserError('the video is there twice')
            seen.add(video_id)
            records.append(_json_video(video_id, entry, labels, fps, line))
        except ValueError as error:
            problems.append(f'{path}:{line}: {video_id!r}: {error}')
    return records, problems


class _Pairs(list):
    """A json object as (key, value) pairs: a dict would hide a key that is
    there twice."""


def _json_video(video_id: str, entry: Any, labels: bool, fps: float,
                line: int) -> VideoRecord:
    entry = dict(entry) if isinstance(entry, _Pairs) else {}
    actions = entry.get('actions', [])
    if 'duration' not in entry or not isinstance(actions, list):
        raise UserError('expected an object with duration and actions')
    duration = _number(entry['duration'], 'duration')
    if not duration > 0:
        raise UserError(f'duration must be positive, but got {duration}')
    instances = []
    for action in actions if labels else ():
        if not isinstance(action, list) or len(action) != 3:
            raise UserError('expected actions [class, start, end], but got '
                            f'{action!r}')
        label = _class(action[0])
        start, end = (_number(x, 'a time') for x in action[1:])
        if not 0 <= start < end:
            raise UserError('expected a start of at least 0 and an end after '
                            f'it, but got {action!r}')
        instances.append(
            ActionInstance(label, start, end, round(start * fps),
                           round(end * fps), line))
    return VideoRecord(video_id, round(duration * fps), fps, tuple(instances),
                       str(entry.get('subset', '')))


def _whole(value: Any, name: str) -> int:
    # int() alone would also take '1_0', '+3' and digits of other scripts;
    # pandas writes whole numbers as '12.0' where a column has gaps.
    if not re.fullmatch(r'[0-9]+(\.0*)?', str(value)):
        raise UserError(f'{name} must be a whole number of at least 0, but '
                        f'got {value!r}')
    return int(float(value))


def _class(value: Any) -> int:
    label = _whole(value, 'class')
    if label >= NUM_ACTIONS:
        raise UserError(f'class must be 0 to {NUM_ACTIONS - 1}, but got '
                        f'{value!r}')
    return label


def _number(value: Any, name: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f'{name} must be a number, but got {value!r}')
    return number
