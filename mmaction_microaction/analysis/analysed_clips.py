# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Clips with true labels and scores: what an analysis looks at.

Shapes: N clips, K classes, C features.
"""
import os.path as osp
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from mmaction_microaction.datasets import find_video_dir
from mmaction_microaction.datasets.layout import SPLITS
from mmaction_microaction.datasets.list_file import read_list
from mmaction_microaction.datasets.single_label import count_classes
from mmaction_microaction.evaluation import (load_predictions, match_names,
                                             rank_classes)
from mmaction_microaction.evaluation.functional import check_labels
from mmaction_microaction.labels import ACTION_NAMES, NUM_ACTIONS
from mmaction_microaction.utils.errors import UserError


@dataclass
class AnalysedClips:
    """Clips with what is true and what a model says of them.

    Attributes:
        names (list[str]): N names.
        labels (np.ndarray): (N,) int64, 0 to K - 1.
        scores (np.ndarray): (N, K) float32.
        classes (Sequence[str]): K names of the taxonomy. Defaults to all 52.
        paths (list[str | None], optional): File of each clip, where it is
            known. Defaults to None.
        train_counts (np.ndarray, optional): (K,) int64, training clips of
            each class. Defaults to None.
        features (np.ndarray, optional): (N, C) float32, what the model made
            of each clip. Defaults to None.
        label_vectors (np.ndarray, optional): (K, C) float32, the classes in
            the space of the features. Defaults to None.

    Raises:
        ValueError: If the numbers of clips or classes differ, or a score is
            NaN.
    """
    names: List[str]
    labels: np.ndarray
    scores: np.ndarray
    classes: Sequence[str] = ACTION_NAMES
    paths: Optional[List[Optional[str]]] = None
    train_counts: Optional[np.ndarray] = None
    features: Optional[np.ndarray] = None
    label_vectors: Optional[np.ndarray] = None

    def __post_init__(self) -> None:
        expected = (len(self.names), len(self.classes))
        if np.shape(self.scores) != expected:
            raise UserError(f'expected scores of {expected[0]} clips and '
                            f'{expected[1]} classes, but got the shape '
                            f'{np.shape(self.scores)}')
        self.labels = check_labels(self.labels, *expected)
        self.predictions = rank_classes(self.scores)[:, 0]

    @property
    def top_scores(self) -> np.ndarray:
        """(N,) float32: the score of each prediction."""
        return self.scores[np.arange(len(self.names)), self.predictions]


def read_dump(path: str,
              ann_file: str,
              score_key: Optional[str] = None) -> AnalysedClips:
    """Join predictions and the list of the same clips.

    Args:
        path (str): What ``tools/test.py --dump`` writes, or a pickled list of
            52-vectors in the order of the list.
        ann_file (str): The list, with labels.
        score_key (str, optional): Which of several scores to take. Defaults
            to None.

    Returns:
        AnalysedClips: In the order of the list.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is malformed, the list has no true labels, or
            the two are not of the same clips.
    """
    names, labels = read_labels(ann_file)
    predictions = load_predictions(path, score_key)
    scores, given = predictions.scores, predictions.labels
    if predictions.names is not None:
        order = match_names(predictions.names, names, path)
        scores = scores[order]
        given = None if given is None else given[order]
    elif len(scores) != len(names):
        raise UserError(f'{path} holds predictions of {len(scores)} clips, '
                        f'but {ann_file} lists {len(names)}')
    if scores.shape[1] != NUM_ACTIONS:
        raise UserError(f'{path}: expected scores of {NUM_ACTIONS} classes, '
                        f'but got {scores.shape[1]}')
    wrong = [] if given is None else np.flatnonzero(given != labels)
    if len(wrong):
        raise UserError(
            f'{path} and {ann_file} disagree on the labels of {len(wrong)} '
            f'clips (first: {names[wrong[0]]}, {given[wrong[0]]} and '
            f'{labels[wrong[0]]}); is it the list of these predictions?')
    return AnalysedClips(names, labels, scores)


def read_labels(ann_file: str) -> Tuple[List[str], np.ndarray]:
    """Read a list whose labels are known.

    Args:
        ann_file (str): The list.

    Returns:
        tuple[list[str], np.ndarray]: Names of N clips, and labels, (N,) int64.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line is wrong, or the labels are hidden.
    """
    names, labels = zip(*read_list(ann_file, labels_required=False))
    if None in labels:
        raise UserError(f'the labels of {ann_file} are hidden: an analysis '
                        'needs true labels, so take the list of val')
    if len(labels) > 1 and not any(labels):
        raise UserError(
            f'every label of {ann_file} is 0: those of the official test list '
            'are dummies; an analysis needs true labels, so take the list of '
            'val')
    return list(names), np.array(labels)


def read_train_counts(ann_file: str) -> np.ndarray:
    """Count the classes of a training list.

    Args:
        ann_file (str): The list.

    Returns:
        np.ndarray: (52,) int64.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: As :func:`read_labels`.
    """
    return count_classes(read_labels(ann_file)[1], NUM_ACTIONS)


def find_clips(root: str, names: Sequence[str]) -> List[Optional[str]]:
    """Find the files of the clips of one list.

    Args:
        root (str): The folder that holds MA-52, or that of the clips.
        names (Sequence[str]): N names as in the list.

    Returns:
        list[str | None]: The files; all in one folder, that with the most of
        the names. None for a clip that is not there.

    Raises:
        FileNotFoundError: If no clip is there at all.
    """
    folders = [
        root, *(find_video_dir(root, split, must_exist=False)
                for split in SPLITS)
    ]  # yapf: disable
    found = [[osp.join(folder, name) for name in names] for folder in folders]
    found = [[path if osp.isfile(path) else None for path in paths]
             for paths in found]
    best = max(found, key=lambda paths: len(paths) - paths.count(None))
    if not any(best):
        raise FileNotFoundError(
            f'none of the {len(names)} listed clips (first: {names[0]}) is in '
            f'{", ".join(folders)}')
    return best
