# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Skeletons in two arrays, the format of ST-GCN, iMiGUE and SMG.

``x_data.npy`` is (N, 3, T, V, M) float: x, y and score (or z) of N clips,
padded with frames of zeros. ``x_label.pkl`` contains ``(names, labels)``.
iMiGUE: T 90, V 22, M 1, pixels of 1080 x 1920. SMG: T 60, V 25, M 1, labels
from 1 on.
"""
from collections import Counter
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
from mmengine.logging import print_log

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.limits import read_array
from mmaction_microaction.utils.tables import whole_number
from mmaction_microaction.utils.unpickling import read_pickle
from .layouts import LAYOUT_NAMES, KeypointLayout

#: The layouts that so many points usually have.
_USUAL = {17: 'coco17', 18: 'openpose18', 22: 'imigue22', 25: 'kinect25',
          28: 'openpose28', 133: 'coco_wholebody133'}  # yapf: disable
_END = '_data.npy'


def read_skeleton_arrays(path: str,
                         layout: Optional[KeypointLayout] = None,
                         img_shape: Sequence[int] = (1080, 1920),
                         first_label: int = 0) -> List[dict]:
    """Read ``x_data.npy`` and the ``x_label.pkl`` beside it into the entries
    of :mod:`pose_file`, in their order.

    Trailing frames of zeros are cut off; a third channel outside 0 to 1 is z,
    not a score; repeated names get a number. Each of these is reported.

    Args:
        layout (KeypointLayout, optional): None: the usual layout of this
            number of points, which is reported.
        img_shape (Sequence[int]): Height and width of the pictures, pixels.
        first_label (int): Number of class 0 in the file.

    Raises:
        FileNotFoundError: If a file does not exist.
        UserError: If a file is malformed, or the two do not match.
    """
    if not path.endswith(_END):
        raise UserError(f'skeletons come in a file x{_END}, but got {path}')
    data = read_array(path)
    shape = data.shape
    if len(shape) != 5 or shape[1] != 3 or not data.size \
            or data.dtype.kind != 'f':
        raise UserError(f'{path}: expected floats of shape (clips, 3, frames, '
                        f'points, persons), but got {data.dtype} of {shape}')
    labels = f'{path[:-len(_END)]}_label.pkl'
    clips, said = _read_labels(labels, read_pickle(labels), shape[0]), []
    if layout is None and shape[3] in _USUAL:
        layout = KeypointLayout.load(_USUAL[shape[3]])
        said.append(f'its {shape[3]} points are taken for {layout.name}')
    if layout is None or layout.num_points != shape[3]:
        raise UserError(f'{path} has {shape[3]} points, but layout is ' +
                        (f'{layout.name} of {layout.num_points}'
                         if layout else 'not given'))  # yapf: disable
    size = tuple(img_shape)
    fields = dict(
        img_shape=size, original_shape=size, source='skeleton arrays')
    if layout.name in LAYOUT_NAMES:
        fields['layout'] = layout.name
    third = (np.nan_to_num(clip[2]) for clip in data)
    has_score = all(((x >= 0) & (x <= 1)).all() for x in third)
    if not has_score:
        said.append('the third channel is not within 0 to 1: it is taken for '
                    'z, and no point has a score')
    entries, seen, cut = [], Counter(), 0
    for clip, (name, label) in zip(data, clips):
        if label < first_label:
            raise UserError(f'{labels}: {name} has label {label}, but '
                            f'first_label is {first_label}')
        seen[name] += 1
        name += f'#{seen[name]}' * (seen[name] > 1)
        used = np.flatnonzero(clip.any((0, 2, 3)))
        length = int(used[-1]) + 1 if len(used) else shape[2]
        cut += length < shape[2]
        points = np.array(clip[:, :length]).transpose(3, 1, 2, 0)
        entry = dict(
            fields,
            frame_dir=name,
            total_frames=length,
            label=label - first_label,
            keypoint=points[..., :2] if has_score else points)
        if has_score:
            entry['keypoint_score'] = points[..., 2]
        entries.append(entry)
    if cut:
        said.append(f'cut the trailing frames of zeros off {cut} of '
                    f'{shape[0]} clips')
    if again := shape[0] - len(seen):
        said.append(f'{again} names are there again; they end with #2, ...')
    for text in said:
        print_log(f'{path}: {text}', 'current')
    return entries


def _read_labels(path: str, content: Any, total: int) -> List[Tuple[str, int]]:
    if not isinstance(content,
                      (list, tuple)) or [np.shape(x)
                                         for x in content] != [(total, )] * 2:
        raise UserError(f'{path}: expected (names, labels) of {total} clips, '
                        f'but got {str(content)[:80]}')
    return [(str(name), whole_number(label, f'{path}: the label'))
            for name, label in zip(*content)]
