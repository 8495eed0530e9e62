# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import sys
import types
from contextlib import closing

import numpy as np
import pytest

from mmaction_microaction.pose import estimators, mediapipe_process
from mmaction_microaction.pose.estimators import (entry_safely, estimate_pose,
                                                  find_estimator)
from mmaction_microaction.pose.mediapipe_process import env_python, make_env
from mmaction_microaction.utils.errors import UserError


@pytest.fixture
def video(tmp_path, lossless):
    """Five frames of 1440 x 64, which are halved; frame i has 50 * i red."""
    frames = np.zeros((5, 1440, 64, 3), np.uint8)
    frames[..., 0] += np.arange(0, 250, 50, np.uint8)[:, None, None]
    return lossless(tmp_path / 'a.mkv', frames, fps=20)


def test_frames_reach_the_program(fake_pose_env, video):
    """In order, in the size that is told, each video from its beginning."""
    calls = []
    with closing(find_estimator('mediapipe')) as model:
        for _ in range(2):
            entry = estimate_pose(video, model, lambda *x: calls.append(x))
            x, y = np.moveaxis(entry['keypoint'][0], -1, 0)
            scores = entry['keypoint_score'][0]
            assert x[:, 0].tolist() == [0, 2, 4, 6, 8]  # numbers, doubled
            assert (x[1:, 8:14] == 32).all() and (y[1:, 8:14] == 720).all()
            assert scores[:, 8] == pytest.approx(np.arange(5) * 50 / 255)
            assert entry['total_frames'] == 5 and entry['fps'] == 20
            assert entry['img_shape'] == (1440, 64)
            assert entry['source'] == 'fake-1' and 'problems' not in entry
    assert calls == 2 * [(i, 5) for i in range(1, 6)]
    assert model._process is None


@pytest.mark.parametrize('processes', [1, 2, 3])
def test_parts_of_a_video(fake_pose_env, tmp_path, lossless, monkeypatch,
                          processes):
    """Eleven frames in parts of four, the next ones after two that settle:
    frame i has 20 * i red, the program counts what it gets."""
    monkeypatch.setattr(estimators, '_PART', 4)
    monkeypatch.setattr(mediapipe_process.MediaPipe, 'settle', 2)
    frames = np.zeros((11, 32, 32, 3), np.uint8)
    frames[..., 0] += np.arange(0, 220, 20, np.uint8)[:, None, None]
    video, calls = lossless(tmp_path / 'a.mkv', frames, fps=20), []
    with closing(find_estimator('mediapipe')) as model:
        entry = estimate_pose(video, model, lambda *x: calls.append(x),
                              processes)
        team = model.team(processes)
        assert len({x._process.pid for x in team}) == len(team) == processes
        monkeypatch.setenv('FAKE_POSE', 'crash')
        for one in team:
            one._end()
        with pytest.raises(UserError, match='crashed: RuntimeError: out of'):
            estimate_pose(video, model, processes=processes)
    # The last of a part is the mean with the second one of the next.
    assert entry['keypoint'][0, :, 0, 0].tolist() == [
        0, 1, 2, (3 + 1) / 2, 2, 3, 4, (5 + 1) / 2, 2, 3, 4
    ]
    assert entry['keypoint_score'][0, :, 8] == pytest.approx(
        np.arange(11) * 20 / 255)
    assert calls == [(i, 11) for i in range(1, 12)] and entry['fps'] == 20
    assert not any(x._process for x in team)


@pytest.mark.parametrize('mode, message', [
    ('crash', 'the estimator crashed: RuntimeError: out of luck'),
    ('hang', r'the estimator hung \(for more than 1 s\)'),
    ('babble', r'the estimator crashed: what\?'),
    ('nobody', '')])  # yapf: disable
def test_what_a_program_can_do(fake_pose_env, video, monkeypatch, mode,
                               message):
    monkeypatch.setenv('FAKE_POSE', mode)
    monkeypatch.setattr(mediapipe_process, '_FRAME', 1.)
    with closing(find_estimator('mediapipe')) as model:
        if message:
            with pytest.raises(UserError, match=message):
                estimate_pose(video, model)
            monkeypatch.setenv('FAKE_POSE', '')  # the next video is served
            assert estimate_pose(video, model)['keypoint'].any()
        else:
            entry = estimate_pose(video, model)
            assert not entry['keypoint_score'].any()
            assert entry['problems'] == ['no person in 5 of 5 frames']


