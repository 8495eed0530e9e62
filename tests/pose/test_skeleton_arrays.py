# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pytest

from mmaction_microaction.pose import (KeypointLayout, check_entry,
                                       read_skeleton_arrays)


@pytest.fixture
def save(tmp_path):

    def write(data, labels) -> str:
        np.save(tmp_path / 'x_data.npy', data)
        (tmp_path / 'x_label.pkl').write_bytes(pickle.dumps(labels))
        return str(tmp_path / 'x_data.npy')

    return write


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr('mmaction_microaction.pose.skeleton_arrays.print_log',
                        lambda text, *_: lines.append(text))
    return lines


def clips(points, frames, lengths, scale=(1000, 1000, 1), seed=0):
    rng = np.random.default_rng(seed)
    data = np.zeros((len(lengths), 3, frames, points, 1), np.float32)
    for clip, length in zip(data, lengths):
        clip[:, :length] = rng.uniform(0, np.reshape(scale, (3, 1, 1, 1)),
                                       (3, length, points, 1))
    return data


def test_imigue(save, said):
    data = clips(22, 90, [90, 7, 0])
    data[1, :, 3] = 0  # in the middle, nobody is seen
    path = save(data, (['a', 'b', 'b'], [0, 31, np.int64(4)]))
    entries = read_skeleton_arrays(path)
    names = [(x['frame_dir'], x['label'], x['total_frames']) for x in entries]
    assert names == [('a', 0, 90), ('b', 31, 7), ('b#2', 4, 90)]
    for clip, entry in zip(data, entries):
        assert entry['layout'] == 'imigue22'
        assert entry['img_shape'] == (1080, 1920)
        for t in range(entry['total_frames']):
            for v in range(22):
                x, y, score = clip[:, t, v, 0]
                assert (entry['keypoint'][0, t, v] == [x, y]).all()
                assert entry['keypoint_score'][0, t, v] == score
    assert [check_entry(x)
            for x in entries] == [[], ['no person in 1 of 7 frames'],
                                  ['no person in 90 of 90 frames']]
    starts = [x.partition(': ')[2].split()[0] for x in said]
    assert starts == ['its', 'cut', '1']


def test_smg(save, said):
    data = clips(25, 60, [60, 12], scale=(2, 2, 4))
    path = save(data, (('s1', 's2'), [1, 17]))
    with pytest.raises(
            ValueError, match='s1 has label 1, but first_label is 2'):
        read_skeleton_arrays(path, first_label=2)
    entries = read_skeleton_arrays(path, first_label=1)
    assert [x['label'] for x in entries] == [0, 16]
    assert entries[1]['layout'] == 'kinect25'
    assert 'keypoint_score' not in entries[1] and 'taken for z' in said[1]
    np.testing.assert_array_equal(entries[1]['keypoint'],
                                  data[1, :, :12].transpose(3, 1, 2, 0))
    other = read_skeleton_arrays(
        path, layout=KeypointLayout.load('openpose25'))
    assert other[0]['layout'] == 'openpose25'


AB = ['a', 'b']


@pytest.mark.parametrize('data, labels, message', [
    (np.zeros((2, 3, 4, 22)), (AB, [0, 1]), 'shape .clips, 3'),
    (np.zeros((0, 3, 4, 22, 1)), ([], []), 'shape .clips, 3'),
    (np.array([None]), (AB, [0, 1]), 'is not opened'),
    (np.zeros(
        (2, 3, 4, 21, 1)), (AB, [0, 1]), '21 points, but layout is not given'),
    (np.zeros((2, 3, 4, 22, 1)), (AB, [0]), 'labels. of 2 clips'),
    (np.zeros((2, 3, 4, 22, 1)), [1], r'expected \(names, labels\)'),
    (np.zeros((2, 3, 4, 22, 1)), (AB, [0, 'x']), 'label must be an integer'),
    (np.zeros((2, 3, 4, 22, 1)), (AB, [0, pytest.fail]), 'not opened'),
])
def test_bad_arrays(save, data, labels, message):
    with pytest.raises(ValueError, match=message):
        read_skeleton_arrays(save(data, labels))


def test_bad_arguments(save):
    path = save(clips(22, 4, [4]), (['a'], [0]))
    with pytest.raises(
            ValueError, match='has 22 points, but layout is openpose28'):
        read_skeleton_arrays(path, layout=KeypointLayout.load('openpose28'))
    with pytest.raises(ValueError, match='x_data.npy, but got x.npy'):
        read_skeleton_arrays('x.npy')
