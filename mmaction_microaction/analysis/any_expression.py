# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Any clip as a sample of a model of micro-expressions.

Shapes: T frames of H x W pixels, K classes.
"""
from typing import NamedTuple, Tuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from torch import nn

from mmaction_microaction.datasets.expressions import (innermost, locate_apex,
                                                       make_schemes, open_clip)
from mmaction_microaction.evaluation.predictions import pick_score, to_array
from mmaction_microaction.utils.errors import UserError

_LOADERS = ('LoadOnsetApex', 'LoadExpressionClip')


class AnyExpression(NamedTuple):
    """A clip without annotation, ready for a model.

    Attributes:
        sample (dict): What the test pipeline makes of it: ``inputs`` and
            ``data_samples``, without a label.
        frames (int): T.
        onset (int): Number of the first frame, which is taken for the onset.
        apex (int): Number of the frame that departs most from it.
        seconds (float): From onset to apex.
        departure (float): How far, in grey values; below 1 is noise.
    """
    sample: dict
    frames: int
    onset: int
    apex: int
    seconds: float
    departure: float


class ExpressionReader:
    """Makes samples of videos and folders by the test pipeline of a config.

    Args:
        cfg (Config): An experiment on a ``MicroExpressionDataset``.

    Attributes:
        classes (tuple[str]): The K names.

    Raises:
        ValueError: If the config is for another data set, or its test
            pipeline does not begin with a loader of micro-expressions.
    """

    def __init__(self, cfg: Config) -> None:
        dataset = innermost(cfg.test_dataloader.dataset)
        schemes = make_schemes(
            dataset.get('kind', 'casme2'), dataset.get('scheme', 3))
        self.classes: Tuple[str,
                            ...] = tuple(next(iter(schemes.values())).classes)
        names = [step['type'] for step in dataset.pipeline]
        if not names or names[0] not in _LOADERS:
            raise UserError('test_dataloader.dataset.pipeline must begin '
                            f'with one of {_LOADERS}, but has {names}')
        self._pipeline = Compose(dataset.pipeline)

    def __call__(self, path: str) -> AnyExpression:
        """Find the apex of a clip and load what the model looks at.

        Args:
            path (str): A video, or a folder of numbered pictures.

        Returns:
            AnyExpression: The sample, and what was found.

        Raises:
            FileNotFoundError: If there is no such clip.
            ValueError: If it cannot be read or has fewer than two frames.
        """
        clip = open_clip(path)
        place, curve = locate_apex(clip)
        onset, apex = clip.numbers[0], clip.numbers[place]
        sample = self._pipeline(
            dict(
                frames=clip,
                onset=onset,
                apex=apex,
                offset=clip.numbers[-1],
                clip_name=path,
                subject='',
                source=''))
        return AnyExpression(sample, len(clip.numbers), onset, apex,
                             (apex - onset) / clip.fps, float(curve[place]))


@torch.no_grad()
def score_expression(model: nn.Module, sample: dict) -> np.ndarray:
    """The probabilities of a clip.

    Args:
        model (nn.Module): A recogniser, as :func:`load_model` gives it.
        sample (dict): An item of the test set, or of :class:`AnyExpression`.

    Returns:
        np.ndarray: (K,) float, 0 to 1.
    """
    result = model.test_step(pseudo_collate([sample]))[0]
    return to_array(pick_score(result.to_dict(), None, 'a prediction'))