def test_errors_travel(fake_pose_env, video, tmp_path):
    (tmp_path / 'b.mp4').write_text('no video')
    assert 'is not a video' in entry_safely(
        str(tmp_path / 'b.mp4'), ['mediapipe'])
    assert entry_safely(video, ['mediapipe'])['total_frames'] == 5
    assert len(estimators._RUNNING) == 1
    assert 'expected openpose' in entry_safely(video, ['odd', 'path'])


def test_missing_ones(tmp_path, monkeypatch):
    monkeypatch.setenv('MICROACTION_POSE_ENV', str(tmp_path / 'none'))
    monkeypatch.setitem(sys.modules, 'rtmlib', None)
    for name, message in dict(
            mediapipe='there is no .*none/bin/python: run `make pose-env`',
            rtmlib='pip install rtmlib onnxruntime',
            odd='there are mediapipe, rtmlib').items():
        with pytest.raises(UserError, match=message):
            find_estimator(name)


def test_environment_is_made(tmp_path, monkeypatch):
    """Of a file of pins; here there are none, so no network is needed."""
    monkeypatch.setenv('MICROACTION_POSE_ENV', str(tmp_path / 'env'))
    pins = tmp_path / 'pins.txt'
    pins.write_text('# nothing\n')
    python = make_env(str(pins))
    assert python == str(tmp_path / 'env/bin/python')
    assert os.access(python, os.X_OK)
    with pytest.raises(UserError, match='could not be made'):
        make_env(str(tmp_path / 'none.txt'))


def test_environment_beside_the_package(tmp_path, monkeypatch):
    monkeypatch.delenv('MICROACTION_POSE_ENV', raising=False)
    monkeypatch.chdir(tmp_path)
    assert env_python() == str(tmp_path / '.pose-env/bin/python')
    beside = tmp_path / 'a/.pose-env/bin/python'
    beside.parent.mkdir(parents=True)
    beside.touch()
    monkeypatch.setattr(mediapipe_process, '_PROGRAM',
                        str(tmp_path / 'a/b/pose/c'))
    assert env_python() == str(beside)


def test_rtmlib(video, monkeypatch):
    """By a module of its interface, that of rtmlib 0.0.16."""
    seen, found = [], [[[1, 2, 3, 4]], [[1, 2, 3, 4], [5, 6, 7, 8]], []]

    class Wholebody:

        def __init__(self, mode):
            print('load a model')

        def det_model(self, bgr):
            seen.append(bgr[0, 0].tolist())
            return np.array(found[len(seen) % 3])

        def pose_model(self, bgr, bboxes):
            assert bgr.flags.c_contiguous
            points = np.zeros((len(bboxes), 133, 2)) + bboxes[:, None, :2]
            return points, np.full((len(bboxes), 133), .5)

    module = types.SimpleNamespace(Wholebody=Wholebody)
    monkeypatch.setattr('importlib.metadata.version', lambda name: '9')
    monkeypatch.setitem(sys.modules, 'rtmlib', module)
    entry = estimate_pose(video, 'rtmlib')
    assert seen == [[0, 0, 50 * i] for i in range(5)]
    assert entry['source'] == 'rtmlib-9 RTMW'
    assert entry['keypoint'].shape == (1, 5, 28, 2)
    x = entry['keypoint'][0, :, 0, 0].tolist()
    assert x == [1, 0, 1, 1, 0]
    assert entry['problems'] == [
        'more than one person in 2 of 5 frames; the most confident one is '
        'followed', 'no person in 2 of 5 frames'
    ]

    def no_network(mode):
        raise OSError('no route')

    module.Wholebody = no_network
    with pytest.raises(UserError, match='cannot load its models.*no route'):
        find_estimator('rtmlib')


def test_mediapipe(shared_data):
    """Where it is: a person in every frame of a real clip, left at the right;
    the next video does not depend on this one."""
    try:
        model = find_estimator('mediapipe')
    except UserError as error:
        pytest.skip(str(error))
    path = str(shared_data / 'real_clips/ma52_nodding_0019_02_0078.mp4')
    with closing(model):
        first, again = (estimate_pose(path, model) for _ in range(2))
    assert np.array_equal(first['keypoint'], again['keypoint'])
    assert (first['keypoint_score'][0] > 0).any(1).all()
    assert (first['keypoint_score'][0, :, :8] > .3).mean() > .9
    x = first['keypoint'][0, :, :, 0].mean(0)
    assert x[2] < x[1] < x[5]  # right shoulder, neck, left shoulder
