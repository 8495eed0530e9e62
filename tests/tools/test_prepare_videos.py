# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from mmaction_microaction.datasets.preparation import FAILURES, MANIFEST
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
    """A function: exit code to expect, what to be told of, options."""

    def run(code, texts=(), *args, target='small'):
        done = expect(code, TOOL, raw, tmp_path / target, '--short-side=64',
                      '--workers=0', *args)
        assert [text for text in texts if text not in done.out] == []

    return run


def tree(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob('*') if path.is_file()
    }


def test_what_is_told(prepare, raw, tmp_path):
    small, videos = tmp_path / 'small', raw / 'videos_train'
    data = (videos / '3.mp4').read_bytes()
    (videos / '3.mp4').write_text('not a video\n' * 50)
    prepare(1, ('videos_train/3.mp4: not a video, cut off or damaged',
                '5 of 6 clips', '1 clips could not be read, 1 of them are '
                f'missing; see {tmp_path}'), '--psnr')
    text = (small / FAILURES).read_text()
    assert text.startswith('path,problem\nvideos_train/3.mp4,')
    (videos / '3.mp4').write_bytes(data)
    prepare(
        0, ('6 of 6 clips', '75 frames', '1 annotation files',
            '1 clips are smaller than 64 pixels', 'PSNR: ', 'at worst',
            'dB (videos_train/', 'left out: 1 files and folders', 'MA-52.zip'),
        '--psnr')
    before = tree(small)
    prepare(0, (), '--verify')
    assert tree(small) == before
    # What is no longer there is kept.
    (videos / '3.mp4').unlink()
    (videos / '4.mp4').unlink()
    (videos / '4.mp4').symlink_to(tmp_path / 'not_mounted')
    (videos / 'more').symlink_to(tmp_path)
    prepare(1, ('videos_train/4.mp4: cannot be read (', '5 of 5 clips are in',
                f'kept: 1 clips that are no longer in {raw}: '
                'videos_train/3.mp4', 'left out: 2 files',
                'MA-52.zip, videos_train/more/',
                '1 clips could not be read, 0 of them are missing'))
    after = tree(small)
    assert after.pop(FAILURES) and after == before


def test_a_list_decides_what_is_a_clip(prepare, raw, tmp_path):
    """Whatever its ending; and what it names and is not there is told."""
    (raw / 'videos_train/1.mp4').rename(raw / 'videos_train/1.odd')
    names = raw / 'train_list_videos.txt'
    names.write_text('0.mp4 1\n1.odd 2\n')
    prepare(0, ('6 of 6 clips', ))
    assert (tmp_path / 'small/videos_train/1.odd').is_file()
    names.write_text('0.mp4 1\n1.odd 2\n9.mov 3\n')
    prepare(1, ('6 of 6 clips', f'missing: 1 clips that a list names are not '
                f'in {raw}: videos_train/9.mov'))


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


@pytest.mark.parametrize('count', [2, 3, 8])
def test_parts_give_the_same_files(expect, raw, tmp_path, count):
    """As one call, once a last one put them together; a part is missing, one
    was killed, and as of other parts a clip cannot be read."""
    command = TOOL, raw, tmp_path / 'small', '--short-side=64', '--workers=0'
    (raw / 'videos_train/3.mp4').write_text('not a video\n' * 50)
    expect(1, TOOL, raw, tmp_path / 'whole', *command[3:])
    clips = {f'{i}.mp4' for i in range(6)} - {'3.mp4'}
    for part in range(1, count):
        done = expect(part == 3 % count, *command, '--shard',
                      f'{part}/{count}')
        assert f'part {part}/{count}: ' in done.err
    tables = tmp_path / f'small/.prepare_parts/1-of-{count}'
    assert not (tmp_path / 'small' / MANIFEST).exists()
    made = {x.name for x in (tmp_path / 'small/videos_train').iterdir()}
    assert made == {x for x in clips if int(x[0]) % count}
    table = (tables / MANIFEST).read_bytes()
    (tables / MANIFEST).write_bytes(table[:-10])
    for _ in range(2):  # a part of as many goes on, and finds its own
        done = expect(1 % count == 3 % count, *command, f'--shard=1/{count}')
    assert (tables / MANIFEST).read_bytes() == table
    (tables / MANIFEST).write_bytes(table[:-10])
    done = expect(1, *command)
    assert re.search(f'part 0/{count} was never started, left . of', done.err)
    assert f'part 1/{count} left' in done.err
    assert f'part 3/{count}' not in done.err or count == 8
    assert tree(tmp_path / 'small') == tree(tmp_path / 'whole')


def test_other_parts_go_on(expect, raw, tmp_path):
    """Three parts, then two, then the whole with the quality."""
    command = TOOL, raw, tmp_path / 'small', '--short-side=64', '--workers=0'
    expect(0, TOOL, raw, tmp_path / 'whole', *command[3:], '--psnr')
    expect(0, *command, '--shard=0/3')
    first = tmp_path / 'small/videos_train/0.mp4'
    stamp = first.stat().st_mtime_ns
    done = expect(0, *command, '--shard=0/2')
    assert first.stat().st_mtime_ns == stamp and '3 of 3 clips' in done.out
    expect(0, *command, '--shard=1/2', '--psnr')
    done = expect(0, *command, '--psnr')
    assert 'part 0/2 left 3 of 3 to do' in done.err and '1/2' not in done.err
    assert tree(tmp_path / 'small') == tree(tmp_path / 'whole')
