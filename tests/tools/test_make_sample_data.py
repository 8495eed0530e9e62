# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

TOOL = 'data/make_sample_data.py'
SMALL = ('--clips-per-class=1', '--val-clips-per-class=1', '--size=32x40')


@pytest.fixture
def make(expect, tmp_path):
    """Make data; gives the folder of the task."""

    def make(task, *args):
        done = expect(0, TOOL, tmp_path, '--tasks', task, '--workers=1', *args)
        assert str(tmp_path / task) in done.out
        return tmp_path / task

    return make


def test_data_is_not_made_twice(make, run_tool, one_line, tmp_path):
    root = make('emotion', *SMALL)
    assert len((root / 'train_list_emotions.txt').read_text().split()) == 8
    assert (root / 'sessions.csv').is_file()
    one_line(
        run_tool(TOOL, tmp_path, '--tasks', 'emotion', *SMALL), '--overwrite')


def test_some_classes(make):
    root = make('ma52', *SMALL, '--classes', 'nodding', 'waving')
    lines = (root / 'train_list_videos.txt').read_text().splitlines()
    assert len(lines) == 2
    root = make('mma52', '--videos', 1, 1, 1, '--size=32x40', '--classes',
                'distinct')
    lines = (root / 'test.csv').read_text().splitlines()
    assert len(lines) == 2 and lines[1].startswith('0,test0000,0,20,0,')


def test_casme2(make):
    root = make('casme2', '--faces=1', '--clips-per-emotion=1',
                '--face-size=32')
    assert (root / 'CASME2-coding-20190701.xlsx').is_file()
    clips = list((root / 'Cropped-updated' / 'Cropped' / 'sub01').iterdir())
    assert len(clips) == 6  # five emotions, and a rare one
