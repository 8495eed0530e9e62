# Copyright (c) mmaction-microaction contributors. All rights reserved.
import logging
import os.path as osp
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Dict, List, Sequence, Tuple, Union

import numpy as np
from mmaction.registry import DATASETS
from mmengine.logging import print_log

from mmaction_microaction.pose import (KeypointLayout, entry_name,
                                       match_entries, read_pose_file,
                                       read_skeleton_arrays, seen_points,
                                       tidy_entry)
from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.files import VIDEO_ENDINGS
from mmaction_microaction.utils.tables import whole_number
from mmaction_microaction.utils.video_reader import VideoReader
from .layout import POSE_LAYOUT, indented
from .list_file import Entry
from .micro_action import MicroActionDataset


@DATASETS.register_module()
class MicroActionPoseDataset(MicroActionDataset):
    """Poses of clips with one action each out of K, for skeleton models and
    RGB-pose models.

    Clips and labels come from the list of the split, as in
    :class:`MicroActionDataset`, and poses from the pose file, by name (see
    :func:`match_entries`). Without a list, given or in ``data_root``, clips
    and labels come from the pose file.

    A data info has the fields of :mod:`mmaction_microaction.pose.pose_file` of
    the most confident person (M = 1). Clips without a person are kept, with
    scores of 0. Both are logged. It also has ``clip_name``, ``label`` if
    known, and ``filename`` if the root has a video folder.

    Args:
        pose_file (str): A pickle of poses, or ``x_data.npy`` in the format of
            ST-GCN (see :func:`read_skeleton_arrays`), absolute or relative to
            ``data_root``; empty: ``pose_{split}.pkl``, located there.
        layout (str | dict): Expected keypoint layout, see
            :meth:`KeypointLayout.load`.
        with_videos (bool): Whether the pipeline also decodes the clips, which
            ``check_files`` then compares with the length of the poses.
        first_label (int): Label of class 0 in ``x_label.pkl``; 1 in SMG.
        kwargs: See :class:`MicroActionDataset`.

    Raises:
        UserError, FileNotFoundError: If a clip has no pose, or a pose another
            layout; and as for :class:`MicroActionDataset`.
    """

    METAINFO = dict(dataset_type='micro_action_pose')

    def __init__(self,
                 ann_file: str = '',
                 *args: Any,
                 data_root: str = '',
                 pose_file: str = '',
                 layout: Union[str, dict] = 'openpose28',
                 with_videos: bool = False,
                 check_files: bool = True,
                 first_label: int = 0,
                 **kwargs) -> None:
        self.layout = KeypointLayout.load(layout)
        self.pose_file, self.first_label = pose_file, first_label
        self.with_videos = with_videos
        if pose_file and not (ann_file or data_root):
            data_root, self.pose_file = osp.split(osp.abspath(pose_file))
        super().__init__(
            ann_file,
            *args,
            data_root=data_root,
            check_files=check_files and with_videos,
            modality='Pose',
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """Read list and poses, and locate the clips if they are decoded."""
        data_list = super().load_data_list()
        if self.check_files:
            _require_lengths(data_list)
        return data_list

    def _read_poses(self, split: str) -> Tuple[str, List[dict]]:
        path = osp.join(self.data_root, self.pose_file) if self.pose_file \
            else POSE_LAYOUT.find_annotations(self.data_root, split)
        self.sources.append(path)
        if path.endswith('.npy'):
            return path, read_skeleton_arrays(
                path, self.layout, first_label=self.first_label)
        return path, read_pose_file(path, split, self.layout)

    def _read_list(self, split: str) -> Tuple[str, List[Entry]]:
        path, entries = self._read_poses(split)
        try:
            ann_file, clips = super()._read_list(split)
        except FileNotFoundError:
            if self.ann_file:
                raise
            print_log(f'no list of clips here: {path} names them', 'current')
            self._poses = {_clip_name(entry): entry for entry in entries}
            return path, [(name, self._label_of(entry, path))
                          for name, entry in self._poses.items()]
        names = [name for name, _ in clips]
        #: Clip -> entry, of the current split.
        self._poses = match_entries(entries, names, split)
        missing = [x for x in names if x not in self._poses]
        if missing:
            raise UserError(
                f'{len(missing)} of {len(names)} clips of {ann_file} have no '
                f'pose in {path}, which has those of '
                f'{", ".join(map(entry_name, entries[:2]))} ...:' +
                indented(first_of(missing, 5)))
        if len(entries) > len(names):
            print_log(
                f'{path}: took the poses of the {len(names)} listed clips, '
                f'{len(entries) - len(names)} others are of none of them',
                'current')
        other = [
            name for name, label in clips if label is not None
            and self._poses[name].get('label', label) != label
        ]
        if other and self._use_labels:
            print_log(
                f'{len(other)} clips have another label in {path}; those of '
                f'{ann_file} count. The first of them:' +
                indented(first_of(other, 5)), 'current', logging.WARNING)
        return ann_file, clips

    def _label_of(self, entry: dict, path: str) -> Union[int, None]:
        if not self._use_labels or self.test_mode and 'label' not in entry:
            return None
        return whole_number(
            entry.get('label'), f'{path}: the label of {entry_name(entry)}',
            self._listed.num_classes)

    def _load_split(self, split: str) -> List[dict]:
        data_list = super()._load_split(split)
        folders = {osp.dirname(info['filename']) for info in data_list}
        missing = {x for x in folders if not osp.isdir(x)}
        found: Dict[str, List[str]] = {text: [] for text in _ODD}
        for index, info in enumerate(data_list):
            entry = self._poses[info['clip_name']]
            seen = seen_points(entry)
            for text, is_odd in _ODD.items():
                found[text] += [info['clip_name']] * bool(is_odd(entry, seen))
            entry = dict(tidy_entry(entry), **info)
            if 'label' not in info:  # hidden, even if the pose file has it
                entry.pop('label', None)
            if osp.dirname(info['filename']) in missing:
                del entry['filename']
            data_list[index] = entry
        for text, clips in found.items():
            if clips:
                print_log(
                    f'{text} in {len(clips)} of {len(data_list)} clips: ' +
                    ', '.join(first_of(clips, 3)), 'current', logging.WARNING)
        del self._poses
        return data_list


#: Warning -> whether it applies to an entry with these visible points.
_ODD = {
    'nobody is seen, so all scores are 0,':
    lambda entry, seen: not seen.any(),
    'several persons, of whom the most confident is followed,':
    lambda entry, seen: seen.any((1, 2)).sum() > 1,
    'points that are not finite, and count as missing,':
    lambda entry, seen: not np.isfinite(entry['keypoint']).all(),
}


def _clip_name(entry: dict) -> str:
    name = entry_name(entry)
    return name + '.mp4' * (not name.lower().endswith(VIDEO_ENDINGS))


def _require_lengths(infos: Sequence[dict]) -> None:
    """UserError if a clip is shorter than its pose, from which its frames are
    sampled, or longer by more than one frame (which estimators may miss)."""
    with ThreadPoolExecutor() as pool:
        totals = list(pool.map(_count_frames, [x['filename'] for x in infos]))
    wrong = [
        f'{info["clip_name"]}: {info["total_frames"]} frames of pose, '
        f'{total} of video' for info, total in zip(infos, totals)
        if not 0 <= total - info['total_frames'] <= 1
    ]
    if wrong:
        raise UserError(
            f'{len(wrong)} of {len(infos)} clips have a pose of another '
            'length, such as of another frame rate:' +
            indented(first_of(wrong, 5)) +
            '\n`python tools/data/check_data.py ROOT` names them all')


def _count_frames(path: str) -> int:
    with closing(VideoReader(path)) as reader:
        return len(reader)
