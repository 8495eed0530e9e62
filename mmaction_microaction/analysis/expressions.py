# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Predictions of micro-expression models for any clip. Shapes: T frames of H x
W pixels, K classes, C channels, g x g places."""
from typing import NamedTuple, Optional, Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from torch import nn

from mmaction_microaction.datasets.expressions import (locate_apex,
                                                       make_schemes, open_clip,
                                                       unwrap_dataset_config)
from mmaction_microaction.evaluation.predictions import pick_score, to_array
from mmaction_microaction.models import MMNet
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.visualization import ExpressionMaps

_LOADERS = ('LoadOnsetApex', 'LoadExpressionClip')


class AnyExpression(NamedTuple):
    """A clip without annotation, prepared for a model."""
    sample: dict  # the test pipeline's ``inputs`` and unlabelled data sample
    frames: int  # T
    onset: int  # number of the first frame, which is taken for the onset
    apex: int  # number of the frame that departs most from it
    seconds: float  # from onset to apex
    departure: float  # how far, in grey values; below 1 is noise


class ExpressionReader:
    """Makes samples of videos and folders by the test pipeline of a config
    with a ``MicroExpressionDataset``, otherwise ValueError; ``classes`` are K
    names."""

    def __init__(self, cfg: Config) -> None:
        dataset = unwrap_dataset_config(cfg.test_dataloader.dataset)
        schemes = make_schemes(
            dataset.get('kind', 'casme2'), dataset.get('scheme', 3))
        self.classes = tuple(next(iter(schemes.values())).classes)
        names = [step['type'] for step in dataset.pipeline]
        if not names or names[0] not in _LOADERS:
            raise UserError('test_dataloader.dataset.pipeline must begin '
                            f'with one of {_LOADERS}, but has {names}')
        self._pipeline = Compose(dataset.pipeline)

    def __call__(self, path: str) -> AnyExpression:
        """Find the apex of a video or a folder of numbered pictures, and load
        the model's input; ValueError if it is unreadable or has fewer than two
        frames."""
        clip = open_clip(path)
        place, curve = locate_apex(clip)
        onset, apex = clip.numbers[0], clip.numbers[place]
        facts = dict(clip_name=path, subject='', source='', frames=clip)
        sample = self._pipeline(
            dict(facts, onset=onset, apex=apex, offset=clip.numbers[-1]))
        return AnyExpression(sample, len(clip.numbers), onset, apex,
                             (apex - onset) / clip.fps, float(curve[place]))


@torch.no_grad()
def score_expression(model: nn.Module, sample: dict) -> np.ndarray:
    """Probabilities (K,) of a sample of the test set or an
    :class:`AnyExpression`, by a recogniser of :func:`load_model`."""
    return _score(model.test_step(pseudo_collate([sample]))[0])


@torch.no_grad()
def explain_expression(model: nn.Module,
                       sample: dict,
                       classes: Sequence[str],
                       name: Optional[str] = None) -> ExpressionMaps:
    """MMNet's maps of a clip, onset and apex (2, 3, H, W) uint8 RGB, to draw;
    ValueError for another backbone, or without a pair of frames.

    The title has the predicted class and, if known, the true one. Position
    features end in a layer norm, so their length is constant; their distance
    from their mean is shown instead.
    """
    backbone, frames = model.backbone, sample['inputs']
    if not isinstance(backbone, MMNet):
        raise UserError("attention maps are MMNet's, but the model has the "
                        f'backbone {type(backbone).__name__}')
    if frames.dim() != 4 or len(frames) != 2:
        raise UserError('expected an onset and an apex frame, but got a clip '
                        f'of shape {tuple(frames.shape)}')
    batch = pseudo_collate([sample])
    inputs = model.data_preprocessor(batch)['inputs']
    features = backbone.explain(inputs.flatten(0, 1))
    result = model.test_step(batch)[0]
    score = _score(result)
    title = f'predicted: {classes[score.argmax()]}, {score.max():.0%}'
    if name:
        title = f'{name}   {title}'
    if 'gt_label' in result:
        title += f'   true: {classes[int(result.gt_label)]}'
    position = features.position[0]  # (C, g, g)
    position = position - position.mean(dim=(1, 2), keepdim=True)
    return ExpressionMaps(
        title,
        *frames.permute(0, 2, 3, 1).numpy(),
        attention=[to_array(weights[0, 0]) for weights in features.attention],
        position=to_array(position.norm(dim=0)))


def _score(result) -> np.ndarray:
    return to_array(pick_score(result.to_dict(), None, 'a prediction'))
