# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Accuracy of emotion predictions for unseen people.

Shapes: N sessions, F features, K classes, S subjects.
"""
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.evaluation import confusion_matrix, unweighted_scores
from .features import Feature
from .fitting import STRENGTH, fit_model, require_classes, subject_folds
from .model import NOTICE, at_edge

_BINS = 10
# Drawing from a handful of people hardly ever shows how people differ.
_FEW = 10


@dataclass(frozen=True)
class CrossValidation:
    """Predictions for the sessions of left-out people."""
    classes: Tuple[str, ...]  # K emotions
    labels: np.ndarray  # (N,) int64
    subjects: Tuple[str, ...]  # N
    folds: np.ndarray  # (N,) int64, the one that tested each session
    predictions: np.ndarray  # (N,) int64, by EmotionModel.choose
    probabilities: np.ndarray  # (N, K) float64, calibrated
    # Of each fold: the sessions that calibrated it, 0 if it could not be.
    calibrated: Tuple[int, ...] = ()
    temperatures: Tuple[float, ...] = ()  # of each fold

    @property
    def matrix(self) -> np.ndarray:
        """(K, K) int64 counts of all folds; rows are true classes."""
        return confusion_matrix(self.predictions, self.labels,
                                len(self.classes))

    @property
    def shares(self) -> np.ndarray:
        """(K,) float64: frequency of each emotion."""
        return np.eye(len(self.classes))[self.labels].mean(axis=0)

    def scores(self) -> Dict[str, float]:
        """Scores of the counts of all folds together, and of probabilities.

        ``uf1 uar accuracy f1_<class>``, ``chance_uar`` (1 / K),
        ``majority_accuracy`` (always the most frequent class); ``log_loss``
        (nats), ``brier`` (0 to 2), and both for constant frequencies
        (``base_``); ``ece_<class>`` and their mean ``ece``, the expected
        calibration error (0 to 1): the mean distance of probability and
        frequency in the :meth:`reliability` bins.
        """
        truth = np.eye(len(self.classes))[self.labels]
        scores = unweighted_scores(self.matrix, self.classes)
        scores['chance_uar'] = 1 / len(self.classes)
        scores['majority_accuracy'] = float(self.shares.max())
        for base, p in (('', self.probabilities), ('base_', self.shares)):
            own = (truth * p).sum(axis=1)
            scores[f'{base}log_loss'] = -np.log(np.maximum(own, 1e-15)).mean()
            scores[f'{base}brier'] = ((p - truth)**2).sum(axis=1).mean()
        errors = {}
        for name, bins in self.reliability().items():
            number, p, share = np.transpose(bins)
            errors[f'ece_{name}'] = np.average(abs(p - share), weights=number)
        scores.update(ece=np.mean(list(errors.values())), **errors)
        return {key: float(value) for key, value in scores.items()}

    def report(self, interval: Dict[str, tuple]) -> Dict[str, object]:
        """Everything, with the :func:`subject_interval`, for JSON; NaN is
        None."""
        return dict(
            notice=NOTICE,
            sessions=len(self.labels),
            subjects=len(set(self.subjects)),
            folds=len(self.calibrated),
            calibrated=list(self.calibrated),
            doubts=self.doubts(),
            classes=list(self.classes),
            shares=self.shares.tolist(),
            mean_probabilities=self.probabilities.mean(axis=0).tolist(),
            scores={
                k: None if np.isnan(v) else v
                for k, v in self.scores().items()
            },
            interval_95=interval,
            confusion=self.matrix.tolist())

    def doubts(self) -> List[str]:
        """Cautions to show with the scores, if any."""
        folds, people = len(self.calibrated), len(set(self.subjects))
        bare = self.calibrated.count(0)
        edge = sum(map(at_edge, self.temperatures))
        found = (
            (bare, f'the probabilities of {bare} of {folds} folds are not '
             'calibrated, since too few subjects have all emotions: do not '
             'trust log loss, Brier score and ece'),
            (edge, f'the temperature of {edge} of {folds} folds is at the '
             'edge of what is tried: their probabilities are too sure or too '
             'timid; choose another strength'),
            (people < _FEW, f'intervals of {people} subjects mean little: '
             'they leave out what the next person would change'),
        )
        return [text for is_so, text in found if is_so]

    def reliability(self) -> Dict[str, List[tuple]]:
        """For every emotion and occupied tenth of its probability: number of
        sessions, mean probability, frequency of the emotion."""
        place = np.minimum((self.probabilities * _BINS).astype(int), _BINS - 1)
        curves = {}
        for k, name in enumerate(self.classes):
            p, truth = self.probabilities[:, k], self.labels == k
            inside = [place[:, k] == b for b in np.unique(place[:, k])]
            curves[name] = [(int(x.sum()), float(p[x].mean()),
                             float(truth[x].mean())) for x in inside]
        return curves


def cross_validate(values: np.ndarray,
                   labels: Sequence[int],
                   subjects: Sequence[str],
                   classes: Sequence[str],
                   features: Sequence[Feature],
                   folds: Optional[int] = None,
                   strength: float = STRENGTH,
                   seed: int = 0,
                   progress: Optional[Callable] = None) -> CrossValidation:
    """Predict every session by a model whose fit, scaling and calibration
    exclude its subject; other arguments of :func:`fit_model`.

    Args:
        folds (int, optional): None: each subject is left out once.
        progress (Callable, optional): Wraps the folds, as rich's ``track``.

    Raises:
        UserError: If there are too few subjects, or a fold trains without some
            class.
    """
    labels = np.asarray(labels, int)
    splits = subject_folds(subjects, labels, folds, seed)
    for fold in splits:  # before the first fit
        require_classes(fold, subjects, labels, classes)
    number, chosen = np.zeros((2, len(labels)), int)
    probabilities = np.zeros((len(labels), len(classes)))
    models = []
    for i, (train, test) in enumerate((progress or iter)(splits)):
        model = fit_model(values[train], labels[train],
                          [subjects[j] for j in train], classes, features,
                          strength, seed)
        probabilities[test] = model.predict(values[test])
        chosen[test] = model.choose(values[test])
        number[test] = i
        models.append(model)
    return CrossValidation(
        tuple(classes), labels, tuple(subjects), number, chosen, probabilities,
        tuple(int(model.facts['calibrated']) for model in models),
        tuple(model.temperature for model in models))


def subject_interval(result: CrossValidation,
                     draws: int = 1000,
                     level: float = 0.95,
                     seed: int = 0) -> Dict[str, Tuple[float, float]]:
    """Intervals of ``uar`` and ``accuracy`` that contain a share ``level`` of
    the draws: subjects with replacement, with unchanged predictions."""
    people, owner = np.unique(result.subjects, return_inverse=True)
    counts = np.zeros((2, len(people), len(result.classes)))  # all, and hits
    np.add.at(counts[0], (owner, result.labels), 1)
    right = result.predictions == result.labels
    np.add.at(counts[1], (owner[right], result.labels[right]), 1)
    even = np.full(len(people), 1 / len(people))
    drawn = np.random.default_rng(seed).multinomial(len(people), even, draws)
    support, hits = drawn @ counts  # (draws, K)
    recall = np.where(support > 0, hits, np.nan) / np.maximum(support, 1)
    values = dict(
        uar=np.nanmean(recall, axis=1),
        accuracy=hits.sum(axis=1) / support.sum(axis=1))
    ends = (1 - level) / 2, (1 + level) / 2
    return {k: tuple(np.quantile(v, ends).tolist()) for k, v in values.items()}
