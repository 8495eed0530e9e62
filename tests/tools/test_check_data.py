# Copyright (c) mmaction-microaction contributors. All rights reserved.
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'data/check_data.py'


def test_everything_wrong_is_named(expect, read_rows, frames, tmp_path):
    assert 'make_sample_data.py' in expect(2, TOOL, tmp_path / 'none').err
    videos, out = tmp_path / 'videos_train', tmp_path / 'problems.csv'
    videos.mkdir()
    (videos / '0001_a.mp4').write_bytes(b'')
    write_video(videos / '0001_b.mp4', frames[:8])
    data = (videos / '0001_b.mp4').read_bytes()
    (videos / '0001_b.mp4').write_bytes(data[:len(data) // 2])
    (videos / '0002_a.mp4').write_text('not a video\n' * 50)
    (tmp_path / 'train_list_videos.txt').write_text(
        '0001_a.mp4 9\r\n0001_b.mp4 9\r\n0002_a.mp4 3\n'
        'missing.mp4 1\nlate.mp4 52\nnolabel.mp4\n\u00e4.mp4 9.0\n',
        encoding='utf-8')
    # The accent as a Mac stores it.
    write_video(videos / 'a\u0308.mp4', frames[:8])
    done = expect(1, TOOL, tmp_path, '--splits', 'train', '--full', '--csv',
                  out, '--workers=1')
    expected = [('train_list_videos.txt:5', "'52'"),
                ('train_list_videos.txt:6', 'its label'),
                ('0001_a.mp4', 'empty'), ('0001_b.mp4', 'cut off'),
                ('0002_a.mp4', 'not a video'), ('missing.mp4', 'missing')]
    for row, (where, what) in zip(read_rows(out), expected, strict=True):
        assert row['split'] == 'train' and row['problem'] in done.out
        assert where in row['problem'] and what in row['problem']
    assert 'ERROR' not in done.err
    for text in ('train: 5 clips', 'classes present: 3 of 52',
                 'smallest present class = 3.0', '6 problems'):
        assert text in done.out
