# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Reject checkpoints of another model, or with weights that are not finite."""
from collections import Counter, OrderedDict
from typing import Dict, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict
from torch import Tensor, nn

from mmaction_microaction.utils.errors import UserError, first_of, say
from mmaction_microaction.utils.state_dicts import check_finite


def _shapes(state_dict: dict) -> Dict[str, Tuple[int, ...]]:
    """Shapes by name, without ``num_batches_tracked``, which mmengine ignores
    and old checkpoints lack."""
    return {
        key.removeprefix('module.'): tuple(value.shape)
        for key, value in state_dict.items()
        if not key.endswith('num_batches_tracked') and hasattr(value, 'shape')
    }


def own_weights(wanted: Dict[str, Tensor], checkpoint: dict,
                source: str) -> dict:
    """Weights of a checkpoint by a model's own names, ``wanted``.

    If the model was part of another, such as Lightning's module with its
    ``model.``, they are those under the prefix with most matches. UserError if
    one is not finite, as after a diverged training.
    """
    given = checkpoint.get('state_dict', checkpoint)
    weights = OrderedDict(
        (k.removeprefix('module.'), v) for k, v in given.items())
    weights._metadata = getattr(given, '_metadata', OrderedDict())
    wanted = {k.removeprefix('module.'): v for k, v in wanted.items()}
    shapes, prefixes = _shapes(wanted), Counter()
    for key, shape in _shapes(weights).items():
        dots = [i + 1 for i, letter in enumerate(key) if letter == '.']
        prefixes.update(key[:i] for i in (0, *dots)
                        if shapes.get(key[i:]) == shape)
    prefix, count = max(prefixes.items(), key=lambda x: x[1], default=('', 0))
    if prefixes[''] < count:
        aside = [key for key in weights if not key.startswith(prefix)]
        aside = f'; left aside: {", ".join(first_of(aside, 3))}' * bool(aside)
        say(f'{source}: the weights are those below {prefix!r}{aside}')
        weights = OrderedDict((key.removeprefix(prefix), value)
                              for key, value in weights.items()
                              if key.startswith(prefix))
    check_finite({k: v for k, v in weights.items() if k in wanted}, source)
    return weights


def weight_differences(model: nn.Module, weights: dict) -> Tuple[int, str]:
    """Number of weights of a state dict that fit a model, maybe wrapped, and
    the differences in words; '' if its parameters and shapes are the same."""
    model = model.module if is_model_wrapper(model) else model
    wanted, given = _shapes(model.state_dict()), _shapes(weights)
    missing = [key for key in wanted if key not in given]
    # MANet is TSM and more: all of TSM's weights are in its checkpoint.
    unknown = [
        key for key in given
        if key not in wanted and not key.startswith('data_preprocessor.')
    ]
    differing = [
        f'{key}: model {wanted[key]}, checkpoint {given[key]}'
        for key in wanted if given.get(key, wanted[key]) != wanted[key]
    ]
    fitting = len(wanted) - len(missing) - len(differing)
    if not (missing or unknown or differing):
        return fitting, ''
    lines = [f'{fitting} of {len(wanted)} weights fit']
    for what, keys in (('missing', missing), ('unknown', unknown)):
        lines += [f'{what}: {", ".join(keys[:3])}'] if keys else []
    return fitting, '; '.join(lines + differing[:3])


def load_matching_weights(model: nn.Module, path: str, source: str) -> dict:
    """Load a checkpoint (file or address) into a model without wrapper, and
    return it; UserError if it is invalid or of another model than
    ``source``."""
    checkpoint = CheckpointLoader.load_checkpoint(path, 'cpu', logger='silent')
    weights = own_weights(model.state_dict(), checkpoint, f'checkpoint {path}')
    _, differences = weight_differences(model, weights)
    if differences:
        raise UserError(f'the checkpoint {path} is of another model than '
                        f'{source}: {differences}')
    load_state_dict(model, weights)
    return checkpoint


@HOOKS.register_module()
class CheckpointMatchHook(Hook):
    """Compare a checkpoint with the model before its weights are loaded.

    mmengine only warns of missing weights and would report scores of random
    ones. Testing and resuming need all parameters in their shapes and no
    others; a training that starts from a checkpoint (``load_from``) needs at
    least one.
    """

    priority = 'VERY_HIGH'

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """UserError if the checkpoint does not fit the model."""
        model, name = runner.model, runner._load_from or ''
        model = model.module if is_model_wrapper(model) else model
        weights = own_weights(model.state_dict(), checkpoint,
                              f'checkpoint {name}')
        checkpoint['state_dict'] = weights  # what mmengine loads now
        if runner._resume and not checkpoint.keys() >= {'meta', 'message_hub'}:
            raise UserError(f'the checkpoint {name} holds weights alone: '
                            'nothing to resume from; give it as load_from')
        fitting, differences = weight_differences(model, weights)
        # The loops are built when they start: before that they are dicts.
        training = isinstance(runner._train_loop, BaseLoop)
        if differences and not (training and not runner._resume and fitting):
            raise UserError(f'the checkpoint {name} is of another '
                            f'model than this config: {differences}')
