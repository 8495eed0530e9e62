# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The pose of a video, from a file or an estimator.

Shapes: M persons, T frames, V points.
"""
import glob
import os
import os.path as osp
from dataclasses import dataclass
from functools import partial
from typing import Callable, List, Optional, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.pose.estimators import (ESTIMATORS, estimate_pose,
                                                  find_estimator)
from mmaction_microaction.pose.pose_file import (check_entry, entry_name,
                                                 match_entries, read_pose_file,
                                                 sound_entry, tidy_entry,
                                                 write_pose_file)
from mmaction_microaction.utils.errors import UserError, first_of
from .video_stream import VideoFile
from .windows import Window

HOW_TO_GIVE_POSE = (
    'give pose (tools: --pose) FILE or FOLDER, as tools/data/extract_pose.py '
    f'writes them, or {" or ".join(ESTIMATORS)} to estimate it')

Pose = Union[str, os.PathLike, dict, Sequence[dict]]
_ARRAYS = {'keypoint', 'keypoint_score'}
#: Tolerated difference in length of pose and video, seconds (plus 5 %).
_SLACK = .5
#: Tolerated share of frames without a person.
_UNSEEN = .03


@dataclass(frozen=True)
class VideoPose:
    """The pose of a video, for each of its frames."""
    entry: dict  # as in a pose file; its arrays are read-only
    seen: np.ndarray  # (T,) bool, whether a person is visible
    problems: Tuple[str, ...]  # one line each

    @property
    def facts(self) -> dict:
        """For the settings of a result: source of the pose, and the share of
        frames with a person."""
        return dict(
            pose=self.entry.get('source', ''),
            pose_seen=round(float(self.seen.mean()), 4))

    def person(self, frame: int,
               shape: Sequence[int]) -> Tuple[np.ndarray, np.ndarray]:
        """(V, 2) positions in pixels of an image of that shape (H, W), and
        (V,) scores."""
        scale = np.divide(shape, self.entry['img_shape'])[::-1]
        return (self.entry['keypoint'][0, frame] * scale,
                self.entry['keypoint_score'][0, frame])

    def cut(self, window: Window) -> dict:
        """The entry for a file with this window."""
        parts = {
            key: self.entry[key][:, window.frames]
            for key in _ARRAYS & self.entry.keys()
        }
        return dict(self.entry, total_frames=window.num_frames, **parts)


class PoseInput:
    """Source of the pose of videos.

    Args:
        pose (str | dict | Sequence[dict]): ``'mediapipe'`` or ``'rtmlib'`` to
            estimate it; a pose file, or a folder of them, with entries named
            as the videos; one entry, for any video, or several.

    Raises:
        UserError, FileNotFoundError: If there is no such estimator or file.
    """

    def __init__(self, pose: Pose) -> None:
        self.estimator, self._where = '', 'the list of poses'
        self._entries: Sequence[dict] = ()
        if isinstance(pose, (str, os.PathLike)):
            self._where = pose = os.fspath(pose)
            if pose in ESTIMATORS:
                self.estimator = pose
                self._estimate = partial(
                    estimate_pose, estimator=find_estimator(pose))
                return
            pose = _read(pose)
        self._one = pose if isinstance(pose, dict) else None
        self._entries = () if self._one else pose

    def find(self,
             source: VideoFile,
             progress: Optional[Callable[[float, float], None]] = None,
             cache: str = '') -> VideoPose:
        """The pose of a video.

        Args:
            source (VideoFile): The video.
            progress (callable, optional): Called by an estimator with the
                frames processed and the total.
            cache (str): Pose file to read estimates from, or to write them to.

        Raises:
            UserError: If there is no pose of the video.
        """
        if not self.estimator:
            return align_pose(self._one or self._look_up(source), source)
        if not source.path:
            raise UserError(f'{self.estimator} takes files; give the pose of '
                            'an array as an entry')
        if cache and osp.exists(cache):
            return align_pose(read_pose_file(cache)[0], source)
        entry = self._estimate(source.path, progress=progress)
        if cache:
            write_pose_file(cache, [entry])
        return align_pose(entry, source)

    def _look_up(self, source: VideoFile) -> dict:
        name = source.path or source.name
        found = match_entries(self._entries, [name])
        if not found:
            names = first_of([entry_name(x) for x in self._entries], 3)
            raise UserError(f'{self._where} has no pose of '
                            f'{osp.basename(name)}, but of {", ".join(names)}')
        return found[name]


def align_pose(entry: dict, source: VideoFile) -> VideoPose:
    """Align the pose of the most confident person to the frames of a video.

    By index if the counts agree (the video may have one frame more), else by
    the nearest time, if the entry has ``fps`` and the duration agrees. Frames
    after the end of the pose have none. ``problems`` report this, and a lack
    of persons in more than 3 % of the frames.

    Raises:
        UserError: If the entry is malformed, or of another video.
    """
    entry = sound_entry(entry)
    # Points beyond the edge are usual; frames without a person follow.
    problems = [
        *entry.get('problems', ()),
        *(x
          for x in check_entry(entry, size=source.shape) if 'outside' not in x)
    ]
    problems = [x for x in problems if not x.startswith('no person in ')]
    entry = tidy_entry(entry)
    count, total = entry['total_frames'], len(source)
    frames, times = np.arange(total), source.times - source.times[0]
    if not 0 <= total - count <= 1:  # an estimator may miss the last one
        fps, length = entry.get('fps') or 0, source.end - source.times[0]
        if not fps or abs(count / fps - length) > _SLACK + length / 20:
            rate = f', {fps:g} a second' if fps else ' and does not say fps'
            raise UserError(
                f'{source.path or source.name} has {total} frames in '
                f'{length:.2f} s, but its pose has {count}{rate}: it is of '
                'another video or frame rate; extract it from this file')
        frames = np.rint(times * fps).astype(int)
        problems.append(f'the pose has {count} frames, {fps:g} a second, and '
                        f'the video {total}: taken by their times')
    there, frames = frames < count, np.minimum(frames, count - 1)
    parts = {key: entry[key][:, frames] for key in _ARRAYS & entry.keys()}
    for part in parts.values():
        part[:, ~there] = 0
        part.flags.writeable = False
    seen = parts['keypoint'].any(axis=(0, 2, 3))
    unseen = source.times[~seen]
    if len(unseen) > _UNSEEN * total:
        problems.append(
            f'no person in {len(unseen)} of {total} frames of the pose, the '
            f'first at {unseen[0]:.2f} s, the last at {unseen[-1]:.2f} s')
    return VideoPose(
        dict(entry, total_frames=total, **parts), seen, tuple(problems))


def _read(path: str) -> List[dict]:
    """The entries of a file, or of all files in a folder."""
    files = [path]
    if osp.isdir(path):
        files = sorted(glob.glob(osp.join(glob.escape(path), '*.pkl')))
        if not files:
            raise UserError(f'there are no pose files (.pkl) in {path}')
    return [entry for file in files for entry in read_pose_file(file)]
