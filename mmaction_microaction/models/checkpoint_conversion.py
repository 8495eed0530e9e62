# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Conversion of the authors' checkpoints to our key names: MANet
(``best_top1_acc_epoch_40.pth``, MMAction2 0.24 naming) and PCAN
(``PCAN_checkpoint_7c4fba7c.pth``)."""
import re
from typing import Callable, Dict, List, Sequence, Tuple

import torch
from torch import Tensor

from mmaction_microaction.utils.errors import UserError

StateDict = Dict[str, Tensor]

# (pattern of the released key, our key); None: convolutions that are built
# in the released model but never run.
_MANET_RULES = (
    (r'(backbone\.layer\d\.\d+\.conv1\.conv)\.net\.weight', r'\1.net.weight'),
    (r'(backbone\.layer\d\.\d+\.conv1\.conv)\.fcce\.0\.weight',
     r'\1.gate.squeeze.weight'),
    (r'(backbone\.layer\d\.\d+\.conv1\.conv)\.fcce\.2\.weight',
     r'\1.gate.excite.weight'),
    (r'backbone\.layer\d\.\d+\.conv1\.conv\.action_p2_\w+\.weight', None),
    (r'cls_head\.fc_emb\.(weight|bias)', r'cls_head.fc_emb.0.\1'),
    (r'cls_head\.fc_emb_t\.(weight|bias)', r'cls_head.fc_emb.2.\1'),
    (r'(cls_head\.fc_cls\.(weight|bias))', r'\1'),
    (r'(backbone\.(conv1|layer\d\.\d+\.(conv[123]|downsample))'
     r'\.(conv\.weight|bn\.\w+))', r'\1'),
)
# Of the gates between the streams; the first that fits.
_PCAN_GATES = {
    'conv1': 'rgb_in',
    'conv2': 'pose_in',
    'conv4': 'rgb_gate',
    'conv5': 'pose_gate',
    r'rgb_cross_attn\.fc': 'rgb_attention.out_proj',
    r'skt_cross_attn\.fc': 'pose_attention.out_proj',
    'rgb_cross_attn': 'rgb_attention',
    'skt_cross_attn': 'pose_attention',
}
_PCAN_RULES = (
    (r'(backbone\.(rgb|pose)_path\..+)', r'\1'),
    *((rf'backbone\.featuredifference(\d)\.{old}\.(.+)',
       rf'backbone.interactions.\1.{new}.\2')
      for old, new in _PCAN_GATES.items()),
    (r'(cls_head\.fc_(rgb|pose)(_coarse)?\.\w+)', r'\1'),
    (r'(cls_head\.fr_(coarse_)?(rgb|pose))\.spatio_cl_net\.cl_fc\.(\w+)',
     r'\1.embed.\4'),
    (r'(cls_head\.fr_(rgb|pose))\.spatio_cl_net\.avg_f', r'\1.prototypes'),
)


def convert_official_manet(
        state_dict: StateDict) -> Tuple[StateDict, List[str]]:
    """Convert the authors' MANet to ``SEResNetTSM`` + ``JointEmbeddingHead``;
    returns the state dict and the dropped keys."""
    return _rename(state_dict, _MANET_RULES, 'MANet',
                   ('gate.squeeze', 'fc_cls', 'fc_emb.0', 'fc_emb.2'))


def convert_official_pcan(
        state_dict: StateDict) -> Tuple[StateDict, List[str]]:
    """Convert the authors' PCAN to ``InteractingRGBPoseConv3D``
    (``interaction=True``) + ``PCANHead`` (``compatible=True``); returns the
    state dict and the dropped keys.

    The release saves no prototypes of groups: they are initialised, always
    equally. It does not save which classes were updated: all count as such.
    """
    converted, dropped = _rename(state_dict, _PCAN_RULES, 'PCAN',
                                 ('rgb_path', 'pose_path', 'embed'))
    try:
        _complete_pcan(converted)
    except KeyError as error:
        raise UserError('this is no complete PCAN: no weights of '
                        f'{error.args[0]}') from None
    return converted, dropped


def _complete_pcan(weights: StateDict) -> None:
    """Join the projections of attention, and add what the release lacks."""
    for key in [key for key in weights if '.q_proj.' in key]:
        weights[key.replace('.q_proj.', '.in_proj_')] = torch.cat(
            [weights.pop(key.replace('.q_', f'.{x}_')) for x in 'qkv'])
    generator = torch.Generator().manual_seed(0)
    for stream in ('rgb', 'pose'):
        fine, coarse = f'cls_head.fr_{stream}', f'cls_head.fr_coarse_{stream}'
        prototypes = weights[f'{fine}.prototypes'].T.contiguous()
        size = (len(weights[f'cls_head.fc_{stream}_coarse.weight']),
                len(weights[f'{coarse}.embed.weight']))
        weights[f'{fine}.prototypes'] = prototypes
        weights[f'{fine}.updated'] = torch.ones(len(prototypes))
        weights[f'{coarse}.prototypes'] = torch.randn(
            size, generator=generator)
        weights[f'{coarse}.updated'] = torch.zeros(size[0])


def _rename(state_dict: StateDict, rules: Sequence[tuple], model: str,
            parts: Sequence[str]) -> Tuple[StateDict, List[str]]:
    """Apply the first matching rule to each key; ``parts`` are required."""
    converted, dropped = {}, []
    for key, value in state_dict.items():
        key = key.removeprefix('module.')
        for pattern, target in rules:
            if match := re.fullmatch(pattern, key):
                break
        else:
            raise UserError(f'{key!r} is no key of the released {model} '
                            'checkpoint; is this another model?')
        if target is None:
            dropped.append(key)
        else:
            converted[match.expand(target)] = value
    for part in parts:
        if not any(part in key for key in converted):
            raise UserError(f'this is no complete {model}: no weights of '
                            f'{part}')
    return converted, dropped


#: Names for ``tools/convert/convert_checkpoint.py --from``.
CONVERTERS: Dict[str, Callable] = {
    'official-manet': convert_official_manet,
    'official-pcan': convert_official_pcan
}
