# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Refuse to test or resume from a checkpoint of another model."""
from typing import Dict, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict
from torch import nn

from mmaction_microaction.utils.errors import UserError


def _shapes(state_dict: dict) -> Dict[str, Tuple[int, ...]]:
    """Shapes by name, but of ``num_batches_tracked``, which mmengine does not
    need and old checkpoints lack."""
    return {
        key.removeprefix('module.'): tuple(value.shape)
        for key, value in state_dict.items()
        if not key.endswith('num_batches_tracked')
    }


def weight_differences(model: nn.Module, checkpoint: dict) -> Tuple[int, str]:
    """How many weights of a checkpoint, or its state dict, fit a model, maybe
    wrapped, and what differs, in words; '' if every parameter is there in its
    shape and no other."""
    model = model.module if is_model_wrapper(model) else model
    wanted = _shapes(model.state_dict())
    given = _shapes(checkpoint.get('state_dict', checkpoint))
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
    return it; UserError if it is none, or of another model than ``source``."""
    checkpoint = CheckpointLoader.load_checkpoint(path, 'cpu', logger='silent')
    _, differences = weight_differences(model, checkpoint)
    if differences:
        raise UserError(f'the checkpoint {path} is of another model than '
                        f'{source}: {differences}')
    weights = checkpoint.get('state_dict', checkpoint).items()
    load_state_dict(model, {k.removeprefix('module.'): v for k, v in weights})
    return checkpoint


@HOOKS.register_module()
class CheckpointMatchHook(Hook):
    """Compare a checkpoint with the model before its weights are loaded.

    mmengine only warns of missing weights and would report the scores of
    random ones. Testing and resuming need every parameter in its shape and no
    other; a training that starts from others (``load_from``) at least one.
    """

    priority = 'VERY_HIGH'

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """UserError if what was just read does not fit the model."""
        fitting, differences = weight_differences(runner.model, checkpoint)
        # The loops are built when they start: before that they are dicts.
        training = isinstance(runner._train_loop, BaseLoop)
        if differences and not (training and not runner._resume and fitting):
            raise UserError(f'the checkpoint {runner._load_from or ""} is of '
                            f'another model than this config: {differences}')
