# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import signal
import subprocess
import sys
import time

import pytest

from mmaction_microaction.datasets.preparation import FAILURES
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'data/prepare_videos.py'


@pytest.fixture
def raw(frames, tmp_path):
    """Six clips in an MA-52 root, one of them small, and an archive."""
    root = tmp_path / 'raw'
    (root / 'videos_train').mkdir(parents=True)
    large = frames.repeat(2, axis=1)
    for i in range(6):
        write_video(root / 'videos_train' / f'{i}.mp4',
                    large[:10 + i, :32 if i == 0 else 128])
    (root / 'train_list_videos.txt').write_text('0.mp4 1\n1.mp4 2\n')
    (root / 'MA-52.zip').write_bytes(b'zip')
    return root


@pytest.fixture
def prepare(expect, raw, tmp_path):
    """A function: exit code to expect, options -> what the tool printed."""
    return lambda code, *args, target='small': expect(
        code, TOOL, raw, tmp_path / target, '--short-side=64', '--workers=0', *
        args).out


def tree(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob('*') if path.is_file()
    }


def test_summary(prepare, tmp_path):
    out = prepare(0, '--psnr')
    for text in ('6 of 6 clips', '75 frames', '1 annotation files',
                 '1 clips are smaller than 64 pixels', 'PSNR: ', 'at worst',
                 'dB (videos_train/', 'left out: 1 files and folders',
                 'MA-52.zip'):
        assert text in out
    before = tree(tmp_path / 'small')
    prepare(0, '--verify')
    assert tree(tmp_path / 'small') == before


def test_a_clip_that_cannot_be_read(prepare, raw, tmp_path):
    (raw / 'videos_train' / '3.mp4').write_text('not a video\n' * 50)
    out = prepare(1)
    for text in ('videos_train/3.mp4: not a video, cut off or damaged',
                 '5 of 6 clips', '1 clips could not be read, 1 of them are '
                 f'missing; see {tmp_path}'):
        assert text in out
    text = (tmp_path / 'small' / FAILURES).read_text()
    assert text.startswith('path,problem\nvideos_train/3.mp4,')


def test_what_is_kept_is_told(prepare, raw, tmp_path):
    prepare(0)
    before, videos = tree(tmp_path / 'small'), raw / 'videos_train'
    (videos / '3.mp4').unlink()
    (videos / '4.mp4').unlink()
    (videos / '4.mp4').symlink_to(tmp_path / 'not_mounted')
    (videos / 'more').symlink_to(tmp_path)
    out = prepare(1)
    for text in ('videos_train/4.mp4: cannot be read (', '5 of 5 clips are in',
                 f'kept: 1 clips that are no longer in {raw}: '
                 'videos_train/3.mp4', 'left out: 2 files',
                 'MA-52.zip, videos_train/more/',
                 '1 clips could not be read, 0 of them are missing'):
        assert text in out
    after = tree(tmp_path / 'small')
    assert after.pop(FAILURES) and after == before


@pytest.mark.slow
def test_kill_minus_nine_with_workers(prepare, repo, raw, tmp_path, tool_env):
    """The processes of a killed run end, too, and the next run goes on."""
    prepare(0, target='whole')
    target = tmp_path / 'small'
    command = [sys.executable, repo / 'tools' / TOOL, raw, target]
    process = subprocess.Popen([*command, '--short-side=64', '--workers=2'],
                               env=tool_env,
                               stdout=subprocess.DEVNULL,
                               start_new_session=True)
    while not list(target.glob('videos_train/*.mp4')):
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    deadline = time.monotonic() + 20
    # The group of its processes becomes empty.
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.05)
    prepare(0)
    assert tree(target) == tree(tmp_path / 'whole')
