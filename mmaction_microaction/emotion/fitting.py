# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fits, calibrates and explains a classifier of sessions.

Shapes: N sessions, F features, K classes.
"""
from dataclasses import replace
from typing import Callable, List, NamedTuple, Optional, Sequence

import numpy as np

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .calibration import fit_calibration
from .features import Feature
from .folds import missing_classes, subject_folds
from .model import NOTICE, EmotionModel, subject_digest

#: Inverse strength of the L2 penalty: a few dozen sessions, many features.
STRENGTH = 0.05

_INNER_FOLDS = 5
_TRIES = 20  # draws of subjects for each that has all classes


class Evidence(NamedTuple):
    """What a feature says of an emotion.

    Attributes:
        emotion (str): The emotion.
        feature (Feature): The feature.
        weight (float): Change of the logit by one standard deviation more of
            the feature, in comparison with the mean of all emotions.
        low (float): Lower end of the bootstrap interval.
        high (float): Upper end.
    """
    emotion: str
    feature: Feature
    weight: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``'for'`` or ``'against'`` if the interval leaves 0 out, or ''."""
        return 'for' if self.low > 0 else 'against' if self.high < 0 else ''


def fit_model(values: np.ndarray,
              labels: Sequence[int],
              subjects: Sequence[str],
              classes: Sequence[str],
              features: Sequence[Feature],
              strength: float = STRENGTH,
              seed: int = 0,
              taxonomy: Taxonomy = MA52) -> EmotionModel:
    """Fit a logistic regression and calibrate it.

    Args:
        values (np.ndarray): (N, F), from :func:`session_features`.
        labels (Sequence[int]): N classes, 0 to K - 1.
        subjects (Sequence[str]): Whose session it is, N.
        classes (Sequence[str]): K names.
        features (Sequence[Feature]): F features.
        strength (float): scikit-learn's ``C``; smaller draws the weights
            harder to 0. Defaults to 0.05.
        seed (int): Of the folds for the calibration. Defaults to 0.
        taxonomy (Taxonomy): Of the features. Defaults to MA-52's.

    Returns:
        EmotionModel: The model. ``facts['calibrated']`` is the number of
        sessions that decided on temperature and offset; 0 (and temperature 1)
        where no split by subjects leaves all classes for training.

    Raises:
        ValueError: If a class has no session, or ``strength`` is not above 0.
    """
    labels = np.asarray(labels, int)
    if not strength > 0:
        raise UserError(f'strength must be above 0, but got {strength}')
    missing = missing_classes(labels, len(classes))
    if missing or len(classes) < 2:
        names = ', '.join(classes[label] for label in missing)
        raise UserError('at least two emotions with sessions each are needed '
                        f'to train, but the classes are {", ".join(classes)}'
                        f' and there is no session of {names or "others"}')
    bare = EmotionModel(
        tuple(classes), tuple(features), *np.zeros((5, 1)), taxonomy=taxonomy)

    def fit(chosen: np.ndarray) -> EmotionModel:
        return _fit_plain(values[chosen], labels[chosen], bare, strength)

    logits, known = np.zeros((len(labels), len(classes))), []
    people = len(set(subjects))
    folds = [] if people < 2 else subject_folds(
        subjects, labels, min(_INNER_FOLDS, people), seed)
    for train, test in folds:
        if not missing_classes(labels[train], len(classes)):
            logits[test] = fit(train).logits(values[test])
            known.extend(test)
    shares = np.bincount(labels, minlength=len(classes)) / len(labels)
    calibration = fit_calibration(logits[known], labels[known], shares)
    return replace(
        fit(np.arange(len(labels))),
        **calibration._asdict(),
        facts=dict(
            notice=NOTICE,
            sessions=len(labels),
            subjects=people,
            subject_digests=sorted(set(map(subject_digest, subjects))),
            strength=strength,
            calibrated=len(known)))


def bootstrap_evidence(values: np.ndarray,
                       labels: Sequence[int],
                       subjects: Sequence[str],
                       model: EmotionModel,
                       draws: int = 200,
                       level: float = 0.95,
                       seed: int = 0,
                       progress: Optional[Callable] = None) -> List[Evidence]:
    """How sure the weights of a model are.

    Subjects, not sessions, are drawn with replacement, since the sessions of
    a person are alike; each draw is fitted anew.

    Args:
        values, labels, subjects: What the model was fitted on.
        model (EmotionModel): Of :func:`fit_model`.
        draws (int): Number of draws. Defaults to 200.
        level (float): Share of the draws inside the interval.
            Defaults to 0.95.
        seed (int): Of the draws. Defaults to 0.
        progress (Callable, optional): Wraps the range of draws, as rich's
            ``track`` does. Defaults to None.

    Returns:
        list[Evidence]: K * F, by class, then by weight, the largest first.

    Raises:
        ValueError: If hardly any draw has all classes, ``draws`` is below 2
            or ``level`` not between 0 and 1.
    """
    if draws < 2 or not 0 < level < 1:
        raise UserError('expected at least 2 draws and a level between 0 and '
                        f'1, but got {draws} and {level}')
    labels = np.asarray(labels, int)
    names, owner = np.unique(subjects, return_inverse=True)
    sessions_of = [np.flatnonzero(owner == i) for i in range(len(names))]
    rng, strength = np.random.default_rng(seed), float(model.facts['strength'])
    weights = np.empty((draws, *model.weights.shape))
    for draw in (progress or iter)(range(draws)):
        chosen = _draw_subjects(rng, sessions_of, labels, len(model.classes))
        fitted = _fit_plain(values[chosen], labels[chosen], model, strength)
        # In the units of the model: the scale differs from draw to draw.
        weights[draw] = fitted.weights / fitted.scale * model.scale
    tail = (1 - level) / 2
    low, high = np.quantile(weights, (tail, 1 - tail), axis=0)
    return [
        Evidence(emotion, model.features[i], float(model.weights[k, i]),
                 float(low[k, i]), float(high[k, i]))
        for k, emotion in enumerate(model.classes)
        for i in np.argsort(-model.weights[k], kind='stable')
    ]


def _draw_subjects(rng: np.random.Generator, sessions_of: List[np.ndarray],
                   labels: np.ndarray, num_classes: int) -> np.ndarray:
    for _ in range(_TRIES):
        people = rng.integers(len(sessions_of), size=len(sessions_of))
        chosen = np.concatenate([sessions_of[i] for i in people])
        if not missing_classes(labels[chosen], num_classes):
            return chosen
    raise UserError(
        f'{len(sessions_of)} subjects are too few for intervals: {_TRIES} '
        'draws of as many with replacement all lacked an emotion; add '
        'subjects, or leave an emotion out')


def _fit_plain(values: np.ndarray, labels: np.ndarray, like: EmotionModel,
               strength: float) -> EmotionModel:
    """Fit on sessions of all classes, without calibration."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    scaler, regression = pipeline = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=strength, class_weight='balanced', max_iter=1000))
    pipeline.fit(values, labels)
    weights, bias = regression.coef_, regression.intercept_
    if len(weights) == 1:  # two classes: the logit of the second one
        weights = np.concatenate([-weights, weights]) / 2
        bias = np.concatenate([-bias, bias]) / 2
    return replace(
        like,
        mean=scaler.mean_,
        scale=scaler.scale_,
        weights=weights,
        bias=bias,
        offset=np.zeros(len(like.classes)))
