# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A fitted classifier of sessions, readable by people: JSON, no pickle.

Shapes: N sessions, F features, K classes.
"""
import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Dict, List, Sequence, Tuple

import numpy as np

from mmaction_microaction.evaluation.functional import rank_classes
from mmaction_microaction.utils.errors import UserError
from .calibration import at_edge, softmax
from .features import KINDS, Feature, feature_list
from .table import name_key

#: What every result is to say of itself.
NOTICE = ('These are correlations in one data set. They are no diagnosis and '
          'do not show what a person feels: docs/emotion.md')

_SCHEMA = 'mmaction-microaction/emotion-model'
_ARRAYS = ('mean', 'scale', 'weights', 'bias', 'offset')


@dataclass(frozen=True)
class EmotionModel:
    """Multinomial logistic regression, calibrated.

    logits = weights @ ((x - mean) / scale) + bias,
    p = softmax(logits / temperature + offset)

    Attributes:
        classes (tuple[str, ...]): K emotions.
        features (tuple[Feature, ...]): What x holds.
        mean (np.ndarray): (F,), of the training sessions.
        scale (np.ndarray): (F,), their standard deviation; 1 where it is 0.
        weights (np.ndarray): (K, F); they add up to 0 over the classes.
        bias (np.ndarray): (K,), for classes that are equally frequent.
        offset (np.ndarray): (K,), for how frequent they were, see
            :mod:`~mmaction_microaction.emotion.calibration`.
        temperature (float): The same.
        facts (dict): Plain values: what it was trained on.
    """
    classes: Tuple[str, ...]
    features: Tuple[Feature, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    offset: np.ndarray
    temperature: float = 1.
    facts: Dict[str, object] = field(default_factory=dict)

    def logits(self, values: np.ndarray) -> np.ndarray:
        """Scores of the emotions as if they were equally frequent.

        Args:
            values (np.ndarray): (N, F), from :func:`session_features`.

        Returns:
            np.ndarray: (N, K) float64.

        Raises:
            ValueError: If the values are not F numbers each.
        """
        values = np.asarray(values, float)
        if values.ndim != 2 or values.shape[1] != len(self.features):
            raise UserError(f'expected {len(self.features)} features a '
                            f'session, but got shape {values.shape}')
        return (values - self.mean) / self.scale @ self.weights.T + self.bias

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, for emotions as frequent as in training.

        Args:
            values (np.ndarray): (N, F), from :func:`session_features`.

        Returns:
            np.ndarray: (N, K) float64; rows add up to 1.

        Raises:
            ValueError: If the values are not F numbers each.
        """
        return softmax(self.logits(values) / self.temperature + self.offset)

    def choose(self, values: np.ndarray) -> np.ndarray:
        """The emotion that behaviour speaks for the most.

        That of the greatest logit, not of the greatest probability: a rare
        emotion would hardly ever be the most probable one.

        Args:
            values (np.ndarray): (N, F), from :func:`session_features`.

        Returns:
            np.ndarray: (N,) int64, 0 to K - 1.

        Raises:
            ValueError: If the values are not F numbers each.
        """
        return rank_classes(self.logits(values))[:, 0]

    def doubts(self) -> List[str]:
        """What to be told beside the probabilities.

        Returns:
            list[str]: Sentences; empty if there is nothing to be said.
        """
        doubts = []
        if not self.facts.get('calibrated'):
            doubts.append('too few subjects to calibrate the probabilities: '
                          'do not trust how sure they are')
        if at_edge(self.temperature):
            doubts.append(f'the temperature {self.temperature:.2f} is at the '
                          'edge of what is tried: the probabilities are too '
                          'sure or too timid; choose another strength')
        return doubts

    def known_subjects(self, subjects: Sequence[str]) -> List[str]:
        """Who of some people was in the training.

        Args:
            subjects (Sequence[str]): Names.

        Returns:
            list[str]: Those whose digest is in the facts, sorted.
        """
        known = set(self.facts.get('subject_digests', ()))
        return sorted({x for x in subjects if subject_digest(x) in known})

    def save(self, path: str) -> None:
        """Write the model as JSON.

        Args:
            path (str): The file.

        Raises:
            OSError: If it cannot be written.
        """
        content = {
            key: value.tolist() if isinstance(value, np.ndarray) else value
            for key, value in asdict(self).items()
        }
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(dict(schema=_SCHEMA, **content), file, indent=1)
            file.write('\n')

    @classmethod
    def load(cls, path: str) -> 'EmotionModel':
        """Read what :meth:`save` has written.

        Args:
            path (str): The file.

        Returns:
            EmotionModel: The model.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is another kind of file, or damaged.
        """
        try:
            with open(path, encoding='utf-8') as file:
                content = json.load(file, parse_constant=_refuse_constant)
            if content.pop('schema') != _SCHEMA:
                raise UserError('another schema')
            for key in _ARRAYS:
                content[key] = np.array(content[key], float)
            for key in ('classes', 'features'):
                if not isinstance(content[key], list):
                    raise UserError(f'{key} is no list')
                content[key] = tuple(content[key])
            content['features'] = tuple(
                Feature(*pair) for pair in content['features'])
            model = cls(**content)
            _check(model)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f'{path} is no model that '
                'tools/emotion/emotion_from_segments.py has '
                f'written, or a damaged one ({error}); train it again'
            ) from error
        return model


def subject_digest(name: str) -> str:
    """A person's name, not to be read but to be known again.

    Args:
        name (str): The name; its spelling does not matter (see
            :func:`~mmaction_microaction.emotion.table.name_key`).

    Returns:
        str: 16 hexadecimal digits.
    """
    return hashlib.sha256(name_key(name).encode()).hexdigest()[:16]


def _check(model: EmotionModel) -> None:
    """Raise ValueError unless a model can be applied."""
    k, f = len(model.classes), len(model.features)
    shapes = dict(mean=(f, ), scale=(f, ), weights=(k, f), bias=(k, ),
                  offset=(k, ))  # yapf: disable
    for key in _ARRAYS:
        array = getattr(model, key)
        if array.shape != shapes[key] or not np.isfinite(array).all():
            raise UserError(f'{key} must be {shapes[key]} finite numbers')
    if not (model.scale > 0).all():
        raise UserError('scale must be above 0')
    if type(model.temperature) not in (
            int, float) or not (0 < model.temperature < float('inf')):
        raise UserError('temperature must be a number above 0, but is '
                        f'{model.temperature!r}')
    if k < 2 or len(set(model.classes)) < k or not all(
            isinstance(x, str) and x for x in model.classes):
        raise UserError('classes must be two different names at least')
    unknown = set(model.features).difference(feature_list(KINDS, True))
    if unknown:
        raise UserError(f'unknown feature {tuple(min(unknown, key=str))}')
    digests = model.facts.get('subject_digests', [])
    if not isinstance(digests, list):
        raise UserError('subject_digests is no list')


def _refuse_constant(name: str) -> None:
    raise UserError(f'{name} is no number')
