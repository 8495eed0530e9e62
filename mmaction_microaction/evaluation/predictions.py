# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores or detections written by ``tools/test.py --dump``: a pickle, opened
without executing code in it.

Shapes: N clips, K classes, P detections in a clip.
"""
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import torch

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import to_nfc
from mmaction_microaction.utils.unpickling import read_pickle
from .functional.detection import check_rows

__all__ = [
    'ClipDetections', 'Predictions', 'check_detections', 'holds_detections',
    'load_detections', 'load_predictions', 'match_names', 'pick_score',
    'to_array'
]

_CONTENT = 'predictions as tools/test.py --dump writes it'


class Predictions(NamedTuple):
    """Scores of N clips; None for what the file does not contain."""
    names: Optional[List[str]]  # or paths
    scores: np.ndarray  # (N, K) float32
    labels: Optional[np.ndarray]  # (N,) int64
    bodies: Optional[np.ndarray] = None  # (N, G) float32, of a body branch


class ClipDetections(NamedTuple):
    """Detections of one clip."""
    segments: np.ndarray  # (P, 2) float64, start and end in seconds
    labels: np.ndarray  # (P,) int64
    scores: np.ndarray  # (P,) float64, 0 to 1


def load_predictions(path: str,
                     score_key: Optional[str] = None) -> Predictions:
    """Read a file of scores.

    Args:
        path (str): A list of one dict per clip with ``pred_score`` (K,), or a
            dict of several, optionally ``gt_label`` (1,), ``body_score`` (G,)
            and ``clip_name`` or ``filename``; or a list of vectors (K,).
        score_key (str, optional): Which of several scores.

    Raises:
        ValueError: If clips do not match each other, or for other content.
    """
    content = read_pickle(path, _CONTENT)
    kinds = (list, tuple, np.ndarray, torch.Tensor)
    if not isinstance(content, kinds) or getattr(content, 'ndim', 1) == 0:
        raise UserError(f'{path}: expected a list of predictions, but got '
                        f'{type(content).__name__}')
    scores, names, labels, bodies = list(content), None, None, None
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
        bodies = _column(samples, 'body_score', path)
        bodies = bodies and [
            pick_score(dict(pred_score=body), score_key, path)
            for body in bodies
        ]
    try:
        scores = np.array([to_array(score) for score in scores])
        if bodies is not None:
            bodies = np.array([to_array(body) for body in bodies])
        if labels is not None:
            labels = np.array([int(label) for label in labels])
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f'{path}: expected vectors of scores of the same '
                        f'length and one label each ({error})') from error
    if scores.ndim != 2:
        raise UserError(f'{path}: expected one vector of scores per clip, '
                        f'but got an array of shape {scores.shape}')
    return Predictions(names, scores, labels, bodies)


def holds_detections(path: str) -> bool:
    """Whether the data samples of a file have ``pred_instances``."""
    content = read_pickle(path, _CONTENT)
    return isinstance(content, list) and any(
        isinstance(sample, dict) and 'pred_instances' in sample
        for sample in content)


def load_detections(path: str,
                    taxonomy: Taxonomy = MA52) -> Dict[str, ClipDetections]:
    """Read a file of detections: one dict per clip with ``clip_name`` and
    ``pred_instances``, a dict of the fields of :class:`ClipDetections`.
    ValueError for other content or repeated clips."""
    content = read_pickle(path, _CONTENT)
    if not isinstance(content, list) or not content:
        raise UserError(f'{path}: expected a list of detections')
    clips: Dict[str, ClipDetections] = {}
    for index, sample in enumerate(content):
        where = f'{path}: clip {index}'
        try:
            name, instances = sample['clip_name'], sample['pred_instances']
            fields = [instances[key] for key in ClipDetections._fields]
        except (KeyError, TypeError, IndexError):
            raise UserError(
                f'{where} must be a dict of clip_name (is it in the meta_keys '
                'of the packing transform?) and pred_instances, a dict of '
                f'{", ".join(ClipDetections._fields)}') from None
        if name in clips:
            raise UserError(f'{where}: {name!r} is there twice')
        clips[name] = check_detections(*fields, f'{where} ({name!r})',
                                       taxonomy.num_classes)
    return clips


def check_detections(segments: Any,
                     labels: Any,
                     scores: Any,
                     where: str,
                     num_classes: int = MA52.num_classes) -> ClipDetections:
    """Detections of a clip, from arrays, tensors or lists; ValueError,
    starting with ``where``, if malformed or with a score outside 0 to 1."""
    segments, labels, scores = check_rows(
        *(to_array(x, np.float64) for x in (segments, labels, scores)),
        where=where,
        num_classes=num_classes)
    if ((scores < 0) | (scores > 1)).any():
        raise UserError(f'{where}: scores must be 0 to 1, but one is not')
    return ClipDetections(segments, labels, scores)


def pick_score(sample: dict, score_key: Optional[str], where: str) -> Any:
    """The ``pred_score`` of a data sample, or its entry ``score_key`` if it is
    a dict; ValueError, starting with ``where``, if there is none."""
    if 'pred_score' not in sample:
        raise UserError(f'{where} has no pred_score; it has {sorted(sample)}')
    score = sample['pred_score']
    if not isinstance(score, dict):
        return score
    if score_key not in score:
        raise UserError(f'{where} has the scores {sorted(score)}; set '
                        f'score_key to one of them (it is {score_key!r})')
    return score[score_key]


def to_array(numbers: Any, dtype: type = np.float32) -> np.ndarray:
    """Numbers of any type and device as an array of the same shape."""
    if isinstance(numbers, torch.Tensor):
        numbers = numbers.detach().cpu().double()  # NumPy has no bfloat16
    return np.asarray(numbers, dtype=dtype)


def match_names(found: Sequence[str], wanted: Sequence[str],
                source: str) -> List[int]:
    """For every wanted name, the index of the found name or path that ends
    with it; ValueError, starting with ``source``, for a missing, repeated or
    unexpected one."""
    wanted = [to_nfc(name) for name in wanted]
    positions: Dict[str, List[int]] = {name: [] for name in wanted}
    unknown = []
    for position, path in enumerate(found):
        parts = to_nfc(path).replace('\\', '/').split('/')
        tails = ('/'.join(parts[start:]) for start in range(len(parts)))
        name = next((tail for tail in tails if tail in positions), None)
        (unknown if name is None else positions[name]).append(position)
    missing = [name for name in wanted if not positions[name]]
    twice = [i for its in positions.values() for i in its[1:]]
    wrong = (('missing', missing), ('not in the list',
                                    [found[i] for i in unknown]),
             ('there twice', [found[i] for i in twice]))
    problems = [
        f'{len(names)} clips are {what} (first: {", ".join(names[:3])})'
        for what, names in wrong if names
    ]
    if problems:
        raise UserError(f'{source} does not match the list of {len(wanted)} '
                        f'clips: {"; ".join(problems)}')
    return [positions[name][0] for name in wanted]


def _column(samples: List[dict], key: str, path: str) -> Optional[List[Any]]:
    """One field of all samples, or None if no sample has it."""
    column = [sample[key] for sample in samples if key in sample]
    if column and len(column) < len(samples):
        raise UserError(f'{path}: only {len(column)} of {len(samples)} clips '
                        f'have {key}')
    return column or None
