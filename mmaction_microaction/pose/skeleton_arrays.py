# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Skeletons in two arrays, as ST-GCN has them and iMiGUE and SMG come.

``x_data.npy`` is (N, 3, T, V, M) float: of N clips, filled up with frames of
zeros, x, y and the score (or z). ``x_label.pkl`` holds ``(names, labels)``.
iMiGUE: T 90, V 22, M 1, pixels of 1080 x 1920. SMG: T 60, V 25, M 1, labels
from 1 on.
"""
import pickle
from collections import Counter
from typing import List, Sequence, Tuple, Union

import numpy as np
from mmengine.logging import print_log

from mmaction_microaction.utils.checkpoints import load_plain_pickle
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.tables import whole_number
from .layouts import LAYOUT_NAMES, KeypointLayout

#: The layout that so many points usually are.
_USUAL = {17: 'coco17', 18: 'openpose18', 22: 'imigue22', 25: 'kinect25',
          28: 'openpose28', 133: 'coco_wholebody133'}  # yapf: disable
_END = '_data.npy'


def read_skeleton_arrays(data_path: str,
                         label_path: str = '',
                         layout: Union[str, dict, KeypointLayout, None] = None,
                         img_shape: Sequence[int] = (1080, 1920),
                         first_label: int = 0) -> List[dict]:
    """Read both files into the entries of :mod:`pose_file`, in their order.

    Trailing frames of zeros are cut off. A third channel that leaves 0 to 1
    is z, no score. Both are said.

    Args:
        label_path (str): Empty: the ``x_label.pkl`` of ``x_data.npy``.
        layout (str | dict, optional): See :meth:`KeypointLayout.load`; None:
            the usual one of so many points, which is said.
        img_shape (Sequence[int]): Height and width of the pictures, pixels.
        first_label (int): What the file calls the class 0.

    Raises:
        UserError: If a file is not as described, or the two do not fit
            together. FileNotFoundError.
    """
    if not label_path and not data_path.endswith(_END):
        raise UserError(f'{data_path} does not end with {_END}, so its labels '
                        'must be named, too')
    label_path = label_path or data_path[:-len(_END)] + '_label.pkl'
    try:
        data = np.load(data_path, mmap_mode='r', allow_pickle=False)
        shape = data.shape
    except (ValueError, EOFError, AttributeError) as error:
        raise UserError(f'{data_path} is no array of numbers, or is damaged, '
                        f'and is not opened ({error})') from error
    if len(shape) != 5 or shape[1] != 3 or data.dtype.kind != 'f' \
            or not data.size:
        raise UserError(f'{data_path}: expected floats of shape (clips, 3, '
                        f'frames, points, persons), but got {data.dtype} of '
                        f'{shape}')
    names, labels = _read_labels(label_path, shape[0], first_label)
    if layout is None:
        if shape[3] not in _USUAL:
            raise UserError(f'{data_path} has {shape[3]} points: give layout, '
                            'their names, edges and center')
        print_log(
            f'{data_path}: {shape[3]} points are taken for those of '
            f'layout {_USUAL[shape[3]]}', 'current')
    known = KeypointLayout.load(layout or _USUAL[shape[3]])
    if known.num_points != shape[3]:
        raise UserError(f'{data_path} has {shape[3]} points, but layout '
                        f'{known.name} has {known.num_points}')
    third = [np.nan_to_num(x[2]) for x in data]
    has_score = all(((x >= 0) & (x <= 1)).all() for x in third)
    if not has_score:
        print_log(
            f'{data_path}: the third channel is not within 0 to 1: it '
            'is taken for z, and no point has a score', 'current')
    entries, cut = [], 0
    for clip, name, label in zip(data, names, labels):
        used = np.flatnonzero(clip.any((0, 2, 3)))
        length = used[-1] + 1 if len(used) else shape[2]
        cut += length < shape[2]
        points = np.array(clip[:, :length]).transpose(3, 1, 2, 0)
        entry = dict(
            frame_dir=name,
            total_frames=int(length),
            img_shape=tuple(img_shape),
            original_shape=tuple(img_shape),
            label=label,
            keypoint=points[..., :2] if has_score else points,
            source='skeleton arrays')
        if known.name in LAYOUT_NAMES:
            entry['layout'] = known.name
        if has_score:
            entry['keypoint_score'] = points[..., 2]
        entries.append(entry)
    if cut:
        print_log(
            f'{data_path}: cut the trailing frames of zeros off {cut} of '
            f'{shape[0]} clips', 'current')
    return entries


def _read_labels(path: str, total: int,
                 first: int) -> Tuple[List[str], List[int]]:
    with open(path, 'rb') as file:
        try:
            content = load_plain_pickle(file)
        except pickle.UnpicklingError as error:
            raise UserError(f'{path} is no pickle of (names, labels), or is '
                            f'damaged, and is not opened ({error})') from error
    try:
        names, labels = content
        names = [str(x) for x in names]
        labels = [whole_number(x, f'{path}: the label') - first
                  for x in labels]  # yapf: disable
    except (TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f'{path}: expected (names, labels), two lists, but '
                        f'got {str(content)[:80]}') from error
    seen: Counter = Counter()
    for i, name in enumerate(names):
        seen[name] += 1
        names[i] += f'#{seen[name]}' * (seen[name] > 1)
    if len(seen) < len(names):
        print_log(
            f'{path}: {len(names) - len(seen)} names are there again; '
            'they end with #2, #3 and so on', 'current')
    if len(names) != total or len(labels) != total:
        raise UserError(f'{path}: expected {total} names and labels, but got '
                        f'{len(names)} and {len(labels)}')
    if min(labels) < 0:
        raise UserError(f'{path}: labels start at {min(labels) + first}, but '
                        f'first_label is {first}')
    return names, labels
