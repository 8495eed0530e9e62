# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What an exported model file says about itself, as JSON.

Who has the file alone finds in it how to make its input and what its output
means.

Shapes: N clips, V views x frames of a clip, K classes.
"""
import json
import os
import os.path as osp
from typing import List, Sequence

import torch
from mmengine.config import Config

from mmaction_microaction.labels import (ACTION_NAMES, ACTION_TO_BODY,
                                         BODY_NAMES)
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.version import __version__

#: Key of the JSON among an ONNX file's metadata; ``.pt`` and ``.pt2`` files
#: have it as an extra file of this name with ``.json`` behind it.
FACTS_KEY = 'microaction'
SCHEMA = 'mmaction-microaction/model'
SCHEMA_VERSION = '1.0'

_AXES = {
    5: ('batch', 'views x frames', 'channel', 'height', 'width'),
    6: ('batch', 'views', 'channel', 'frame', 'height', 'width')
}


def describe_model(config: Config, checkpoint: str,
                   pixels: torch.Tensor) -> dict:
    """Collect the facts of a recogniser of the 52 micro-actions.

    Args:
        config (Config): The experiment.
        checkpoint (str): Its weights; the name without folders is kept.
        pixels (Tensor): (N, ...) example of the input.

    Returns:
        dict: Plain types, for JSON.
    """
    return dict(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        package='mmaction-microaction',
        package_version=__version__,
        config=osp.splitext(osp.basename(config.filename or 'config'))[0],
        checkpoint=osp.basename(os.fspath(checkpoint)),
        model=config.model.type,
        backbone=config.model.backbone.type,
        head=config.model.cls_head.type,
        input=dict(
            name='pixels',
            dtype=str(pixels.dtype).removeprefix('torch.'),
            shape=[None, *pixels.shape[1:]],
            axes=list(_AXES[pixels.dim()]),
            colours='RGB',
            range=[0, 255]),
        output=dict(name='probabilities', shape=[None, len(ACTION_NAMES)]),
        classes=list(ACTION_NAMES),
        body_parts=list(BODY_NAMES),
        class_to_body_part=ACTION_TO_BODY.tolist(),
        pipeline=plain_pipeline(config))


def plain_pipeline(config: Config) -> List[dict]:
    """The test pipeline in plain types, as it is after a way through JSON."""
    steps = [dict(step) for step in config.test_dataloader.dataset.pipeline]
    return json.loads(json.dumps(steps, default=str))


def parse_facts(text: str, path: str) -> dict:
    """Read what :func:`describe_model` has collected.

    Args:
        text (str): JSON, '' if the file has none.
        path (str): The file, for messages.

    Returns:
        dict: The facts.

    Raises:
        ValueError: If it has none, or of a newer form.
    """
    try:
        facts = json.loads(text or '{}')
        version = str(facts.get('schema_version', ''))
        if facts.get('schema') != SCHEMA:
            raise UserError
        if version.split('.')[0] != SCHEMA_VERSION.split('.')[0]:
            raise UserError(f'{path} is of form {version}, but this package '
                            f'reads {SCHEMA_VERSION}; export it again')
        classes, shape = facts['classes'], facts['input']['shape']
        if not isinstance(classes, list) or not isinstance(shape, list):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if type(error) is UserError and error.args:
            raise
        raise UserError(f'{path} does not say what it takes and gives: '
                        'expected a file that tools/deployment/export.py has '
                        'written') from error
    return facts


def check_config(facts: dict, config: Config, path: str) -> None:
    """Check that a config makes the input that a file was exported for.

    Args:
        facts (dict): Of the file.
        config (Config): The experiment.
        path (str): The file, for messages.

    Raises:
        ValueError: If classes or test pipeline differ.
    """
    if facts['classes'] != list(ACTION_NAMES):
        raise UserError(f'{path} has {len(facts["classes"])} classes that '
                        f'are not the {len(ACTION_NAMES)} of MA-52')
    wanted, given = facts.get('pipeline', []), plain_pipeline(config)
    if wanted != given:
        raise UserError(
            f'{path} was exported from {facts.get("config")} for another test '
            f'pipeline than that of {config.filename}: '
            f'{_first_difference(wanted, given)}; take the config it was '
            'exported from, or export it again')


def _first_difference(wanted: Sequence[dict], given: Sequence[dict]) -> str:
    for one, other in zip(wanted, given):
        if one != other:
            return f'{json.dumps(one)} there, {json.dumps(other)} here'
    return f'{len(wanted)} steps there, {len(given)} here'
