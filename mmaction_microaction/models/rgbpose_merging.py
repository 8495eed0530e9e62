# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Merging an RGB and a pose network to initialise ``RGBPoseConv3D``."""
import re
from typing import Dict, List, NamedTuple

import torch.nn.functional as F
from torch import Tensor

from mmaction_microaction.utils.errors import raise_for_problems

StateDict = Dict[str, Tensor]
#: Convolutions that read what comes out of the layer before.
_FIRST = r'(backbone\.\w+\.layer)(\d)\.0\.(conv1|downsample)\.conv\.weight'


class Merged(NamedTuple):
    """Merged weights, and the exceptions."""
    weights: StateDict
    gained: Dict[str, int]  # name -> new input channels, whose weights are 0
    left: List[str]  # names of those that are not in the file


def merge_rgbpose(streams: Dict[str, StateDict], wanted: StateDict) -> Merged:
    """Merge the weights of two single-stream networks.

    Each stream gets those of its network; ``fc_cls`` of the head becomes
    ``fc_rgb`` and ``fc_pose``. If a convolution also reads the other stream,
    its own channels come first, and the weights of the others are zero: each
    stream then predicts as its network did. The lateral convolutions and other
    parts of a head stay initialised.

    Source: the released PCAN and MMAction2's initialisation of
    ``RGBPoseConv3D``.

    Args:
        streams (dict[str, dict]): State dicts of a ``ResNet3dSlowOnly`` with a
            linear classifier, by stream: ``rgb``, ``pose``.
        wanted (dict): State dict of the merged model.

    Raises:
        UserError: If a weight is missing, has no place, or does not fit.
    """
    weights, gained, problems = {}, {}, []
    for name, state_dict in streams.items():
        path = f'backbone.{name}_path.'
        for key, value in state_dict.items():
            place = re.sub(r'^backbone\.', path,
                           key).replace('cls_head.fc_cls.',
                                        f'cls_head.fc_{name}.')
            if place not in wanted:
                problems.append(f'{name}: {key} has no place in the model')
                continue
            shape, own = tuple(wanted[place].shape), tuple(value.shape)
            if _reads_lateral(place, wanted) and len(own) == 5:
                if own[1] < shape[1]:
                    gained[place] = shape[1] - own[1]
                    value = F.pad(value, [0] * 7 + [gained[place]])
            if value.shape != shape:
                problems.append(f'{name}: {key} has shape {own}, but {place} '
                                f'of the model {shape}')
            weights[place] = value
        own_keys = rf'backbone\.{name}_path\.(?!layer\d_lateral).*|' \
            rf'cls_head\.fc_{name}\.(weight|bias)'
        problems += [
            f'{name}: there is nothing for {key} of the model'
            for key in wanted
            if key not in weights and re.fullmatch(own_keys, key)
        ]
    raise_for_problems(problems)
    return Merged(weights, gained, [x for x in wanted if x not in weights])


def _reads_lateral(key: str, wanted: StateDict) -> bool:
    """Whether a convolution reads features of both streams."""
    match = re.fullmatch(_FIRST, key)
    return bool(match) and \
        f'{match[1]}{int(match[2]) - 1}_lateral.conv.weight' in wanted
