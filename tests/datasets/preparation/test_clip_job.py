# Copyright (c) mmaction-microaction contributors. All rights reserved.
import errno
import hashlib
import os
from contextlib import closing
from unittest.mock import patch

import numpy as np
import pytest

from mmaction_microaction.datasets.preparation import Recipe, encode
from mmaction_microaction.datasets.preparation.encode import prepare_clip
from mmaction_microaction.utils.files import file_sha256
from mmaction_microaction.utils.video_reader import VideoReader


@pytest.fixture
def job(tmp_path, raw_root):
    (tmp_path / 'scratch').mkdir()

    def run(name='videos_train/0001_01_0001.mp4', psnr=False):
        result = prepare_clip(name, str(raw_root), str(tmp_path / 'small'),
                              str(tmp_path / 'scratch'), Recipe(48), psnr)
        if not hasattr(result, 'path'):  # a failure leaves nothing behind
            assert not list((tmp_path / 'small').rglob('*.mp4'))
            assert not any((tmp_path / 'scratch').iterdir())
        return result

    return run


def test_record(job, tmp_path, raw_root, read_clip):
    name = 'videos_train/0002_01_0001.mp4'
    record = job(name, psnr=True)
    path, raw = tmp_path / 'small' / name, (raw_root / name).stat()
    assert record.path == name
    assert read_clip(path).shape == (record.frames, record.height,
                                     record.width, 3) == (10, 48, 60, 3)
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() \
        == file_sha256(str(path))
    assert (record.bytes, record.fps) == (path.stat().st_size, 30.)
    assert (record.source_bytes, record.source_mtime_ns) == (raw.st_size,
                                                             raw.st_mtime_ns)
    assert record.psnr > 30 and record.psnr == round(record.psnr, 2)
    assert job(name).psnr is None


@pytest.mark.parametrize('content, problem', [
    (None, 'cannot be read ([Errno 2] No such file'),
    (b'', '0 bytes'),
    (b'text\n' * 99, 'not a video'),
])
def test_a_bad_clip_is_told(job, raw_root, content, problem):
    if content is not None:
        (raw_root / 'videos_train' / 'bad.mp4').write_bytes(content)
    result = job('videos_train/bad.mp4')
    assert problem in result and '\n' not in result


@pytest.mark.parametrize(
    'error, problem',
    [(OSError(errno.EIO, 'Input/output error'), 'Input/output error'),
     (MemoryError(), 'MemoryError')])
@pytest.mark.parametrize('step', ['file_sha256', 'encode_clip'])
def test_a_source_out_of_reach_is_not_a_bad_clip(job, step, error, problem):
    with patch.object(encode, step, side_effect=error):
        result = job()
    assert result.startswith('cannot be read (') and problem in result


def test_a_full_disk_is_not_the_clips_fault(job):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with patch.object(os, 'fsync', side_effect=full):
        assert job() is full


def test_a_clip_that_decord_misreads(tmp_path, read_clip, odd_clips):
    """All frames of it are there, under its name, whatever its ending."""
    (tmp_path / 'scratch').mkdir()
    for path, count in odd_clips.items():
        folder, name = os.path.split(path)
        record = prepare_clip(name, folder, str(tmp_path),
                              str(tmp_path / 'scratch'), Recipe(48), True)
        with closing(VideoReader(path)) as raw, closing(
                VideoReader(tmp_path / name)) as small:
            assert record.frames == len(small) == len(raw) == count
            # Each frame is nearest to the one with its number.
            a, b = (x.read(range(count), np.float32) for x in (raw, small))
        errors = [[abs(x - y).mean() for y in a] for x in b]
        assert np.argmin(errors, axis=1).tolist() == list(range(count))
