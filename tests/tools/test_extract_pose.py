# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import os
import re
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from mmaction_microaction.pose.pose_file import read_pose_file
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'data/extract_pose.py'


@pytest.fixture
def root(frames, tmp_path):
    """A data root: three training clips, one of test."""
    folder = tmp_path / 'root'
    for split, number in dict(train=3, test=1).items():
        (folder / f'videos_{split}').mkdir(parents=True)
        lines = [f'{split}{i}.mp4 {i}' for i in range(number)]
        (folder / f'{split}_list_videos.txt').write_text('\r\n'.join(lines))
        for i in range(number):
            write_video(folder / f'videos_{split}/{split}{i}.mp4',
                        frames[:6 + i])
    return folder


@pytest.fixture
def extract(expect, fake_pose_env, tmp_path):
    """A function: exit code to expect, videos, options."""
    return lambda code, *args: expect(code, TOOL, '--out', tmp_path / 'out',
                                      '--workers=0', *args)


def changes(folder):
    return {
        str(x.relative_to(folder)): x.stat().st_mtime_ns
        for x in folder.rglob('*.pkl')
    }


def test_a_data_root(extract, root, tmp_path):
    """Failures are told; the next call does nothing but these."""
    bad, out = root / 'videos_train/train1.mp4', tmp_path / 'out'
    whole = bad.read_bytes()
    bad.write_text('no video')
    (root / 'videos_train/train2.mp4').rename(tmp_path / 'away.mp4')
    done = extract(1, root, '--preview', '1')
    assert f'{bad}: is not a video' in done.out
    assert 'train2.mp4: No such file' in done.out
    assert '2 videos, a person in 12 of 12 frames' in done.out
    assert re.search(r'nose\W+1.00\W+100.0', done.out)
    assert sorted(os.listdir(out)) == [
        '.digests.json', '.pose_parts', 'pose_test.pkl', 'pose_train.pkl',
        'train0_pose.png'
    ]
    sheet = cv2.imread(str(out / 'train0_pose.png'))
    assert sheet is not None and sheet.mean() > 10
    before = changes(out / '.pose_parts')
    bad.write_bytes(whole)
    (tmp_path / 'away.mp4').rename(root / 'videos_train/train2.mp4')
    extract(0, root)
    after = changes(out / '.pose_parts')
    assert len(before) == 2 and len(after) == 4
    assert before.items() <= after.items()
    train = read_pose_file(str(out / 'pose_train.pkl'))
    assert [(x['frame_dir'], x['label'], x['total_frames'])
            for x in train] == [(f'train{i}', i, 6 + i) for i in range(3)]
    test, = read_pose_file(str(out / 'pose_test.pkl'))
    assert 'label' not in test  # dummy zeros
    (root / 'train_list_videos.txt').write_text('train1.mp4 7')
    extract(0, root)
    assert changes(out / '.pose_parts') == after
    entry, = read_pose_file(str(out / 'pose_train.pkl'))
    assert (entry['frame_dir'], entry['label']) == ('train1', 7)


def test_videos(extract, root, tmp_path, expect):
    """A file each, or one; a video that has changed is done again."""
    videos, out = root / 'videos_train', tmp_path / 'out'
    extract(0, videos)
    assert {f'train{i}.pkl' for i in range(3)} <= set(os.listdir(out))
    one = tmp_path / 'all.pkl'
    expect(0, TOOL, videos, '--out', one, '--workers=0')
    assert [x['frame_dir'] for x in read_pose_file(str(one))] == [
        'train0', 'train1', 'train2']  # yapf: disable
    os.replace(videos / 'train2.mp4', videos / 'train0.mp4')
    extract(0, videos / 'train0.mp4')
    entry, = read_pose_file(str(out / 'train0.pkl'))
    assert entry['total_frames'] == 8


