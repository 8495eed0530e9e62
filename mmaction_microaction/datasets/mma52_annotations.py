# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reader of the annotation files of MMA-52.

There are five formats; a CSV is read by column names:

.. code-block:: none

    official (v2)  id,video_id,start_frame,end_frame,class,total_frames,fps
    raw (v1)       ,video_id,start_frame,end_frame,class,total_frames
    test.csv       as v2, one dummy row per video: pass ``labels=False``
    json           {video_id: {"subset": "train", "duration": 9.8,
                               "actions": [[class, start_s, end_s], ...]}}
    OpenTAD        {"database": {video_id: {"subset": "training",
                    "duration": 9.8, "annotations":
                    [{"label": class or name, "segment": [start_s, end_s]}]}}}

Ids are case-sensitive. Frames are 0-based, the end inclusive. Seconds are
frame / fps, without +1 at the end, as in the official evaluator, and treated
as half-open [start, end).

Source: Li et al., "MMAD: Multi-label Micro-Action Detection in Videos", ICCV
2025, and the files of the data set.
"""
import json
import math
from dataclasses import dataclass, field, replace
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError, raise_for_problems
from mmaction_microaction.utils.limits import parse_json, read_limited
from mmaction_microaction.utils.tables import (read_table, row_error,
                                               whole_number)

DEFAULT_FPS = 30.
_NUMBERS = {name: number for number, name in enumerate(MA52.names)}


@dataclass(frozen=True)
class ActionInstance:
    """One instance of a micro-action."""
    label: int  # 0 to K - 1
    start_s: float  # seconds
    end_s: float  # seconds, exclusive
    start_frame: int  # 0-based
    end_frame: int  # inclusive
    line: int = field(default=0, compare=False)  # in the file, from 1


@dataclass(frozen=True)
class VideoRecord:
    """One video with its M instances."""
    video_id: str
    total_frames: int
    fps: float
    instances: Tuple[ActionInstance, ...] = ()  # in file order
    subset: str = ''  # of a JSON file
    line: int = field(default=0, compare=False)  # in the file, from 1

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.total_frames / self.fps

    @property
    def segments(self) -> np.ndarray:
        """(M, 2) float64: start and end in seconds."""
        # float32 would round some tIoU of 0.5 down, to a miss.
        return np.array([(x.start_s, x.end_s) for x in self.instances],
                        np.float64).reshape(-1, 2)

    @property
    def labels(self) -> np.ndarray:
        """(M,) int64: classes."""
        return np.array([x.label for x in self.instances], np.int64)


def read_mma52(path: str,
               labels: bool = True,
               default_fps: float = DEFAULT_FPS,
               num_classes: int = MA52.num_classes) -> List[VideoRecord]:
    """Read an annotation file.

    Args:
        path (str): CSV or JSON, see the module.
        labels (bool): False ignores classes, starts and ends, which are
            dummies in the official ``test.csv``.
        default_fps (float): Frame rate of files without one, Hz.
        num_classes (int): K; labels are 0 to K - 1.

    Returns:
        list[VideoRecord]: In the order of their first row.

    Raises:
        UserError: With the first ten invalid lines.
    """
    if not 0 < default_fps < math.inf:
        raise UserError(f'default_fps must be positive, but got {default_fps}')
    is_json = path.lower().endswith('.json')
    parse = _parse_entry if is_json else _parse_row
    columns = ['video_id', 'total_frames']
    if labels:
        columns += ['start_frame', 'end_frame', 'class']
    rows = _json_entries(path) if is_json else read_table(
        path, columns, strip=False).to_dict('index').items()
    videos: Dict[str, VideoRecord] = {}
    problems = []
    for line, row in rows:
        name = row['video_id']
        try:
            video = parse(row, default_fps, line,
                          num_classes if labels else None)
            known = videos.setdefault(name, video)
            if known is video:
                continue
            if is_json:
                raise UserError('the video is there twice')
            if (video.total_frames, video.fps) != (known.total_frames,
                                                   known.fps):
                raise UserError(
                    f'{name!r} has {video.total_frames} frames at {video.fps} '
                    f'fps here, but {known.total_frames} at {known.fps} on '
                    f'line {known.line}')
            videos[name] = replace(
                known, instances=known.instances + video.instances)
        except ValueError as error:
            where = f'{path}:{line}: ' + (f'{name!r}: ' if is_json else '')
            problems.append(f'{where}{error}')
    if not videos and not problems:
        problems.append(f'{path}: no videos in it')
    raise_for_problems(problems)
    return list(videos.values())


def suspicious_annotations(records: List[VideoRecord], path: str) -> List[str]:
    """Anomalies that occur in official files: ends beyond the video (in
    val.csv, ``total_frames`` of 14 videos is wrong), videos without instances
    (JSON), and the dummies of test.csv."""
    odd = []
    for video in records:
        if not video.instances:
            odd.append(f'{path}: {video.video_id!r} has no instance')
        odd += [
            f'{path}:{x.line}: end_frame {x.end_frame} is beyond the '
            f'{video.total_frames} frames of {video.video_id!r}'
            for x in video.instances if x.end_frame > video.total_frames
        ]
    frames = [[(x.start_frame, x.end_frame) for x in video.instances]
              for video in records]
    if len(frames) > 1 and frames == [[(0, 20)]] * len(frames):
        odd.append(f'{path}: every video has one instance, of frames 0 to 20; '
                   'if this is the official test.csv, its labels are dummies '
                   'and scores mean nothing')
    return odd


def _parse_row(row: Dict[str, str], fps: float, line: int,
               num_classes: Optional[int]) -> VideoRecord:
    """The video of a CSV row, with its instance if labels are read."""
    if not row['video_id']:
        raise UserError('video_id is empty')
    total = whole_number(row['total_frames'], 'total_frames')
    if 'fps' in row:
        fps = _number(row['fps'], 'fps')
    if total < 1 or fps <= 0:
        raise UserError('total_frames and fps must be positive, but got '
                        f'{total} and {fps}')
    video = VideoRecord(row['video_id'], total, fps, line=line)
    if num_classes is None:
        return video
    label = whole_number(row['class'], 'class', num_classes)
    start, end = (
        whole_number(row[x], x) for x in ('start_frame', 'end_frame'))
    if end <= start:
        raise UserError('end_frame must be after start_frame, but got '
                        f'start_frame {start} and end_frame {end}')
    action = ActionInstance(label, start / fps, end / fps, start, end, line)
    return replace(video, instances=(action, ))


def _json_entries(path: str) -> Iterator[Tuple[int, Dict[str, Any]]]:
    """Line, id and content of each video."""
    try:
        text = read_limited(path, b'[{').decode('utf-8-sig')
        # As pairs: a dict would hide duplicate ids.
        videos = parse_json(text, object_pairs_hook=tuple)
    except UnicodeDecodeError as error:
        raise UserError(f'{path}: expected text in UTF-8 ({error})') from error
    except json.JSONDecodeError as error:
        raise row_error(path, error.lineno,
                        f'not json ({error.msg})') from error
    if not isinstance(videos, tuple):
        raise row_error(
            path, 1, 'expected an object with one entry per video, '
            f'but got {type(videos).__name__}')
    videos = dict(videos).get('database', videos)
    position, line = 0, 1
    for video_id, entry in videos if isinstance(videos, tuple) else ():
        found = text.find(json.dumps(video_id), position + 1)
        if found < 0:  # in another spelling; none is looked for any more
            found, text = position, ''
        line += text.count('\n', position, found)
        position = found
        yield line, dict(video_id=video_id, entry=entry)


def _parse_entry(row: Dict[str, Any], fps: float, line: int,
                 num_classes: Optional[int]) -> VideoRecord:
    """A video of a JSON file."""
    entry = dict(row['entry']) if isinstance(row['entry'], tuple) else {}
    actions = entry.get('actions', entry.get('annotations', []))
    if 'duration' not in entry or not isinstance(actions, list):
        raise UserError('expected an object with duration and actions')
    duration = _number(entry['duration'], 'duration')
    if duration <= 0:
        raise UserError(f'duration must be positive, but got {duration}')
    instances = []
    for action in actions if num_classes is not None else ():
        if isinstance(action, tuple):  # of OpenTAD
            label, times = map(dict(action).get, ('label', 'segment'))
            label = _NUMBERS.get(str(label), label)
            action = [label, *times] if isinstance(times, list) else times
        if not isinstance(action, list) or len(action) != 3:
            raise UserError(
                f'expected actions [class, start, end], but got {action!r}')
        label = whole_number(action[0], 'class', num_classes)
        start, end = (_number(x, 'a time') for x in action[1:])
        if not 0 <= start < end:
            raise UserError('expected a start of at least 0 and an end after '
                            f'it, but got {action!r}')
        instances.append(
            ActionInstance(label, start, end, round(start * fps),
                           round(end * fps), line))
    return VideoRecord(row['video_id'], round(duration * fps), fps,
                       tuple(instances), str(entry.get('subset', '')), line)


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f'{name} must be a number, but got {value!r}')
    return number
