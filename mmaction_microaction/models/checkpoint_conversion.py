# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Key names of other people's checkpoints, brought into ours: of the authors'
``best_top1_acc_epoch_40.pth`` (MMAction2 0.24 naming)."""
import re
from typing import Callable, Dict, List, Tuple

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


def convert_official_manet(
        state_dict: StateDict) -> Tuple[StateDict, List[str]]:
    """The state dict of ``SEResNetTSM`` + ``JointEmbeddingHead`` of that of
    the authors' MANet, and the keys that were dropped."""
    converted, dropped = {}, []
    for key, value in state_dict.items():
        key = key.removeprefix('module.')
        for pattern, target in _MANET_RULES:
            if match := re.fullmatch(pattern, key):
                break
        else:
            raise UserError(f'{key!r} is no key of the released MANet '
                            'checkpoint; is this another model?')
        if target is None:
            dropped.append(key)
        else:
            converted[match.expand(target)] = value
    for part in ('gate.squeeze', 'fc_cls', 'fc_emb.0', 'fc_emb.2'):
        if not any(part in key for key in converted):
            raise UserError(f'this is no complete MANet: no weights of {part}')
    return converted, dropped


#: Names for ``tools/convert/convert_checkpoint.py --from``.
CONVERTERS: Dict[str, Callable] = {'official-manet': convert_official_manet}