@pytest.mark.parametrize('args, message', [
    (['VIDEOS', '--estimator=rtmlib'], 'pip install rtmlib'),
    (['ROOT', '--out', 'all.pkl'], '--out must be a folder'),
    (['VIDEOS/train0.mp4', 'ROOT/videos_test', 'ROOT/train0.mp4'
      ], 'would both be train0'),
    ([], 'give a VIDEO'),
    (['VIDEOS/none.mp4'], 'none.mp4 does not exist'),
])
def test_wrong_commands(extract, one_line, root, monkeypatch, args, message):
    monkeypatch.setitem(sys.modules, 'rtmlib', None)
    (root / 'train0.mp4').write_bytes(b'')
    words = [x.replace('VIDEOS', f'{root}/videos_train')
             .replace('ROOT', str(root)) for x in args]  # yapf: disable
    one_line(extract(2, *words), message)


def test_all_fail(extract, root, monkeypatch):
    monkeypatch.setenv('FAKE_POSE', 'crash')
    done = extract(2, root / 'videos_test')
    assert 'test0.mp4: the estimator crashed: RuntimeError' in done.out


def test_conversion(extract, root, tmp_path):
    """Of clips of a root, where one has no file of OpenPose."""
    for name, number in (('train0', 6), ('train1', 7), ('test0', 5)):
        for i in range(number):
            path = tmp_path / f'json/{name}_{i:012}_keypoints.json'
            path.parent.mkdir(exist_ok=True)
            person = dict(pose_keypoints_2d=[i, 1, .5] * 25)
            path.write_text(json.dumps(dict(people=[person])))
    done = extract(1, root, '--from', 'openpose', tmp_path / 'json')
    assert "but none of 'train2'" in done.out
    assert '5 frames of test0, but the video has 6' in done.out
    entries = read_pose_file(str(tmp_path / 'out/pose_train.pkl'))
    assert [x['frame_dir'] for x in entries] == ['train0', 'train1']
    x = entries[1]['keypoint'][0, :, :18, 0]
    assert np.array_equal(x, np.arange(7)[:, None].repeat(18, 1))


@pytest.mark.slow
def test_a_killed_run_goes_on(repo, root, tmp_path, tool_env, fake_pose_env):
    """With two processes; what is done stays as it is."""
    out = tmp_path / 'out'
    command = [
        sys.executable, repo / 'tools' / TOOL, root, '--out', out,
        '--workers=2'
    ]
    env = dict(tool_env, MICROACTION_POSE_ENV=str(tmp_path / 'pose_env'))
    run = subprocess.Popen(command, env=env, start_new_session=True)
    while run.poll() is None and not changes(tmp_path):
        time.sleep(.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    before = changes(out / '.pose_parts')
    subprocess.run(command, env=env, check=True, capture_output=True)
    after = changes(out / '.pose_parts')
    assert before and before.items() <= after.items() and len(after) == 4
    assert len(read_pose_file(str(out / 'pose_train.pkl'))) == 3


@pytest.mark.parametrize('count', [2, 3, 6])
def test_parts_give_the_same_files(expect, fake_pose_env, root, tmp_path,
                                   count):
    """As one call does, where one video fails and a part is missing."""
    bad = root / 'videos_train/train1.mp4'  # the second of four
    bad.write_text('no video')
    command = TOOL, root, '--workers=0', '--out'
    expect(1, *command, tmp_path / 'whole')
    out = tmp_path / 'out'
    for part in range(1, count):
        code = 2 if part == 1 and count > 2 else int(part == 1)
        done = expect(code, *command, out, '--shard', f'{part}/{count}')
        assert f'part {part}/{count}: ' in done.err
        assert (str(bad) in done.out) == (part == 1)
    assert os.listdir(out) == ['.pose_parts']
    done = expect(1, *command, out)
    assert f'part 0/{count} was never started, left ' in done.err
    assert f'part 1/{count} left 1 of ' in done.err  # tried again
    files, wanted = ({
        str(x.relative_to(folder)): x.read_bytes()
        for x in folder.rglob('*') if x.is_file()
    } for folder in (out, tmp_path / 'whole'))
    assert files == wanted and len(files) == 6
    assert 'part' not in expect(1, *command, out).err
