# Copyright (c) mmaction-microaction contributors. All rights reserved.
import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mmaction_microaction.datasets.preparation import (FAILURES, MANIFEST,
                                                       encode, read_manifest)
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'data/prepare_videos.py'


@pytest.fixture
def raw(tmp_path):
    """Six clips in an MA-52 root, one of them small, and an archive."""
    root = tmp_path / 'raw'
    (root / 'videos_train').mkdir(parents=True)
    frames = np.random.default_rng(0).integers(
        0, 256, (30, 160, 128, 3), dtype=np.uint8)
    for i in range(6):
        height = 32 if i == 0 else 160
        write_video(root / 'videos_train' / f'{i}.mp4',
                    frames[:10 + i, :height], crf=30)  # yapf: disable
    (root / 'train_list_videos.txt').write_text('0.mp4 1\n1.mp4 2\n')
    (root / 'MA-52.zip').write_bytes(b'zip')
    return root


@pytest.fixture
def prepare(run_tool, raw, tmp_path):

    def run(*args, source=raw, target=tmp_path / 'small'):
        return run_tool(TOOL, source, target, '--short-side=64', '--workers=0',
                        *args)

    return run


def tree(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob('*') if path.is_file()
    }


def test_summary(prepare, tmp_path):
    code, out, _ = prepare('--psnr')
    assert code == 0
    assert '6 of 6 clips' in out and '75 frames' in out
    assert '1 annotation files' in out
    assert '1 clips are smaller than 64 pixels' in out
    assert 'PSNR: ' in out and 'at worst' in out and 'dB (videos_train/' in out
    assert 'left out: 1 files and folders' in out and 'MA-52.zip' in out
    before = tree(tmp_path / 'small')
    assert prepare('--verify').code == 0 and tree(tmp_path / 'small') == before


def test_a_clip_that_cannot_be_read(prepare, raw, tmp_path):
    (raw / 'videos_train' / '3.mp4').write_text('not a video\n' * 50)
    code, out, _ = prepare()
    assert code == 1
    assert 'videos_train/3.mp4: not a video, cut off or damaged' in out
    assert '5 of 6 clips' in out
    assert '1 clips could not be read, 1 of them are missing; see ' \
        f'{tmp_path}' in out
    text = (tmp_path / 'small' / FAILURES).read_text()
    assert text.startswith('path,problem\nvideos_train/3.mp4,')


def test_what_is_kept_is_told(prepare, raw, tmp_path):
    assert prepare().code == 0
    before = tree(tmp_path / 'small')
    (raw / 'videos_train' / '3.mp4').unlink()
    (raw / 'videos_train' / '4.mp4').unlink()
    (raw / 'videos_train' / '4.mp4').symlink_to(tmp_path / 'not_mounted')
    (raw / 'videos_train' / 'more').symlink_to(tmp_path)
    code, out, _ = prepare()
    assert code == 1
    assert 'videos_train/4.mp4: cannot be read (' in out
    assert '5 of 5 clips are in' in out
    assert f'kept: 1 clips that are no longer in {raw}: videos_train/3.mp4' \
        in out
    assert 'left out: 2 files' in out
    assert 'MA-52.zip, videos_train/more/' in out
    assert '1 clips could not be read, 0 of them are missing' in out
    after = tree(tmp_path / 'small')
    assert after.pop(FAILURES) and after == before


@pytest.mark.parametrize('args, message', [
    (['--quality=99'], '2 (best) to 31, but got 99'),
    (['--short-side=1'], 'at least 32'),
    (['--workers=-1'], 'at least 0'),
])
def test_bad_options(prepare, one_line, args, message):
    one_line(prepare(*args), message)


def test_bad_folders(prepare, one_line, raw, tmp_path):
    (tmp_path / 'link').symlink_to(raw)
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'thesis.tex').write_text('years of work')
    for kwargs, message in [
        (dict(target=raw), 'must be apart'),
        (dict(target=raw / 'small'), 'must be apart'),
        (dict(target=tmp_path), 'must be apart'),
        (dict(target=tmp_path / 'link'), 'must be apart'),
        (dict(source=tmp_path / 'nowhere'), 'there is no folder'),
        (dict(source=tmp_path / 'other'), 'no clips of MA-52 or MMA-52'),
        (dict(target=tmp_path / 'other'), 'no preparation has made'),
    ]:
        one_line(prepare(**kwargs), message)
    assert len(tree(raw)) == 8


def test_a_full_disk(prepare, one_line, tmp_path, monkeypatch):
    real, calls = encode.write_bytes, []

    def write(*args, **kwargs):
        calls.append(args)
        if len(calls) == 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **kwargs)

    monkeypatch.setattr(encode, 'write_bytes', write)
    done = prepare()
    for part in ('is full', 'MB more are needed', 'MB are free',
                 '3 of 6 clips are finished', '3 remain'):
        one_line(done, part)
    assert len(read_manifest(tmp_path / 'small' / MANIFEST)) == 3
    assert prepare().code == 0
    assert len(read_manifest(tmp_path / 'small' / MANIFEST)) == 6


@pytest.mark.slow
def test_kill_minus_nine_with_workers(prepare, repo, raw, tmp_path, tool_env):
    """The processes of a killed run end, too, and the next run goes on."""
    assert prepare(target=tmp_path / 'whole').code == 0
    target = tmp_path / 'small'
    command = [
        sys.executable,
        str(repo / 'tools' / TOOL),
        str(raw),
        str(target), '--short-side=64', '--workers=2'
    ]
    process = subprocess.Popen(
        command, env=tool_env, stdout=subprocess.DEVNULL,
        start_new_session=True)  # yapf: disable
    while not list(target.glob('videos_train/*.mp4')):
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while True:  # the group of its processes becomes empty
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert process.returncode == -signal.SIGKILL
    assert prepare().code == 0
    assert tree(target) == tree(tmp_path / 'whole')
