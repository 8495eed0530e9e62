# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What differs between two runs, checkpoints or results."""
import glob
import json
import os.path as osp
from typing import Dict, List, Sequence

import numpy as np

from mmaction_microaction.results.tables import read_json
from mmaction_microaction.utils.checkpoint_files import (latest_whole,
                                                         named_checkpoint)
from mmaction_microaction.utils.checkpoints import load_from_local
from mmaction_microaction.utils.errors import UserError, first_of
from mmaction_microaction.utils.provenance import (PROVENANCE_FILE, SCHEMA,
                                                   compare_records)

#: Name -> record, with what was computed; '' for a run, or one result.
Records = Dict[str, dict]


def read_records(path: str) -> Records:
    """Read a run, a checkpoint or results; of a work folder the latest run,
    and the checkpoint that it would resume from.

    Raises:
        FileNotFoundError, UserError: If it is none of them.
    """
    if path.endswith('.pth'):
        return {'': _read_checkpoint(path)}
    if osp.basename(path) == PROVENANCE_FILE:
        return {'': _read_run(path)}
    if not osp.isdir(path):
        return {'': _read_result(path)}
    inside = osp.join(glob.escape(path), '')
    for deeper in ('', '*/'):
        if runs := glob.glob(f'{inside}{deeper}{PROVENANCE_FILE}'):
            run = _read_run(max(runs))  # by the time in the folder's name
            if named := named_checkpoint(path):
                run['weights'] = _read_checkpoint(
                    latest_whole(named))['weights']
            return {'': run}
        if files := glob.glob(f'{inside}{deeper}predictions.json'):
            return {
                osp.basename(osp.dirname(x)) * bool(deeper): _read_result(x)
                for x in sorted(files)
            }
    raise UserError(
        f'{path} has neither {PROVENANCE_FILE}, as work folders of '
        'tools/train.py and test.py, nor predictions.json, as those of '
        'tools/infer.py and movement.py, also one folder below')


def _read_run(path: str) -> dict:
    with open(path, encoding='utf-8') as file:
        try:
            record = json.load(file)
        except (ValueError, RecursionError) as error:
            raise UserError(f'{path} is damaged: {error}') from error
    if not isinstance(record, dict) or record.get('schema') != SCHEMA:
        raise UserError(f'{path} is of no run of tools/train.py or test.py')
    return record


def _read_checkpoint(path: str) -> dict:
    checkpoint = load_from_local(path)
    record = (checkpoint.get('meta') or {}).get('provenance')
    weights = checkpoint.get('state_dict', {})
    return dict(
        record if isinstance(record, dict) else {},
        weights={
            key: value.double().numpy()
            for key, value in weights.items() if hasattr(value, 'double')
        })


def _read_result(path: str) -> dict:
    result = read_json(path)
    content = result.to_dict()
    content.update(content.pop('provenance', {}))
    starts, ends, scores = content['steps'].values()
    return dict(
        content,
        scores=result.scores,
        steps=dict(
            start=np.array(starts),
            end=np.array(ends),
            scores=np.array(scores)),
        segments={
            f'{x.start:.3f} to {x.end:.3f} s, {x.label.name}': x.score
            for x in result.segments
        })


def compare_runs(one: Records,
                 other: Records,
                 ignore: Sequence[str] = (),
                 tolerance: float = 0.) -> List[str]:
    """What differs, a line each as of :func:`compare_records`: of weights the
    first, of videos those that hold for all of them without name."""
    shared = [name for name in one if name in other]
    if not all('weights' in x for x in (*one.values(), *other.values())):
        ignore = *ignore, 'weights'
    found: Dict[str, List[str]] = {}
    for name in shared:
        if ('segments' in one[name]) != ('segments' in other[name]):
            raise UserError('expected two of a kind, but one is a run, the '
                            'other a result')
        lines = compare_records(one[name], other[name], ignore, tolerance)
        weights = [x for x in lines if x.startswith('weights.')]
        lines = [x for x in lines if x not in weights]
        for line in [*lines, *first_of(weights, 3)]:
            found.setdefault(line, []).append(name)
    lines = []
    for line, names in found.items():
        for_all = len(names) == len(shared) > 1 or names == ['']
        lines += [line] if for_all else [f'{name}: {line}' for name in names]
    for name in sorted(one.keys() ^ other.keys()):
        side = 'first' if name in one else 'second'
        lines.append(f'{name or "the only video"}: only in the {side}')
    return lines
