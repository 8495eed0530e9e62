# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fits, calibrates and explains a classifier; no person is on both sides of a
fold.

Shapes: N sessions, F features, K classes.
"""
import warnings
from dataclasses import replace
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (GroupKFold, LeaveOneGroupOut,
                                     StratifiedGroupKFold)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from .features import Feature
from .model import NOTICE, EmotionModel, fit_calibration, subject_digest

#: Inverse strength of the L2 penalty: a few dozen sessions, many features.
STRENGTH = 0.05

_INNER_FOLDS = 5
_TRIES = 20  # draws of subjects for each that has all classes
Fold = Tuple[np.ndarray, np.ndarray]  # training and test sessions


class Evidence(NamedTuple):
    """Weight of a feature for an emotion."""
    emotion: str
    feature: Feature
    weight: float  # logits for one standard deviation, against all's mean
    low: float  # ends of the bootstrap interval
    high: float

    @property
    def verdict(self) -> str:
        """``'for'`` or ``'against'`` if the interval excludes 0, else ''."""
        return 'for' if self.low > 0 else 'against' if self.high < 0 else ''


def fit_model(values: np.ndarray,
              labels: Sequence[int],
              subjects: Sequence[str],
              classes: Sequence[str],
              features: Sequence[Feature],
              strength: float = STRENGTH,
              seed: int = 0,
              taxonomy: Taxonomy = MA52) -> EmotionModel:
    """Fit a logistic regression to (N, F) values and N labels; calibrate it.

    ``facts['calibrated']`` is the number of sessions used for temperature and
    offset; 0 (and temperature 1) if every split by subjects lacks a class for
    training.

    Args:
        values (np.ndarray): (N, F), see :func:`session_features`.
        labels (Sequence[int]): (N,) classes.
        subjects (Sequence[str]): (N,) people.
        classes (Sequence[str]): K emotions.
        features (Sequence[Feature]): F columns.
        strength (float): scikit-learn's ``C``; smaller values shrink weights.
        seed (int): Of the folds for the calibration.

    Raises:
        UserError: If a class has no session, or ``strength`` is not above 0.
    """
    labels = np.asarray(labels, int)
    if not strength > 0:
        raise UserError(f'strength must be above 0, but got {strength}')
    missing = missing_classes(labels, len(classes))
    if missing or len(classes) < 2:
        names = ', '.join(classes[k] for k in missing)
        raise UserError('at least two emotions with sessions each are needed '
                        f'to train, but the classes are {", ".join(classes)}'
                        f' and there is no session of {names or "others"}')

    def fit(chosen: np.ndarray) -> EmotionModel:
        arrays = _fit_plain(values[chosen], labels[chosen], strength)
        return EmotionModel(
            tuple(classes), tuple(features), *arrays, taxonomy=taxonomy)

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
    """Intervals of a model's weights: K * F, by class, the largest first.

    Each draw of subjects (not sessions: those of a person are similar) with
    replacement, from the model's training data, is fitted anew.

    Args:
        level (float): Share of the draws inside the interval.
        progress (Callable, optional): Wraps the draws, as rich's ``track``.

    Raises:
        UserError: If hardly any draw has all classes, or for an invalid
            number.
    """
    if draws < 2 or not 0 < level < 1:
        raise UserError('expected at least 2 draws and a level between 0 and '
                        f'1, but got {draws} and {level}')
    labels, subjects = np.asarray(labels, int), np.asarray(subjects)
    sessions_of = [np.flatnonzero(subjects == x) for x in np.unique(subjects)]
    rng, strength = np.random.default_rng(seed), float(model.facts['strength'])
    weights = np.empty((draws, *model.weights.shape))
    for draw in (progress or iter)(range(draws)):
        chosen = _draw_subjects(rng, sessions_of, labels, len(model.classes))
        arrays = _fit_plain(values[chosen], labels[chosen], strength)
        # In the units of the model: the scale differs from draw to draw.
        weights[draw] = arrays[2] / arrays[1] * model.scale
    tail = (1 - level) / 2
    ends = np.quantile(weights, (tail, 1 - tail), axis=0)
    numbers = np.stack([model.weights, *ends], axis=-1).tolist()
    return [
        Evidence(emotion, model.features[i], *numbers[k][i])
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


def _fit_plain(values: np.ndarray, labels: np.ndarray,
               strength: float) -> Tuple[np.ndarray, ...]:
    """Mean, scale, weights, bias and offset of an uncalibrated model."""
    scaler, regression = pipeline = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=strength, class_weight='balanced', max_iter=1000))
    pipeline.fit(values, labels)
    weights, bias = regression.coef_, regression.intercept_
    if len(weights) == 1:  # two classes: the logit of the second one
        weights = np.concatenate([-weights, weights]) / 2
        bias = np.concatenate([-bias, bias]) / 2
    return scaler.mean_, scaler.scale_, weights, bias, np.zeros_like(bias)


def subject_folds(subjects: Sequence[str],
                  labels: Sequence[int],
                  folds: Optional[int] = None,
                  seed: int = 0) -> List[Fold]:
    """Folds by subjects that test every session once, with balanced labels;
    ``folds`` None: leave one subject out. UserError for fewer than two
    subjects, or fewer than folds."""
    number = len(set(subjects))
    if number < 2:
        raise UserError(
            'a test on people who were not in the training needs at least two '
            f'subjects, but there is {number}: {sorted(set(subjects))}')
    if folds is not None and not 2 <= folds <= number:
        raise UserError(f'folds must be 2 to {number}, the number of '
                        f'subjects, but got {folds}')
    if folds in (None, number):
        splitter = LeaveOneGroupOut()
    elif folds > np.bincount(labels).max():  # too few to be balanced
        splitter = GroupKFold(folds)
    else:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class with fewer sessions than folds; `require_classes` looks.
        warnings.simplefilter('ignore', UserWarning)
        pairs = splitter.split(labels, labels, groups=np.asarray(subjects))
        return [pair for pair in pairs if len(pair[1])]


def missing_classes(labels: Sequence[int], num_classes: int) -> List[int]:
    """Classes without a session, ascending."""
    return sorted(set(range(num_classes)).difference(map(int, labels)))


def require_classes(fold: Fold, subjects: Sequence[str], labels: np.ndarray,
                    classes: Sequence[str]) -> None:
    """Raise UserError unless the training part of a fold has all classes."""
    train, test = fold
    missing = missing_classes(labels[train], len(classes))
    if missing:
        left = ', '.join(sorted({subjects[i] for i in test}))
        names = ', '.join(repr(classes[label]) for label in missing)
        raise UserError(
            f'without {left} no session with {names} is left to train on (a '
            'typo, if nobody else should show it); every emotion has to be '
            'there for at least two subjects of different folds: add '
            'sessions, use more folds, or leave the emotion out')
