# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Poses estimated by OpenPose or MMPose, from their JSON files.

Shapes: T frames, P persons, V points.
"""
import os
import os.path as osp
import re
from collections import defaultdict
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Sequence

import numpy as np

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.limits import load_json
from mmaction_microaction.utils.video_reader import VideoReader
from .converters import HANDS, LAYOUTS, NOBODY, Estimates, make_entry

#: Of a video: {number of a frame: P times (V, 3) x, y, score}.
_Frames = Dict[int, List[np.ndarray]]


def convert_pose(video: str, kind: str, path: str) -> dict:
    """Pose entry of a video from the files of another program.

    Args:
        kind (str): ``'openpose'`` or ``'coco'``.
        path (str): For :func:`read_openpose_json`; or for
            :func:`read_coco_json`, or a folder with the video's ``NAME.json``.

    Raises:
        UserError: If it is missing, malformed or incomplete.
    """
    name = osp.splitext(osp.basename(video))[0]
    if kind == 'openpose':
        found = read_openpose_json(path, name)
    elif kind == 'coco':
        found = read_coco_json(
            osp.join(path, f'{name}.json') if osp.isdir(path) else path)
    else:
        raise UserError(f'expected openpose or coco, but got {kind!r}')
    with closing(VideoReader(video)) as reader:
        reader.read([0], lambda rgb: rgb[:1].copy())
        if len(reader) != len(found.frames):
            raise UserError(f'{path} has {len(found.frames)} frames of {name},'
                            f' but the video has {len(reader)}')
        return make_entry(video, found, kind, reader.shape,
                          reader.get_avg_fps())


@lru_cache(maxsize=1)
def _openpose_videos(folder: str, _: int) -> Dict[str, Dict[int, str]]:
    """{video: {frame: path}} of OpenPose's files in a folder; the number is
    the time of its last change."""
    videos: Dict[str, Dict[int, str]] = defaultdict(dict)
    for name in os.listdir(folder):
        match = re.fullmatch(r'(.*?)_?(\d+)(_keypoints)?\.json', name)
        if match:
            videos[match[1]][int(match[2])] = osp.join(folder, name)
    return dict(videos)


def read_openpose_json(folder: str, video: str = '') -> Estimates:
    """Read OpenPose's output for a video, BODY_25 or COCO, with any hands.

    Args:
        folder (str): With files ``VIDEO_000000000000_keypoints.json``, or a
            folder ``VIDEO`` of such files.
        video (str): May be omitted if all files are of one video.

    Raises:
        UserError: If there are no such files, a frame is missing, or a file is
            malformed.
    """
    if video and osp.isdir(osp.join(folder, video)):
        folder, video = osp.join(folder, video), ''
    videos = _openpose_videos(folder, os.stat(folder).st_mtime_ns)
    if not video and len(videos) == 1:
        video, = videos
    if video not in videos:
        raise UserError(f'{folder} has files NAME_000000000000_keypoints.json '
                        f'of {len(videos)} videos, but none of {video!r}')
    no_hand = np.zeros((HANDS // 2, 3))
    parts = ('pose', []), ('hand_left', no_hand), ('hand_right', no_hand)
    frames: _Frames = {}
    for number, path in videos[video].items():
        with _json_of(path, 'OpenPose') as data:
            frames[number] = [
                np.concatenate([
                    np.reshape(x.get(f'{part}_keypoints_2d') or nil, (-1, 3))
                    for part, nil in parts
                ]).astype(np.float32) for x in data['people']
            ]
    return _collect(frames, f'{folder}, {video}', ('openpose18', 'openpose25'))


def read_coco_json(path: str) -> Estimates:
    """Read MMPose's predictions of a video, COCO-17 or COCO-WholeBody-133:
    ``[{'frame_id': 0, 'instances': [...]}, ...]``, or a dict with this under
    ``instance_info``. UserError if malformed."""
    with _json_of(path, 'MMPose') as data:
        if isinstance(data, dict):
            data = data['instance_info']
        frames = {
            int(frame['frame_id']): [
                np.column_stack(
                    [np.array(x['keypoints'])[:, :2],
                     x['keypoint_scores']]).astype(np.float32)
                for x in frame['instances']
            ]
            for frame in data
        }
    return _collect(frames, path, ('coco17', 'coco_wholebody133'))


@contextmanager
def _json_of(path: str, program: str) -> Iterator[Any]:
    """A file of JSON; who reads it may stumble over what is not there."""
    try:
        yield load_json(path)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f'{path} is not as {program} writes it '
                        f'({type(error).__name__}: {error})') from error


def _collect(frames: _Frames, where: str, layouts: Sequence[str]) -> Estimates:
    numbers = sorted(frames)
    if not frames or numbers[-1] - numbers[0] >= len(numbers):
        raise UserError(f'{where}: expected all frames of one video, but got '
                        f'{len(numbers)}, {numbers[:1]} to {numbers[-1:]}')
    sizes = {len(x) for persons in frames.values() for x in persons}
    hands = HANDS * (layouts[0] == 'openpose18')
    known = {LAYOUTS[x][0] + hands: x for x in layouts}
    if len(sizes) > 1 or not sizes <= known.keys():
        raise UserError(f'{where}: persons have {sorted(sizes)} points; '
                        f'expected one of {[*known]}')
    found = [np.stack(frames[i]) if frames[i] else NOBODY for i in numbers]
    seen = np.concatenate([x[x[..., 2] > 0, :2] for x in found])
    if len(seen) and (abs(seen) <= 1).all():
        raise UserError(f'{where}: positions must be in pixels of the video, '
                        'but all are within -1 to 1; run OpenPose with '
                        '--keypoint_scale 0')
    return Estimates(found, known[sizes.pop() if sizes else min(known)])
