# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How well emotions are told from the micro-actions of unseen people.

Shapes: N sessions, F features, K classes, S subjects.
"""
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.evaluation.functional import (
    confusion_matrix, micro_expression_scores, rank_classes)
from .features import Feature
from .fitting import STRENGTH, fit_model
from .folds import require_classes, subject_folds

_BINS = 10


@dataclass(frozen=True)
class CrossValidation:
    """Predictions for sessions of people who were left out.

    Attributes:
        classes (tuple[str, ...]): K emotions.
        labels (np.ndarray): (N,) int64.
        subjects (tuple[str, ...]): N.
        folds (np.ndarray): (N,) int64, the fold that tested each session.
        probabilities (np.ndarray): (N, K) float64, calibrated.
    """
    classes: Tuple[str, ...]
    labels: np.ndarray
    subjects: Tuple[str, ...]
    folds: np.ndarray
    probabilities: np.ndarray

    @property
    def predictions(self) -> np.ndarray:
        """(N,) int64: the most probable classes."""
        return rank_classes(self.probabilities)[:, 0]

    @property
    def matrix(self) -> np.ndarray:
        """(K, K) int64 counts of all folds; rows are true classes."""
        return confusion_matrix(self.predictions, self.labels,
                                len(self.classes))

    def scores(self) -> Dict[str, float]:
        """Scores of the counts of all folds together.

        Returns:
            dict[str, float]: ``uf1 uar accuracy f1_<class>``, ``chance_uar``
            (1 / K), ``majority_accuracy`` (of always the most frequent
            class), and of the probabilities ``log_loss`` (nats), ``brier`` (0
            to 2, less is better) and ``ece``, the expected calibration error
            (0 to 1): the mean distance of confidence and accuracy.
        """
        own = self.probabilities[np.arange(len(self.labels)), self.labels]
        truth = np.eye(len(self.classes))[self.labels]
        bins = self.reliability()
        return dict(
            micro_expression_scores(self.matrix, self.classes),
            chance_uar=1 / len(self.classes),
            majority_accuracy=float(
                np.bincount(self.labels).max() / len(self.labels)),
            log_loss=float(-np.log(np.maximum(own, 1e-15)).mean()),
            brier=float(((self.probabilities - truth)**2).sum(axis=1).mean()),
            ece=sum(n * abs(confidence - accuracy)
                    for n, confidence, accuracy in bins) / len(self.labels))

    def reliability(self) -> List[Tuple[int, float, float]]:
        """Confidence against accuracy, in tenths of confidence.

        Returns:
            list[tuple[int, float, float]]: Sessions, mean confidence (the
            probability of the predicted class) and share of hits of every bin
            that is not empty.
        """
        confidence = self.probabilities.max(axis=1)
        hit = self.predictions == self.labels
        place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
        return [(int((place == b).sum()), float(confidence[place == b].mean()),
                 float(hit[place == b].mean())) for b in np.unique(place)]


def cross_validate(values: np.ndarray,
                   labels: Sequence[int],
                   subjects: Sequence[str],
                   classes: Sequence[str],
                   features: Sequence[Feature],
                   folds: Optional[int] = None,
                   strength: float = STRENGTH,
                   seed: int = 0,
                   progress: Optional[Callable] = None) -> CrossValidation:
    """Predict every session by a model that has not seen its subject.

    Scaling, penalty and temperature are fitted on the training subjects only.

    Args:
        values (np.ndarray): (N, F), from :func:`session_features`.
        labels (Sequence[int]): N classes, 0 to K - 1.
        subjects (Sequence[str]): Whose session it is, N.
        classes (Sequence[str]): K names.
        features (Sequence[Feature]): F features.
        folds (int, optional): Number of folds. Defaults to None: each subject
            is left out once.
        strength (float): See :func:`fit_model`. Defaults to 0.05.
        seed (int): Of the folds. Defaults to 0.
        progress (Callable, optional): Wraps the list of folds, as rich's
            ``track`` does. Defaults to None.

    Returns:
        CrossValidation: The predictions.

    Raises:
        ValueError: If there are too few subjects, or a class is missing in
            the training part of a fold.
    """
    labels = np.asarray(labels, int)
    splits = subject_folds(subjects, labels, folds, seed)
    for fold in splits:  # before the first fit
        require_classes(fold, subjects, labels, classes)
    number = np.zeros(len(labels), int)
    probabilities = np.zeros((len(labels), len(classes)))
    for i, (train, test) in enumerate((progress or iter)(splits)):
        model = fit_model(values[train], labels[train],
                          [subjects[j] for j in train], classes, features,
                          strength, seed)
        probabilities[test] = model.predict(values[test])
        number[test] = i
    return CrossValidation(
        tuple(classes), labels, tuple(subjects), number, probabilities)


def subject_interval(result: CrossValidation,
                     draws: int = 1000,
                     level: float = 0.95,
                     seed: int = 0) -> Dict[str, Tuple[float, float]]:
    """How much the scores hang on who took part.

    Subjects are drawn with replacement; their predictions stay.

    Args:
        result (CrossValidation): The predictions.
        draws (int): Number of draws. Defaults to 1000.
        level (float): Share of the draws inside. Defaults to 0.95.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        dict[str, tuple[float, float]]: ``uar`` and ``accuracy``, 0 to 1.
    """
    size = len(result.classes)
    names, owner = np.unique(result.subjects, return_inverse=True)
    counts = np.zeros((len(names), size, size))
    np.add.at(counts, (owner, result.labels, result.predictions), 1)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(
        len(names), np.full(len(names), 1 / len(names)), draws)
    matrices = np.einsum('ds,sij->dij', drawn, counts)
    support = matrices.sum(axis=2)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    recall = np.divide(
        hits, support, out=np.full(hits.shape, np.nan), where=support > 0)
    values = dict(
        uar=np.nanmean(recall, axis=1),
        accuracy=hits.sum(axis=1) / support.sum(axis=1))
    tail = (1 - level) / 2
    return {
        key: tuple(np.quantile(value, (tail, 1 - tail)).tolist())
        for key, value in values.items()
    }
