# Copyright (c) mmaction-microaction contributors. All rights reserved.
import runpy
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'data/make_sample_data.py'
main = runpy.run_path(str(TOOL))['main']


def test_tool_makes_data_and_does_not_make_it_twice(tmp_path, capsys):
    args = [
        str(tmp_path), '--clips-per-class=1', '--val-clips-per-class=1',
        '--size=32x40', '--workers=1'
    ]
    main(args)
    lines = (tmp_path / 'ma52' / 'train_list_videos.txt').read_text()
    assert len(lines.splitlines()) == 52
    assert str(tmp_path / 'ma52') in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(args)
    assert '--overwrite' in capsys.readouterr().err


def test_help_teaches_with_an_example(capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--help'])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert 'example:' in out and '--clips-per-class' in out


@pytest.mark.parametrize('args, message', [
    (['--size=31x40'], '31x40'),
    (['--size=320'], 'WIDTHxHEIGHT'),
    (['--size=axb'], "'axb'"),
    (['--clips-per-class=0'], 'at least 1'),
    (['--tasks=nothing'], "'ma52'"),
    (['--balanced', '--long-tail'], 'not allowed with'),
])
def test_errors_are_one_line_and_write_nothing(tmp_path, capsys, args,
                                               message):
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / 'x'), *args])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err.replace('ma52,', "'ma52'")
    assert not (tmp_path / 'x').exists()


def test_emotion(tmp_path, capsys):
    main([
        str(tmp_path), '--tasks=emotion', '--clips-per-class=1',
        '--val-clips-per-class=1', '--size=32x40', '--workers=1'
    ])
    root = tmp_path / 'emotion'
    assert str(root) in capsys.readouterr().out
    assert len((root / 'train_list_emotions.txt').read_text().split()) == 8
    assert (root / 'sessions.csv').is_file()


def test_mma52(tmp_path, capsys):
    main([
        str(tmp_path), '--tasks=mma52', '--videos', '1', '1', '1',
        '--size=32x40', '--classes', 'distinct', '--workers=1'
    ])
    assert str(tmp_path / 'mma52') in capsys.readouterr().out
    lines = (tmp_path / 'mma52' / 'test.csv').read_text().splitlines()
    assert len(lines) == 2 and lines[1].startswith('0,test0000,0,20,0,')
    assert not (tmp_path / 'ma52').exists()
    with pytest.raises(SystemExit):
        main([str(tmp_path / 'x'), '--tasks=mma52', '--classes', 'juggling'])
    assert 'juggling' in capsys.readouterr().err


def test_casme2(tmp_path, capsys):
    main([
        str(tmp_path), '--tasks=casme2', '--faces=1', '--clips-per-emotion=1',
        '--face-size=32', '--workers=1'
    ])
    root = tmp_path / 'casme2'
    assert str(root) in capsys.readouterr().out
    assert (root / 'CASME2-coding-20190701.xlsx').is_file()
    clips = list((root / 'Cropped-updated' / 'Cropped' / 'sub01').iterdir())
    assert len(clips) == 6  # five emotions, and a rare one
    with pytest.raises(SystemExit):
        main([str(tmp_path / 'x'), '--tasks=casme2', '--face-size=8'])
    assert '32 pixels' in capsys.readouterr().err
