# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.utils.video_writer import write_video

TOOL = 'data/check_data.py'


@pytest.fixture
def root(frames, tmp_path):
    """Three good training clips and a test list with dummy zeros."""
    for split, names in dict(
            train=['0001_a.mp4', '0001_b.mp4', '0002_a.mp4'],
            test=['test0000.mp4', 'test0001.mp4']).items():
        folder = tmp_path / f'videos_{split}'
        folder.mkdir()
        for name in names:
            write_video(folder / name, frames[:8])
        labels = [9, 9, 3] if split == 'train' else [0, 0]
        (tmp_path / f'{split}_list_videos.txt').write_text('\r\n'.join(
            f'{name} {label}' for name, label in zip(names, labels)))
    return tmp_path


def test_good_data(run_tool, root):
    done = run_tool(TOOL, root, '--workers=1')
    assert done.code == 0, done
    for text in ('train: 3 clips', 'classes present: 2 of 52',
                 'smallest present class = 2.0', 'test: 2 clips', 'no labels',
                 '0 problems'):
        assert text in done.out


def test_everything_wrong_is_named(run_tool, read_rows, root):
    videos = root / 'videos_train'
    data = (videos / '0001_a.mp4').read_bytes()
    (videos / '0001_a.mp4').write_bytes(b'')
    (videos / '0001_b.mp4').write_bytes(data[:len(data) // 2])
    (videos / '0002_a.mp4').write_text('not a video\n' * 50)
    with open(root / 'train_list_videos.txt', 'a') as file:
        file.write('\nmissing.mp4 1\nlate.mp4 52\nnolabel.mp4\n')
    out = root / 'problems.csv'
    done = run_tool(TOOL, root, '--splits', 'train', '--full', '--csv', out,
                    '--workers=1')
    assert done.code == 1, done
    expected = [('train_list_videos.txt:5', "'52'"),
                ('train_list_videos.txt:6', 'no label'),
                ('0001_a.mp4', 'empty'), ('0001_b.mp4', 'cut off'),
                ('0002_a.mp4', 'not a video'), ('missing.mp4', 'missing')]
    for row, (where, what) in zip(read_rows(out), expected, strict=True):
        assert row['split'] == 'train'
        assert where in row['problem'] and what in row['problem']
        assert row['problem'] in done.out
    assert '6 problems' in done.out and 'ERROR' not in done.err


def test_no_data(run_tool, tmp_path):
    assert 'make_sample_data.py' in run_tool(TOOL, tmp_path / 'none').err
