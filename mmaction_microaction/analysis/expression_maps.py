# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Attention maps and position features of MMNet for single clips.

Shapes: H x W pixels, C channels, g x g places, K classes.
"""
from typing import Optional, Sequence

import torch
from mmengine.dataset import pseudo_collate
from torch import nn

from mmaction_microaction.evaluation.predictions import pick_score, to_array
from mmaction_microaction.models import MMNet
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.visualization import ExpressionMaps


@torch.no_grad()
def explain_expression(model: nn.Module,
                       sample: dict,
                       classes: Sequence[str],
                       name: Optional[str] = None) -> ExpressionMaps:
    """What MMNet makes of a clip, for a picture.

    Args:
        model (nn.Module): A recogniser with the backbone :class:`MMNet`, as
            :func:`load_model` gives it.
        sample (dict): An item of the test set: ``inputs``, (2, 3, H, W) uint8
            RGB, onset and apex, and ``data_samples``.
        classes (Sequence[str]): K names.
        name (str, optional): Of the clip, for the title. Defaults to None.

    Returns:
        ExpressionMaps: Frames and maps; the title has the predicted class
        and, where it is known, the true one. Position features end in a layer
        norm, so their length is the same everywhere; their distance from
        their mean is not.

    Raises:
        ValueError: If the model has another backbone, or the sample is no
            pair of frames.
    """
    backbone, frames = model.backbone, sample['inputs']
    if not isinstance(backbone, MMNet):
        raise UserError('attention maps are MMNet\'s, but the model has the '
                        f'backbone {type(backbone).__name__}')
    if frames.dim() != 4 or len(frames) != 2:
        raise UserError('expected an onset and an apex frame, but got a clip '
                        f'of shape {tuple(frames.shape)}')
    batch = pseudo_collate([sample])
    inputs = model.data_preprocessor(batch)['inputs']
    features = backbone.explain(inputs.flatten(0, 1))
    result = model.test_step(batch)[0]
    position = features.position[0]  # (C, g, g)
    position = position - position.mean(dim=(1, 2), keepdim=True)
    onset, apex = frames.permute(0, 2, 3, 1).numpy()
    return ExpressionMaps(
        title=_title(result, classes, name),
        onset=onset,
        apex=apex,
        attention=[to_array(weights[0, 0]) for weights in features.attention],
        position=to_array(position.norm(dim=0)))


def _title(result, classes: Sequence[str], name: Optional[str]) -> str:
    score = to_array(pick_score(result.to_dict(), None, 'a prediction'))
    parts = [f'predicted: {classes[score.argmax()]}, {score.max():.0%}']
    if 'gt_label' in result:
        parts.append(f'true: {classes[int(result.gt_label)]}')
    return '   '.join(([name] if name else []) + parts)
