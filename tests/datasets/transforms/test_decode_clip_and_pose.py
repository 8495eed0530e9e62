# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Pictures and poses against the host's MMDecode, and Resize behind it."""
import numpy as np
import pytest
from mmengine.dataset import Compose

SAMPLE = dict(type='MMUniformSampleFrames', num_clips=2, test_mode=True)
BOTH = dict(RGB=4, Pose=16)


@pytest.fixture(scope='module')
def info(encode, frames_of, tmp_path_factory):
    """A clip of 24 frames, 48 x 64, with poses at half of its size."""
    rng = np.random.default_rng(0)
    path = encode(tmp_path_factory.mktemp('x') / 'x.mp4', frames_of(24))
    points = rng.uniform([3, 2], [29, 22], (1, 24, 28, 2)).astype('f4')
    points[:, 5, 3] = 0
    return dict(
        filename=path,
        total_frames=24,
        img_shape=(24, 32),
        modality='Pose',
        keypoint=points,
        keypoint_score=rng.random((1, 24, 28)).astype('f4'))


def run(info, clip_len, *steps):
    info = dict(info, keypoint=info['keypoint'].copy())
    return Compose([dict(SAMPLE, clip_len=clip_len), *steps])(info)


@pytest.mark.parametrize('side, clip_len', [
    (None, BOTH),
    (None, dict(RGB=4)),
    (30, BOTH),
    (30, dict(RGB=4)),
    (60, BOTH),
])
def test_as_the_host(side, clip_len, info):
    steps = [dict(type='MMDecode')]
    if side == 30:
        steps += [dict(type='Resize', scale=(-1, side))]
    expected = run(info, clip_len, *steps)
    got = run(info, clip_len, dict(type='DecodeClipAndPose', short_side=side))
    assert got['img_shape'] == ((30, 40) if side == 30 else (48, 64))
    for a, b in zip(expected['imgs'], got['imgs'], strict=True):
        np.testing.assert_allclose(a.astype(int), b, atol=2)
    for key in ('keypoint', 'keypoint_score', 'RGB_inds'):
        np.testing.assert_allclose(expected[key], got[key], rtol=1e-5)
    assert expected['img_shape'] == got['img_shape']


def test_bad_files(info, tmp_path):
    decode = dict(type='DecodeClipAndPose')
    with pytest.raises(ValueError, match='24 frames, but its pose 30;.*check'):
        run(dict(info, total_frames=30), BOTH, decode)
    content = open(info['filename'], 'rb').read()
    path = tmp_path / 'cut.mp4'
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(RuntimeError, match=r'cut\.mp4 is not a video, cut'):
        run(dict(info, filename=str(path)), BOTH, decode)
