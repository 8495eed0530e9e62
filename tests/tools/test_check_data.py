# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.utils.video_writer import write_video

TOOL = 'data/check_data.py'


@pytest.fixture
def root(frames, tmp_path):
    """Three good training clips."""
    labels = {'0001_a.mp4': 9, '0001_b.mp4': 9, '0002_a.mp4': 3}
    (tmp_path / 'videos_train').mkdir()
    for name in labels:
        write_video(tmp_path / 'videos_train' / name, frames[:8])
    (tmp_path / 'train_list_videos.txt').write_text('\r\n'.join(
        f'{name} {label}' for name, label in labels.items()))
    return tmp_path


def test_no_data(run_tool, tmp_path):
    assert 'make_sample_data.py' in run_tool(TOOL, tmp_path / 'none').err


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
    assert 'ERROR' not in done.err
    for text in ('train: 4 clips', 'classes present: 3 of 52',
                 'smallest present class = 2.0', '6 problems'):
        assert text in done.out
