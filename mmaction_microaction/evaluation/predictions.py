# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Read the predictions that ``tools/test.py --dump`` writes.

Such a file is a pickle; it is opened without running code that it may hold.

Shapes: N clips, K classes.
"""
import pickle
from typing import Any, List, NamedTuple, Optional, Sequence

import numpy as np
import torch

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.safe_pickle import load_plain_pickle

__all__ = [
    'Predictions', 'load_predictions', 'match_names', 'pick_score', 'to_array',
    'unpickle'
]

# Where a data sample may carry the name of its clip.
_NAME_KEYS = ('clip_name', 'filename')


class Predictions(NamedTuple):
    """Predictions of N clips.

    Attributes:
        names (list[str] | None): Names or paths of the clips, where given.
        scores (np.ndarray): Shape (N, K), float32.
        labels (np.ndarray | None): Shape (N,), int64, where given.
    """
    names: Optional[List[str]]
    scores: np.ndarray
    labels: Optional[np.ndarray]


def load_predictions(path: str,
                     score_key: Optional[str] = None) -> Predictions:
    """Read a file of predictions, whoever wrote it.

    Args:
        path (str): What ``tools/test.py --dump`` writes, that is a pickled
            list of one dict per clip with ``pred_score`` (K,) and maybe
            ``gt_label`` (1,) and ``clip_name``; or a pickled list of vectors
            of K scores.
        score_key (str, optional): Which entry to take where ``pred_score`` is
            a dict of scores. Defaults to None.

    Returns:
        Predictions: The names, scores and labels.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not such a pickle, holds anything but plain
            data, tensors and arrays, or its clips do not match each other.
    """
    content = unpickle(path)
    kinds = (list, tuple, np.ndarray, torch.Tensor)
    if not isinstance(content, kinds) or getattr(content, 'ndim', 1) == 0:
        raise UserError(f'{path}: expected a list of predictions, but got '
                        f'{type(content).__name__}')
    if len(content) == 0:
        raise UserError(f'{path}: holds no predictions')
    names = labels = None
    scores = list(content)
    if isinstance(scores[0], dict):
        samples = [score for score in scores if isinstance(score, dict)]
        if len(samples) < len(scores):
            raise UserError(f'{path}: {len(samples)} of {len(scores)} clips '
                            'are data samples, the others are not')
        scores = [
            pick_score(sample, score_key, f'{path}: clip {index}')
            for index, sample in enumerate(samples)
        ]
        for key in _NAME_KEYS:
            names = names or _column(samples, key, path)
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


def pick_score(sample: dict, score_key: Optional[str], where: str) -> Any:
    """Take the scores out of one data sample.

    Args:
        sample (dict): A data sample as a dict.
        score_key (str | None): Which entry of a dict of scores.
        where (str): What to call the sample in an error.

    Returns:
        torch.Tensor | np.ndarray: Shape (K,).

    Raises:
        ValueError: If there are no scores, or a dict without that entry.
    """
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
    """Bring scores of any type and device to NumPy.

    Args:
        scores (torch.Tensor | np.ndarray | Sequence): Any shape and type.

    Returns:
        np.ndarray: float32, the same shape.
    """
    if isinstance(scores, torch.Tensor):
        scores = scores.detach().float().cpu()
    return np.asarray(scores, dtype=np.float32)


def match_names(found: Sequence[str], wanted: Sequence[str],
                source: str) -> List[int]:
    """Bring clips into the order of a list, by their names.

    Args:
        found (Sequence[str]): Names or paths of clips; a path belongs to the
            name that it ends with.
        wanted (Sequence[str]): The names in the list.
        source (str): What to call ``found`` in an error.

    Returns:
        list[int]: For every wanted name its position in ``found``.

    Raises:
        ValueError: If a clip is missing, twice there or not in the list.
    """
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


def unpickle(path: str) -> Any:
    """Open a file of predictions without running code that it may hold.

    Args:
        path (str): What ``tools/test.py --dump`` writes.

    Returns:
        Any: Plain data, tensors and arrays.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no pickle or holds anything else.
    """
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
