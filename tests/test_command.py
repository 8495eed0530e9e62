# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The command microaction, and options that tools share."""
import sys

import pytest

from mmaction_microaction_cli import __main__ as command
from mmaction_microaction_cli.tool import add_shard, make_parser


def test_all_tools_are_listed(repo, capsys):
    scripts = [*repo.glob('tools/*.py'), *repo.glob('tools/*/*.py')]
    names = {x.stem.replace('_', '-') for x in scripts}
    assert command.find_tools().keys() == names and len(names) == len(scripts)
    assert command.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {x.split()[0] for x in lines[4:] if x.startswith('  ')} == names
    assert max(map(len, lines)) < 120
    infer, = (x for x in lines if x.startswith('  infer '))
    assert infer.endswith('Find micro-actions in videos of any length')


def test_a_command_is_its_tool(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['microaction'])
    with pytest.raises(SystemExit) as done:
        command.main(['compare-annotations', 'none.eaf', 'none.csv'])
    assert done.value.code == 2
    assert 'error: none.eaf does not exist' in capsys.readouterr().err


@pytest.mark.parametrize('word, near', [('trian', 'train'), ('odd', '')])
def test_no_such_command(word, near, capsys):
    assert command.main([word]) == 2
    err = capsys.readouterr().err
    assert (f'did you mean {near}?' in err) == bool(near)
    assert err.startswith(f'microaction: error: there is no command {word!r}')


def test_help_waits_for_nothing(run_python):
    modules = run_python(
        'import sys; from mmaction_microaction_cli.__main__ import main\n'
        'main(["--help"])\n'
        'print(*sys.modules)')
    assert 'Find micro-actions' in modules and ' mmengine' not in modules


@pytest.mark.parametrize('argv, job, shard', [
    ([], {}, (0, 1)),
    (['--shard', '2/3'], dict(ID=0), (2, 3)),
    ([], dict(ID=7, MIN=1, COUNT=4, STEP=2), (3, 4)),
    (['--shard', '3/3'], {}, None),
    (['--shard=-1/3'], {}, None),
    (['--shard', '1'], {}, None),
    ([], dict(ID=3), None),
])
def test_shards(argv, job, shard, monkeypatch, capsys):
    for name in ('ID', 'MIN', 'COUNT', 'STEP'):
        monkeypatch.delenv(f'SLURM_ARRAY_TASK_{name}', raising=False)
    for name, value in job.items():
        monkeypatch.setenv(f'SLURM_ARRAY_TASK_{name}', str(value))
    parser = make_parser('')
    add_shard(parser)
    if shard:
        assert parser.parse_args(argv).shard == shard
        return
    with pytest.raises(SystemExit):
        parser.parse_args(argv)
    assert 'argument --shard: expected I/N with' in capsys.readouterr().err
