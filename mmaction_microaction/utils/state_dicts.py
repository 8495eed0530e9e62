# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The weights in checkpoints of any tool, as mmengine names them."""
import re
from collections import OrderedDict
from typing import Any, Dict, Iterator, Tuple

from torch import Tensor

from .errors import UserError, first_of, say

# In the name of weights that are the running means of others.
_EMA = re.compile(r'(?i)(^|[._])ema([._]|$)')


def _state_dicts(item: dict,
                 name: str = '') -> Iterator[Tuple[str, int, dict]]:
    """The weights inside a checkpoint, of one model or of several: where they
    are, how many, and the dict that holds them."""
    size = sum(isinstance(value, Tensor) for value in item.values())
    if size:
        yield name, size, item
    for key, value in item.items():
        # ``exp_avg`` and others, by the numbers of the parameters.
        if isinstance(value, dict) and 'optim' not in str(key):
            yield from _state_dicts(value,
                                    f'{name}.{key}' if name else str(key))


def _own_names(weights: dict) -> Dict[str, Any]:
    """Without what ``torch.compile`` and data parallelism add to the names,
    and mmcv's ``ema_a_b``, a second copy of a weight ``a.b``."""
    named = OrderedDict()
    for key, value in weights.items():
        key = str(key).replace('_orig_mod.', '')
        while key.startswith('module.'):
            key = key[len('module.'):]
        named[key] = value
    copies = {'ema_' + key.replace('.', '_') for key in named} & named.keys()
    for key in copies:
        del named[key]
    if hasattr(weights, '_metadata'):
        named._metadata = weights._metadata
    return named


def as_mmengine(checkpoint: dict, source: str) -> dict:
    """A checkpoint with its weights as ``state_dict``, or as it is if it is
    nothing but weights."""
    if isinstance(checkpoint.get('meta'), dict):
        checkpoint['meta'].pop('config', None)  # a resumed run would run it
    where = checkpoint.get('state_dict')
    found = list(
        _state_dicts(where, 'state_dict')
        if isinstance(where, dict) else _state_dicts(checkpoint))
    if not found:  # training state alone, say
        return checkpoint
    # The largest, but running means last; of equals the first.
    largest = max(n for _, n, _ in found)
    found = [x for x in found if 2 * x[1] >= largest]  # no heads, no parts
    name, _, weights = max(found, key=lambda x: (not _EMA.search(x[0]), x[1]))
    others = [repr(x) for x, _, _ in found if x not in (name, '')]
    if others:
        say(f'{source}: the weights are those of {name!r}, not of '
            f'{", ".join(others)}')
    named = _own_names(weights)
    if copies := len(weights) - len(named):
        say(f'{source}: {copies} running means (ema_...) are left aside')
    return dict(checkpoint, state_dict=named) if name else named


def check_finite(weights: dict, source: str) -> None:
    """UserError if weights hold NaN or infinity, as after a training that
    diverged; minus infinity alone is a mask."""
    broken = [
        key for key, value in weights.items()
        if isinstance(value, Tensor) and value.is_floating_point() and bool((
            value.isnan() | value.isposinf()).any())
    ]
    if broken:
        raise UserError(
            f'{source}: {len(broken)} of {len(weights)} weights hold NaN or '
            f'infinity: {", ".join(first_of(broken, 3))}; the training has '
            'diverged, take an earlier checkpoint')
