# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.datasets import (LoadExpressionClip, LoadOnsetApex,
                                           PickOnsetApex)


@pytest.fixture
def clip(tmp_path, write_frames):
    folder = write_frames(tmp_path, 'reg_img{}.png', range(0, 256))
    return dict(frame_dir=str(folder), onset=20, apex=120, offset=250)


@pytest.mark.parametrize('load, expected', [
    (LoadOnsetApex(), [20, 120]),
    (LoadExpressionClip(num_frames=5), [20, 78, 135, 192, 250]),
])
def test_exact_frames(clip, load, expected):
    results = load(clip)
    assert [x[0, 0].tolist() for x in results['imgs']] == \
        [[i, 0, 0] for i in expected]  # RGB
    assert results['frame_inds'].tolist() == expected
    assert results['img_shape'] == results['original_shape'] == (20, 16)
    assert (results['num_clips'], results['clip_len']) == (len(expected), 1)


def test_jitter_by_the_formulas_and_by_the_seed():
    load = LoadOnsetApex(jitter=True)

    def draw(seed, number):
        np.random.seed(seed)
        return [load.choose(20, 120, 250) for _ in range(number)]

    # L1 = 100, L2 = 130: int(.2 * 25) = 5, int(.15 * 25) = 3,
    # int(.15 * 32.5) = 4.
    pairs = draw(0, 150)
    assert {onset for onset, _ in pairs} == set(range(20, 26))
    assert {apex for _, apex in pairs} == set(range(117, 125))
    assert pairs[:5] == draw(0, 5) != draw(1, 5)


def test_gaps_give_way_to_the_nearest(tmp_path, write_frames):
    folder = write_frames(tmp_path, '{}.png', [3, 7, 8])
    results = LoadOnsetApex()(
        dict(frame_dir=str(folder), onset=4, apex=6, offset=8))
    assert results['frame_inds'].tolist() == [3, 7]
    with pytest.raises(FileNotFoundError, match='no frames'):
        LoadOnsetApex()(dict(results, frame_dir=''))


def test_pair_of_any_video():
    frames = [np.full((64, 64, 3), 90, np.uint8) for _ in range(30)]
    for t, frame in enumerate(frames):
        size = max(12 - abs(t - 11), 0)
        frame[30:30 + size, 20:44] = 160
    results = PickOnsetApex()(
        dict(imgs=frames, frame_inds=np.arange(100, 130)))
    assert abs(results['apex'] - 11) <= 1
    assert results['imgs'][0] is frames[0]
    assert results['frame_inds'].tolist() == [100, 100 + results['apex']]
    assert results['num_clips'] == 2 and results['img_shape'] == (64, 64)
