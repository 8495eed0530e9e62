# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A fitted classifier of sessions as readable JSON, not a pickle.

Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks",
ICML 2017, Sec. 4.2) with an offset for each class, as balanced scores ignore
its frequency, and with priors, as left-out people are few: log temperature ~
N(0, 1), offset ~ N(log share, 1). docs/emotion.md compares scikit-learn's
calibration without these.

Shapes: N sessions, F features, K classes.
"""
import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from mmaction_microaction.evaluation.functional import rank_classes
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.limits import load_json
from .features import KINDS, Feature, feature_list
from .sessions import name_key

#: What every result is to say of itself.
NOTICE = ('These are correlations in one data set. They are no diagnosis and '
          'do not show what a person feels: docs/emotion.md')

#: Least and greatest temperature.
TEMPERATURES = (0.05, 20.)
_SCHEMA = 'mmaction-microaction/emotion-model'
_ARRAYS = ('mean', 'scale', 'weights', 'bias', 'offset')


class Calibration(NamedTuple):
    """Parameters that calibrate scores."""
    temperature: float  # above 1 if they were too sure on left-out people
    offset: np.ndarray  # (K,)


def fit_calibration(logits: np.ndarray, labels: Sequence[int],
                    shares: np.ndarray) -> Calibration:
    """Fit temperature and offset to left-out people.

    Args:
        logits (np.ndarray): (N, K), of their sessions.
        labels (Sequence[int]): N classes.
        shares (np.ndarray): (K,), above 0: frequency of each class; without
            sessions, the offset is their logarithm.
    """
    if not len(labels):
        return Calibration(1., np.log(shares))
    own = np.arange(len(labels)), np.asarray(labels)
    truth = np.eye(len(shares))[own[1]]
    # Folds that lack an emotion are left out: then the shares are others.
    prior = np.log((truth.sum(axis=0) + shares) / (len(labels) + 1))

    def loss(point: np.ndarray):
        """Negative log posterior, and its gradient."""
        scaled = logits / np.exp(point[0])
        log_p = log_softmax(scaled + prior + point[1:], axis=1)
        wrong = np.exp(log_p) - truth
        slope = np.append(-(wrong * scaled).sum(), wrong.sum(axis=0))
        return -log_p[own].sum() + point @ point / 2, slope + point

    bounds = [np.log(TEMPERATURES)] + [(None, None)] * len(shares)
    start = np.zeros(len(bounds))
    found = minimize(loss, start, jac=True, method='L-BFGS-B', bounds=bounds).x
    return Calibration(float(np.exp(found[0])), np.log(shares) + found[1:])


def at_edge(temperature: float) -> bool:
    """Whether the temperature is at its limit, so that probabilities are
    doubtful."""
    low, high = TEMPERATURES
    return not low * 1.001 < temperature < high / 1.001


@dataclass(frozen=True)
class EmotionModel:
    """Multinomial logistic regression, calibrated.

    logits = weights @ ((x - mean) / scale) + bias,
    p = softmax(logits / temperature + offset)
    """
    classes: Tuple[str, ...]  # K emotions
    features: Tuple[Feature, ...]  # what x holds
    mean: np.ndarray  # (F,), of the training sessions
    scale: np.ndarray  # (F,), their standard deviation; 1 where it is 0
    weights: np.ndarray  # (K, F); they add up to 0 over the classes
    bias: np.ndarray  # (K,), for classes that are equally frequent
    offset: np.ndarray  # (K,), for how frequent they were
    temperature: float = 1.  # the same
    facts: Dict[str, object] = field(default_factory=dict)  # plain values
    taxonomy: Taxonomy = MA52

    def logits(self, values: np.ndarray) -> np.ndarray:
        """Scores (N, K) for equally frequent emotions, of values (N, F) from
        :func:`session_features`."""
        values = np.asarray(values, float)
        if values.ndim != 2 or values.shape[1] != len(self.features):
            raise UserError(f'expected {len(self.features)} features a '
                            f'session, but got shape {values.shape}')
        return (values - self.mean) / self.scale @ self.weights.T + self.bias

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (N, K) of values (N, F), for the
        frequencies of the training data."""
        return softmax(
            self.logits(values) / self.temperature + self.offset, axis=-1)

    def choose(self, values: np.ndarray) -> np.ndarray:
        """Emotions (N,) of the greatest logits, not of the greatest
        probabilities: a rare one would hardly ever be the most probable."""
        return rank_classes(self.logits(values))[:, 0]

    def doubts(self) -> List[str]:
        """Cautions to show with the probabilities, if any."""
        found = (
            (not self.facts.get('calibrated'), 'too few subjects to calibrate '
             'the probabilities: do not trust how sure they are'),
            (at_edge(self.temperature), 'the temperature '
             f'{self.temperature:.2f} is at the edge of what is tried: the '
             'probabilities are too sure or too timid; choose another '
             'strength'),
        )
        return [text for is_so, text in found if is_so]

    def known_subjects(self, subjects: Sequence[str]) -> List[str]:
        """Those of some people who were in the training, by digest, sorted."""
        known = set(self.facts.get('subject_digests', ()))
        return sorted({x for x in subjects if subject_digest(x) in known})

    def save(self, path: str) -> None:
        """Write the model as JSON."""
        content = dict(schema=_SCHEMA, **asdict(self))
        content['taxonomy'] = self.taxonomy.to_dict()
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(content, file, indent=1, default=np.ndarray.tolist)
            file.write('\n')

    @classmethod
    def load(cls, path: str) -> 'EmotionModel':
        """Read a file of :meth:`save`, by default with MA-52's taxonomy;
        UserError for another kind of file or a damaged one."""
        try:
            content = load_json(path)
            if content.pop('schema') != _SCHEMA:
                raise UserError('another schema')
            for key in _ARRAYS:
                content[key] = np.array(content[key], float)
            for key in ('classes', 'features'):
                if not isinstance(content[key], list):
                    raise UserError(f'{key} is no list')
            content['classes'] = tuple(content['classes'])
            content['features'] = tuple(
                Feature(*x) for x in content['features'])
            content['taxonomy'] = Taxonomy.load(content.get('taxonomy', MA52))
            model = cls(**content)
            _check(model)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f'{path} is no model that '
                'tools/emotion/emotion_from_segments.py has written, or a '
                f'damaged one ({error}); train it again') from error
        return model


def subject_digest(name: str) -> str:
    """16 hexadecimal digits of a name, the same for all its spellings."""
    return hashlib.sha256(name_key(name).encode()).hexdigest()[:16]


def _check(model: EmotionModel) -> None:
    """Raise UserError unless a model can be applied."""
    classes, temperature = model.classes, model.temperature
    k, f = len(classes), len(model.features)
    for key, shape in zip(_ARRAYS, ((f, ), (f, ), (k, f), (k, ), (k, ))):
        array = getattr(model, key)
        if array.shape != shape or not np.isfinite(array).all():
            raise UserError(f'{key} must be {shape} finite numbers')
    if not (model.scale > 0).all():
        raise UserError('scale must be above 0')
    if type(temperature) not in (int, float) or not 0 < temperature < np.inf:
        raise UserError(f'temperature must be above 0, but is {temperature!r}')
    if len({x for x in classes if x and isinstance(x, str)}) < max(k, 2):
        raise UserError('classes must be two different names at least')
    known = feature_list(KINDS, True, model.taxonomy)
    for feature in set(model.features).difference(known):
        raise UserError(f'unknown feature {tuple(feature)}')
    if not isinstance(model.facts.get('subject_digests', []), list):
        raise UserError('subject_digests is no list')
