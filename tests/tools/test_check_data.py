# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
import re
import shutil

import numpy as np

from mmaction_microaction.pose import read_pose_file
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


def test_poses(expect, read_rows, sample_root, tmp_path):
    """Whether each clip has one that fits, and which points are seen."""
    out = tmp_path / 'problems.csv'
    args = TOOL, sample_root, '--workers=1', '--splits', 'val'
    done = expect(0, *args)
    assert '28 points are seen on average' in done.out
    assert 'left_wrist' in done.out and '0 problems' in done.out
    entries = read_pose_file(f'{sample_root}/pose_val.pkl')
    frames = entries[0]['total_frames']
    entries[0].update(
        total_frames=frames - 1,
        keypoint=entries[0]['keypoint'][:, 1:],
        keypoint_score=entries[0]['keypoint_score'][:, 1:])
    entries[1]['keypoint'][0, 0, 1] = np.nan
    entries[2]['keypoint'][0, 0, 1] = 1, 81
    entries[2]['keypoint_score'][0, 0, 1] = 1
    entries[3]['label'] = 99
    entries[4]['frame_dir'] = 'train/' + entries[4]['frame_dir']
    entries[5]['layout'] = 'coco17'
    names = [x['frame_dir'] for x in entries]
    (tmp_path / 'pose_val.pkl').write_bytes(pickle.dumps(entries))
    expected = [
        ('entry 5', f'{names[5]}: .*17 points of layout coco17, but has 28'),
        (names[0], f'{frames - 1} frames, but the video has {frames}'),
        (names[1], '1 points are not finite'),
        (names[2], '1 of .* points are outside the picture of 80 x 64'),
        (names[3], 'label 99, but '),
        (names[4].partition('/')[2], 'has no pose'), (names[5], 'has no pose'),
        (names[4], 'is not a clip of ')
    ]
    expect(1, *args, '--csv', out, '--pose', f'{tmp_path}/pose_{{split}}.pkl')
    for row, (where, what) in zip(read_rows(out), expected, strict=True):
        assert where in row['problem'] and re.search(what, row['problem'])
    # A file of all splits has others, too.
    done = expect(1, *args, '--pose', tmp_path / 'pose_val.pkl')
    assert 'of no clip' not in done.out and '7 problems' in done.out
    for content, message in (([], 'expected a list of one dict'),
                             (dict(split={}, annotations=entries[:1]),
                              "no split 'val'")):
        (tmp_path / 'pose_val.pkl').write_bytes(pickle.dumps(content))
        done = expect(1, *args, '--pose', tmp_path / 'pose_val.pkl')
        assert message in done.out and '1 problems' in done.out
    done = expect(2, *args, '--pose', tmp_path / 'none.pkl')
    assert 'none.pkl' in done.err and 'decoding' not in done.out + done.err
    (tmp_path / 'pose_val.pkl').unlink()
    shutil.copy(f'{sample_root}/pose_train.pkl', tmp_path)
    done = expect(1, TOOL, sample_root, '--workers=1', '--splits', 'train',
                  'val', '--pose', f'{tmp_path}/pose_{{split}}.pkl')
    assert 'val: no pose file; found those of train' in done.out
    assert 'left_wrist' in done.out and '1 problems' in done.out
    for name in ('videos_val', 'val_list_videos.txt'):
        (tmp_path / name).symlink_to(f'{sample_root}/{name}')
    done = expect(1, TOOL, tmp_path, '--workers=1', '--splits', 'val')
    assert 'val: no pose file; found those of train' in done.out
