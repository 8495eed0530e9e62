# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A fitted classifier of sessions, readable by people: JSON, no pickle.

Shapes: N sessions, F features, K classes.
"""
import json
from dataclasses import asdict, dataclass, field
from typing import Dict, Tuple

import numpy as np

from .features import Feature

_SCHEMA = 'mmaction-microaction/emotion-model'


@dataclass(frozen=True)
class EmotionModel:
    """Multinomial logistic regression with a temperature.

    p = softmax((weights @ ((x - mean) / scale) + bias) / temperature)

    Attributes:
        classes (tuple[str, ...]): K emotions.
        features (tuple[Feature, ...]): What x holds.
        mean (np.ndarray): (F,), of the training sessions.
        scale (np.ndarray): (F,), their standard deviation; 1 where it is 0.
        weights (np.ndarray): (K, F); they add up to 0 over the classes.
        bias (np.ndarray): (K,).
        temperature (float): Above 1 if the regression was too sure of
            itself on people it had not seen, below 1 if it was too timid.
        facts (dict): Plain values: what it was trained on.
    """
    classes: Tuple[str, ...]
    features: Tuple[Feature, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    temperature: float = 1.
    facts: Dict[str, object] = field(default_factory=dict)

    def logits(self, values: np.ndarray) -> np.ndarray:
        """Scores before temperature and softmax.

        Args:
            values (np.ndarray): (N, F), from :func:`session_features`.

        Returns:
            np.ndarray: (N, K) float64.

        Raises:
            ValueError: If the values are not F numbers each.
        """
        values = np.asarray(values, float)
        if values.ndim != 2 or values.shape[1] != len(self.features):
            raise ValueError(f'expected {len(self.features)} features a '
                             f'session, but got shape {values.shape}')
        return (values - self.mean) / self.scale @ self.weights.T + self.bias

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Calibrated probabilities.

        Args:
            values (np.ndarray): (N, F), from :func:`session_features`.

        Returns:
            np.ndarray: (N, K) float64; rows add up to 1.

        Raises:
            ValueError: If the values are not F numbers each.
        """
        return softmax(self.logits(values) / self.temperature)

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
                content = json.load(file)
            if content.pop('schema') != _SCHEMA:
                raise KeyError('schema')
            for key in ('mean', 'scale', 'weights', 'bias'):
                content[key] = np.array(content[key], float)
            content['classes'] = tuple(content['classes'])
            content['features'] = tuple(
                Feature(*pair) for pair in content['features'])
            model = cls(**content)
            shapes = [
                x.shape
                for x in (model.mean, model.scale, model.weights, model.bias)
            ]
            k, f = len(model.classes), len(model.features)
            if shapes != [(f, ), (f, ), (k, f), (k, )]:
                raise ValueError(f'arrays of shapes {shapes}')
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f'{path} is no model that tools/emotion_from_segments.py has '
                f'written ({error})') from error
        return model


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits, over the last axis.

    Args:
        logits (np.ndarray): (..., K).

    Returns:
        np.ndarray: The same shape, float64.
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
