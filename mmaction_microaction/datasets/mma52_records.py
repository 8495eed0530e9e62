# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The videos of MMA-52 as typed records, and labels on a grid in time.

Frames are 0-based, the end inclusive. Seconds are frame / fps without a +1 at
the end, as the official evaluator has them, and then half-open [start, end).

Shapes: M instances of a video, T steps in time, K = 52 actions.
"""
import math
from dataclasses import dataclass, field
from typing import List, Tuple

import numpy as np

from mmaction_microaction.labels import NUM_ACTIONS
from mmaction_microaction.utils.errors import UserError

_DUMMY_FRAMES = (0, 20)  # start and end of every row of the official test.csv


@dataclass(frozen=True)
class ActionInstance:
    """One performance of a micro-action.

    Attributes:
        label (int): Class, 0 to 51.
        start_s (float): Start in seconds.
        end_s (float): End in seconds, exclusive.
        start_frame (int): First frame, 0-based.
        end_frame (int): Last frame, inclusive.
        line (int): Where it stands in its file, from 1; 0 if unknown.
    """
    label: int
    start_s: float
    end_s: float
    start_frame: int
    end_frame: int
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class VideoRecord:
    """One video with its instances, in the order of the file.

    Attributes:
        video_id (str): Its id, as in the file.
        total_frames (int): Number of frames, as in the file.
        fps (float): Frames per second.
        instances (tuple[ActionInstance]): M instances; none without labels.
        subset (str): Part of the data it belongs to, as the json form tells;
            empty if unknown.
    """
    video_id: str
    total_frames: int
    fps: float
    instances: Tuple[ActionInstance, ...] = ()
    subset: str = ''

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.total_frames / self.fps

    @property
    def segments(self) -> np.ndarray:
        """(M, 2) float32: start and end in seconds."""
        return np.array([(x.start_s, x.end_s) for x in self.instances],
                        np.float32).reshape(-1, 2)

    @property
    def labels(self) -> np.ndarray:
        """(M,) int64: classes, 0 to 51."""
        return np.array([x.label for x in self.instances], np.int64)


def odd_annotations(records: List[VideoRecord], path: str) -> List[str]:
    """What is odd in the labels, but occurs in official files.

    Args:
        records (list[VideoRecord]): Videos with labels.
        path (str): Their file.

    Returns:
        list[str]: Instances that end beyond their video (14 videos of the
        official val.csv have a wrong ``total_frames``), videos without an
        instance (in a json), or that all labels look like the dummies of
        test.csv.
    """
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
    if len(frames) > 1 and all(pairs == [_DUMMY_FRAMES] for pairs in frames):
        odd.append(f'{path}: every video has one instance, of frames 0 to 20; '
                   'if this is the official test.csv, its labels are dummies '
                   'and scores mean nothing')
    return odd


def clip_multi_hot(record: VideoRecord) -> np.ndarray:
    """Which classes occur in a video.

    Args:
        record (VideoRecord): The video.

    Returns:
        np.ndarray: (K,) float32, 0 or 1.
    """
    hot = np.zeros(NUM_ACTIONS, np.float32)
    hot[record.labels] = 1
    return hot


def frame_multi_hot(record: VideoRecord, num_frames: int,
                    fps: float) -> np.ndarray:
    """Which classes occur at each step of a grid in time.

    See :func:`segments_to_multi_hot`; with the fps of the file, a step is a
    frame, and the last that is marked is ``end_frame - 1``.

    Args:
        record (VideoRecord): The video.
        num_frames (int): Number of steps T.
        fps (float): Steps per second.

    Returns:
        np.ndarray: (T, K) float32, 0 or 1.

    Raises:
        ValueError: If ``num_frames`` or ``fps`` is not positive.
    """
    return segments_to_multi_hot(record.segments, record.labels, num_frames,
                                 fps)


def segments_to_multi_hot(segments: np.ndarray, labels: np.ndarray,
                          num_frames: int, fps: float) -> np.ndarray:
    """Mark the steps of a grid in time that instances have a part in.

    Step t is the time [t, t + 1) / fps. So even the shortest instance marks a
    step, unless it lies outside the grid.

    Args:
        segments (np.ndarray): (M, 2) start and end in seconds.
        labels (np.ndarray): (M,) classes, 0 to 51.
        num_frames (int): Number of steps T.
        fps (float): Steps per second.

    Returns:
        np.ndarray: (T, K) float32, 0 or 1.

    Raises:
        ValueError: If ``num_frames`` or ``fps`` is not positive.
    """
    if num_frames < 1 or not fps > 0:
        raise UserError('num_frames and fps must be positive, but got '
                        f'{num_frames} and {fps}')
    hot = np.zeros((num_frames, NUM_ACTIONS), np.float32)
    # A frame number that went through float32 seconds is whole again.
    grid = np.round(np.asarray(segments, np.float64) * fps, 3)
    for (start, end), label in zip(grid, labels):
        hot[max(math.floor(start), 0):max(math.ceil(end), 0), label] = 1
    return hot
