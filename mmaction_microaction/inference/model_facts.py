# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Metadata of an exported model (input, output, classes), as JSON."""
import json
import os
import os.path as osp
from typing import List

import torch
from mmengine.config import Config

from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.limits import parse_json
from mmaction_microaction.version import __version__

#: Key of the JSON in an ONNX file's metadata; an extra file of this name with
#: ``.json`` in ``.pt`` and ``.pt2`` files.
FACTS_KEY = 'microaction'
SCHEMA = 'mmaction-microaction/model'
SCHEMA_VERSION = '1.0'

_AXES = {
    5: ['batch', 'views x frames', 'channel', 'height', 'width'],
    6: ['batch', 'views', 'channel', 'frame', 'height', 'width']
}


def describe_model(config: Config,
                   checkpoint: str,
                   pixels: torch.Tensor,
                   taxonomy: Taxonomy = MA52,
                   domain: str = '') -> dict:
    """Metadata of a recogniser in plain types; ``pixels`` (N, ...) is an
    example input, ``domain`` the kind of videos it is for."""
    return dict(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        package='mmaction-microaction',
        package_version=__version__,
        config=osp.splitext(osp.basename(config.filename or 'config'))[0],
        checkpoint=osp.basename(os.fspath(checkpoint)),
        domain=domain,
        model=config.model.type,
        backbone=config.model.backbone.type,
        head=config.model.cls_head.type,
        input=dict(
            name='pixels',
            dtype=str(pixels.dtype).removeprefix('torch.'),
            shape=[None, *pixels.shape[1:]],
            axes=_AXES[pixels.dim()],
            colours='RGB',
            range=[0, 255]),
        output=dict(name='probabilities', shape=[None, taxonomy.num_classes]),
        classes=list(taxonomy.names),
        body_parts=list(taxonomy.groups),
        class_to_body_part=list(taxonomy.group_of),
        taxonomy=taxonomy.to_dict(),
        pipeline=plain_pipeline(config))


def plain_pipeline(config: Config) -> List[dict]:
    """The test pipeline in plain types, as JSON would return it."""
    steps = [dict(step) for step in config.test_dataloader.dataset.pipeline]
    return json.loads(json.dumps(steps, default=str))


def parse_facts(text: str, path: str) -> dict:
    """Parse the JSON of :func:`describe_model`, else UserError; a missing
    label set (older files) is MA-52."""
    try:
        facts = parse_json(text or '{}')
        if facts['schema'] != SCHEMA:
            raise KeyError(SCHEMA)
        version = str(facts['schema_version'])
        if version.split('.')[0] == SCHEMA_VERSION.split('.')[0]:
            facts.setdefault('taxonomy', MA52.to_dict())
            names = Taxonomy.load(facts['taxonomy']).names
            if facts['classes'] != list(names) or not isinstance(
                    facts['input']['shape'], list):
                raise TypeError('no classes or no shape')
            return facts
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f'{path} does not say what it takes and gives: '
                        'expected a file that tools/deployment/export.py has '
                        'written') from error
    raise UserError(f'{path} is of form {version}, but this package reads '
                    f'{SCHEMA_VERSION}; export it again')


def check_config(facts: dict, config: Config, path: str) -> None:
    """UserError if a file was exported with another test pipeline."""
    wanted, given = facts.get('pipeline', []), plain_pipeline(config)
    if wanted == given:
        return
    differing = next((f'{json.dumps(one)} there, {json.dumps(other)} here'
                      for one, other in zip(wanted, given) if one != other),
                     f'{len(wanted)} steps there, {len(given)} here')
    raise UserError(
        f'{path} was exported from {facts.get("config")} for another test '
        f'pipeline than that of {config.filename}: {differing}; take the '
        'config it was exported from, or export it again')
