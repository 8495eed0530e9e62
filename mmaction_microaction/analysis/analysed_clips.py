# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Clips with true labels and scores: the input of an analysis. Shapes: N
clips, K classes, C features."""
import os.path as osp
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.datasets import (SPLITS, count_classes,
                                           find_video_dir, read_list)
from mmaction_microaction.evaluation import (check_labels, confusion_matrix,
                                             load_predictions, match_names,
                                             rank_classes)
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import as_on_disk


@dataclass
class AnalysedClips:
    """Clips with true labels and a model's scores; ValueError if numbers of
    clips or classes differ or a score is NaN. ``predictions``, (N,) int64, are
    the best classes."""
    names: List[str]
    labels: np.ndarray  # (N,) int64, 0 to K - 1
    scores: np.ndarray  # (N, K) float32
    taxonomy: Taxonomy = MA52
    paths: Optional[List[Optional[str]]] = None  # of files, where known
    train_counts: Optional[np.ndarray] = None  # (K,) int64, clips of classes
    features: Optional[np.ndarray] = None  # (N, C) float32, of the model
    label_vectors: Optional[np.ndarray] = None  # (K, C) float32, beside them

    def __post_init__(self) -> None:
        expected = len(self.names), self.taxonomy.num_classes
        if np.shape(self.scores) != expected:
            raise UserError(f'expected scores of {expected[0]} clips and '
                            f'{expected[1]} classes, but got the shape '
                            f'{np.shape(self.scores)}')
        self.labels = check_labels(self.labels, *expected)
        self.predictions = rank_classes(self.scores)[:, 0]

    @property
    def classes(self) -> Tuple[str, ...]:
        """The K names."""
        return self.taxonomy.names

    @property
    def top_scores(self) -> np.ndarray:
        """(N,) float32: the score of each prediction."""
        return self.scores.max(axis=1)

    @property
    def matrix(self) -> np.ndarray:
        """(K, K) int64: clips by true (rows) and predicted class."""
        return confusion_matrix(self.predictions, self.labels,
                                self.taxonomy.num_classes)

    def describe(self, index: int) -> str:
        """One line on a clip: name, true and predicted class."""
        true, predicted = self.labels[index], self.predictions[index]
        return (f'{self.names[index]}   true: {self.classes[true]}   '
                f'predicted: {self.classes[predicted]} '
                f'({self.top_scores[index]:.2f})')


def read_dump(path: str,
              ann_file: str,
              score_key: Optional[str] = None,
              taxonomy: Taxonomy = MA52) -> AnalysedClips:
    """Join predictions with the list of the same clips, with labels, in its
    order.

    Args:
        path (str): Written by ``tools/test.py --dump``, or a pickled list of
            K-vectors in the order of the list.
        score_key (str, optional): Which of several scores.

    Raises:
        ValueError: For malformed files, hidden labels or other clips.
    """
    names, labels = read_labels(ann_file, taxonomy)
    found, scores, given, _ = load_predictions(path, score_key)
    if found is not None:
        order = match_names(found, names, path)
        scores = scores[order]
        given = None if given is None else given[order]
    elif len(scores) != len(names):
        raise UserError(f'{path} holds predictions of {len(scores)} clips, '
                        f'but {ann_file} lists {len(names)}')
    wrong = [] if given is None else np.flatnonzero(given != labels)
    if len(wrong):
        raise UserError(
            f'{path} and {ann_file} disagree on the labels of {len(wrong)} '
            f'clips (first: {names[wrong[0]]}, {given[wrong[0]]} and '
            f'{labels[wrong[0]]}); is it the list of these predictions?')
    return AnalysedClips(names, labels, scores, taxonomy)


def read_labels(ann_file: str,
                taxonomy: Taxonomy = MA52) -> Tuple[List[str], np.ndarray]:
    """Names of the clips of a list, and their labels, (N,) int64; ValueError
    for a malformed line or hidden labels."""
    names, labels = zip(
        *read_list(ann_file, taxonomy.num_classes, labels_required=False))
    if None in labels or len(labels) > 1 and not any(labels):
        raise UserError(
            f'{ann_file} has no true labels (those of the official test list, '
            'all 0, are dummies), which an analysis needs; take that of val')
    return list(names), np.array(labels)


def read_train_counts(ann_file: str, taxonomy: Taxonomy = MA52) -> np.ndarray:
    """Clips of each class of a training list, (K,) int64."""
    _, labels = read_labels(ann_file, taxonomy)
    return count_classes(labels, taxonomy.num_classes)


def find_clips(root: str, names: Sequence[str]) -> List[Optional[str]]:
    """Files of the clips of one list, in MA-52's folder or that of the clips:
    the one with most of the names. None for a missing clip; FileNotFoundError
    if all are."""
    folders = [root]
    folders += [find_video_dir(root, x, must_exist=False) for x in SPLITS]
    found = [as_on_disk(osp.join(x, name) for name in names) for x in folders]
    best = max(found, key=lambda paths: sum(map(osp.isfile, paths)))
    best = [path if osp.isfile(path) else None for path in best]
    if not any(best):
        raise FileNotFoundError(
            f'none of the {len(names)} listed clips (first: {names[0]}) is in '
            f'{", ".join(folders)}')
    return best
