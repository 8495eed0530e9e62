# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Read what ``tools/test.py --dump`` writes: scores or detections of clips.

Such a file is a pickle; it is opened without running code that it may hold.

Shapes: N clips, K classes, P detections in a clip.
"""
import pickle
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import torch

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.checkpoints import load_plain_pickle
from mmaction_microaction.utils.errors import UserError

__all__ = [
    'ClipDetections', 'Predictions', 'check_detections', 'holds_detections',
    'load_detections', 'load_predictions', 'match_names', 'pick_score',
    'to_array'
]


class Predictions(NamedTuple):
    """Predictions of N clips: their names or paths, where given, scores (N, K)
    float32, and labels (N,) int64, where given."""
    names: Optional[List[str]]
    scores: np.ndarray
    labels: Optional[np.ndarray]


class ClipDetections(NamedTuple):
    """What was detected in one clip: segments (P, 2) float32, start and end in
    seconds, labels (P,) int64 and scores (P,) float32, 0 to 1."""
    segments: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def load_predictions(path: str,
                     score_key: Optional[str] = None) -> Predictions:
    """Read a file of scores, whoever wrote it.

    Args:
        path (str): A pickled list of one dict per clip with ``pred_score``
            (K,) and maybe ``gt_label`` (1,) and ``clip_name`` or
            ``filename``; or a pickled list of vectors of K scores.
        score_key (str, optional): Which entry to take where ``pred_score`` is
            a dict of scores.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not such a pickle, holds anything but plain
            data, tensors and arrays, or its clips do not match each other.
    """
    content = _load(path)
    kinds = (list, tuple, np.ndarray, torch.Tensor)
    if not isinstance(content, kinds) or getattr(content, 'ndim', 1) == 0:
        raise UserError(f'{path}: expected a list of predictions, but got '
                        f'{type(content).__name__}')
    scores, names, labels = list(content), None, None
    if not scores:
        raise UserError(f'{path}: holds no predictions')
    if isinstance(scores[0], dict):
        samples = [score for score in scores if isinstance(score, dict)]
        if len(samples) < len(scores):
            raise UserError(f'{path}: {len(samples)} of {len(scores)} clips '
                            'are data samples, the others are not')
        scores = [
            pick_score(sample, score_key, f'{path}: clip {index}')
            for index, sample in enumerate(samples)
        ]
        names = _column(samples, 'clip_name', path) or _column(
            samples, 'filename', path)
        labels = _column(samples, 'gt_label', path)
    try:
        scores = np.array([to_array(score) for score in scores])
        if labels is not None:
            labels = np.array([int(label) for label in labels])
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f'{path}: expected vectors of scores of the same '
                        f'length and one label each ({error})') from error
    if scores.ndim != 2:
        raise UserError(f'{path}: expected one vector of scores per clip, '
                        f'but got an array of shape {scores.shape}')
    return Predictions(names, scores, labels)


def holds_detections(path: str) -> bool:
    """Whether the data samples of a file have ``pred_instances``; errors as of
    :func:`load_predictions`."""
    content = _load(path)
    return isinstance(content, list) and any(
        isinstance(sample, dict) and 'pred_instances' in sample
        for sample in content)


def load_detections(path: str,
                    taxonomy: Taxonomy = MA52) -> Dict[str, ClipDetections]:
    """Read a file of detections.

    Args:
        path (str): A pickled list of one dict per clip with ``clip_name``
            (str) and ``pred_instances``, a dict of ``segments`` (P, 2) in
            seconds, ``labels`` (P,) and ``scores`` (P,).
        taxonomy (Taxonomy): The label set.

    Raises:
        ValueError: If the file is not such a pickle, names a clip twice, or
            its detections cannot be meant (see :func:`check_detections`).
    """
    content = _load(path)
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
        clips[name] = check_detections(*fields, f'{where} ({name!r})',
                                       taxonomy.num_classes)
    return clips


def check_detections(segments: Any,
                     labels: Any,
                     scores: Any,
                     where: str,
                     num_classes: int = MA52.num_classes) -> ClipDetections:
    """Detections of a clip, arrays, tensors or lists; a ValueError, beginning
    with ``where``, if the shapes do not fit, a segment ends before it starts,
    a class or a score is out of range, or anything is not finite."""
    segments, labels, scores = map(to_array, (segments, labels, scores))
    segments = segments.reshape(-1, 2) if segments.size == 0 else segments
    count = len(segments)
    if segments.shape != (count, 2) or not (labels.shape == scores.shape ==
                                            (count, )):
        raise UserError(f'{where}: expected segments (P, 2), labels (P,) and '
                        f'scores (P,), but got {segments.shape}, '
                        f'{labels.shape} and {scores.shape}')
    start, end = segments.T
    if not np.isfinite(segments).all() or (end < start).any():
        raise UserError(f'{where}: a segment is NaN, infinite or ends before '
                        'it starts')
    if not np.isin(labels, range(num_classes)).all():
        raise UserError(f'{where}: classes must be whole numbers from 0 to '
                        f'{num_classes - 1}, but one is not')
    if not ((scores >= 0) & (scores <= 1)).all():
        raise UserError(f'{where}: scores must be 0 to 1, but one is not')
    return ClipDetections(segments, labels.astype(np.int64), scores)


def pick_score(sample: dict, score_key: Optional[str], where: str) -> Any:
    """The ``pred_score`` of a data sample, or its entry ``score_key`` where it
    is a dict; a ValueError, beginning with ``where``, if it has none."""
    if 'pred_score' not in sample:
        raise UserError(f'{where} has no pred_score; it has {sorted(sample)}')
    score = sample['pred_score']
    if not isinstance(score, dict):
        return score
    if score_key not in score:
        raise UserError(f'{where} has the scores {sorted(score)}; set '
                        f'score_key to one of them (it is {score_key!r})')
    return score[score_key]


def to_array(scores: Any) -> np.ndarray:
    """Numbers of any type and device as float32, the same shape."""
    if isinstance(scores, torch.Tensor):
        scores = scores.detach().float().cpu()
    return np.asarray(scores, dtype=np.float32)


def match_names(found: Sequence[str], wanted: Sequence[str],
                source: str) -> List[int]:
    """Bring clips into the order of a list: for every wanted name its
    position among the found names or paths, of which one belongs to the name
    that it ends with; a ValueError, beginning with ``source``, if a clip is
    missing, twice there or not in the list."""
    positions = dict.fromkeys(wanted)
    unknown, twice = [], []
    for position, path in enumerate(found):
        parts = path.replace('\\', '/').split('/')
        tails = ('/'.join(parts[start:]) for start in range(len(parts)))
        name = next((tail for tail in tails if tail in positions), None)
        if name is None:
            unknown.append(path)
        elif positions[name] is not None:
            twice.append(path)
        else:
            positions[name] = position
    missing = [name for name in wanted if positions[name] is None]
    problems = [
        f'{len(names)} clips {what} (first: {", ".join(names[:3])})'
        for names, what in ((missing, 'are missing'), (unknown,
                                                       'are not in the list'),
                            (twice, 'are there twice')) if names
    ]
    if problems:
        raise UserError(f'{source} does not match the list of {len(wanted)} '
                        f'clips: {"; ".join(problems)}')
    return [positions[name] for name in wanted]


def _load(path: str) -> Any:
    """Plain data, tensors and arrays; a ValueError for any other file."""
    with open(path, 'rb') as file:
        try:
            return load_plain_pickle(file)
        except pickle.UnpicklingError as error:
            raise UserError(
                f'{path} is no pickle of predictions as tools/test.py --dump '
                f'writes it ({error})') from error


def _column(samples: List[dict], key: str, path: str) -> Optional[List[Any]]:
    """One field of all samples, or None where no sample has it."""
    column = [sample[key] for sample in samples if key in sample]
    if column and len(column) < len(samples):
        raise UserError(f'{path}: only {len(column)} of {len(samples)} clips '
                        f'have {key}')
    return column or None
