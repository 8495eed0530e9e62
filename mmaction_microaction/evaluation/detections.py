# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Read the detections that ``tools/test.py --dump`` writes.

Shapes: P detections in a clip.
"""
from typing import Any, Dict, NamedTuple

import numpy as np

from mmaction_microaction.labels import NUM_ACTIONS
from mmaction_microaction.utils.errors import UserError
from .predictions import to_array, unpickle

__all__ = [
    'ClipDetections', 'check_detections', 'holds_detections', 'load_detections'
]


class ClipDetections(NamedTuple):
    """What was detected in one clip.

    Attributes:
        segments (np.ndarray): Shape (P, 2), float32; start and end, seconds.
        labels (np.ndarray): Shape (P,), int64.
        scores (np.ndarray): Shape (P,), float32, 0 to 1.
    """
    segments: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def holds_detections(path: str) -> bool:
    """Whether a file of predictions is one of detections.

    Args:
        path (str): What ``tools/test.py --dump`` writes.

    Returns:
        bool: True if its data samples have ``pred_instances``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no pickle of plain data.
    """
    content = unpickle(path)
    return isinstance(content, list) and any(
        isinstance(sample, dict) and 'pred_instances' in sample
        for sample in content)


def load_detections(path: str) -> Dict[str, ClipDetections]:
    """Read a file of detections.

    Args:
        path (str): What ``tools/test.py --dump`` writes: a pickled list of
            one dict per clip with ``clip_name`` (str) and ``pred_instances``,
            a dict of ``segments`` (P, 2) in seconds, ``labels`` (P,) and
            ``scores`` (P,).

    Returns:
        dict[str, ClipDetections]: The detections of every clip, by name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not such a pickle, names a clip twice, or
            its detections cannot be meant (see :func:`check_detections`).
    """
    content = unpickle(path)
    if not isinstance(content, list) or not content:
        raise UserError(f'{path}: expected a list of data samples with '
                        'detections')
    clips: Dict[str, ClipDetections] = {}
    for index, sample in enumerate(content):
        where = f'{path}: clip {index}'
        if not isinstance(sample, dict) or not {'clip_name', 'pred_instances'
                                                } <= sample.keys():
            raise UserError(f'{where} must be a dict with clip_name and '
                            'pred_instances (is clip_name in the meta_keys '
                            'of the packing transform?)')
        name, instances = sample['clip_name'], sample['pred_instances']
        if name in clips:
            raise UserError(f'{where}: {name!r} is there twice')
        try:
            fields = [instances[key] for key in ClipDetections._fields]
        except (KeyError, TypeError):
            raise UserError(f'{where}: pred_instances must be a dict of '
                            f'{", ".join(ClipDetections._fields)}') from None
        clips[name] = check_detections(*fields, f'{where} ({name!r})')
    return clips


def check_detections(segments: Any, labels: Any, scores: Any,
                     where: str) -> ClipDetections:
    """Make sure that the detections of a clip can be meant.

    Args:
        segments (torch.Tensor | np.ndarray | Sequence): (P, 2), seconds.
        labels (torch.Tensor | np.ndarray | Sequence): (P,), 0 to 51.
        scores (torch.Tensor | np.ndarray | Sequence): (P,), 0 to 1.
        where (str): What to call the clip in an error.

    Returns:
        ClipDetections: The same as arrays.

    Raises:
        ValueError: If the shapes do not fit, a segment ends before it starts,
            a class or a score is out of range, or anything is NaN or
            infinite.
    """
    segments, labels, scores = map(to_array, (segments, labels, scores))
    segments = segments.reshape(-1, 2) if segments.size == 0 else segments
    count = len(segments)
    if segments.shape != (count, 2) or not (labels.shape == scores.shape ==
                                            (count, )):
        raise UserError(f'{where}: expected segments (P, 2), labels (P,) and '
                        f'scores (P,), but got {segments.shape}, '
                        f'{labels.shape} and {scores.shape}')
    if not np.isfinite(segments).all() or (segments[:, 1] < segments[:,
                                                                     0]).any():
        raise UserError(f'{where}: a segment is NaN, infinite or ends before '
                        'it starts')
    if not np.isin(labels, range(NUM_ACTIONS)).all():
        raise UserError(f'{where}: classes must be whole numbers from 0 to '
                        f'{NUM_ACTIONS - 1}, but one is not')
    if not ((scores >= 0) & (scores <= 1)).all():
        raise UserError(f'{where}: scores must be 0 to 1, but one is not')
    return ClipDetections(segments, labels.astype(np.int64), scores)
