# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The record of a run, and the comparison of two."""
import json

import pytest

from mmaction_microaction.utils.checkpoints import load_from_local
from mmaction_microaction.utils.files import file_sha256

HOOKS = [dict(type='ExactResumeHook'), dict(type='ProvenanceHook')]


@pytest.fixture
def train(make_run, tmp_path):
    """A function that trains; returns the folder and the record."""

    def run(name, **settings):
        runner = make_run(name, **{'epochs': 1, 'hooks': HOOKS, **settings})
        runner.train()
        with open(f'{runner.log_dir}/provenance.json') as file:
            return tmp_path / name, json.load(file)

    return run


def test_record_of_a_run(train):
    folder, record = train('one', val=True)
    assert record['seed'] == 3 and record['processes'] == 1
    assert set(record['data']) == {'train', 'val'}
    assert record['data']['train']['clips'] == 12
    assert set(record['scores']) == {'acc'}
    assert 'GCC' in record['environment']
    # Our reader takes plain types only.
    meta = load_from_local(str(folder / 'epoch_1.pth'))['meta']
    saved = meta['provenance']
    assert saved.pop('scores', record['scores']) == record['scores']
    assert saved == {k: v for k, v in record.items() if k != 'scores'}


def test_a_resumed_run_says_what_is_new(train, said):
    train('one')
    train('one', epochs=2, resume=True)
    assert not [x for x in said if x.startswith('resumed, but')]
    train('one', epochs=3, resume=True, randomness=dict(
        seed=3, deterministic=True))  # yapf: disable
    lines = [x for x in said if x.startswith('resumed, but')]
    assert lines == ['resumed, but with another deterministic: false | true']


def test_the_first_weights_are_named(train):
    folder, _ = train('one')
    path = folder / 'epoch_1.pth'
    digest = file_sha256(path)
    _, record = train('two', load_from=str(path))
    assert record['start'] == dict(
        checkpoint='epoch_1.pth', checkpoint_sha256=digest)


def test_two_runs(train, run_tool):
    tool = 'analysis_tools/compare_runs.py'
    one, _ = train('one', val=True)
    two, _ = train('two', val=True)
    same = run_tool(tool, one, two)
    assert (same.code, same.out) == (0, 'the same\n'), same
    three, record = train('three', val=True, randomness=dict(seed=4))
    done = run_tool(tool, one, three)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith('scores.acc: ') and lines[1] == 'seed: 3 | 4'
    assert 'weights.layer.0.bias: differ by up to ' in lines[2]
    ignored = run_tool(tool, one, three, '--ignore', 'seed', '--tolerance', 99)
    assert ignored.code == 0
    # A record and a checkpoint alone.
    path, = three.glob('*/provenance.json')
    assert 'weights' not in run_tool(tool, one, path).out
    done = run_tool(tool, one / 'epoch_1.pth', three / 'epoch_1.pth')
    assert done.code == 1 and 'seed: 3 | 4' in done.out
    path.write_text('{"schema": 1}')
    assert run_tool(tool, one, path).code == 2
