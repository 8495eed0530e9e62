# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""``infer.py --pose``."""
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.inference import VideoFile, pose_input
from mmaction_microaction.outputs.outputs import Output
from mmaction_microaction.results import read_json
from mmaction_microaction.utils.video_writer import write_video
from mmaction_microaction.web import analysis

TOOL = 'infer.py'


@pytest.fixture(scope='module')
def videos(tmp_path_factory, frames):
    """Two videos."""
    folder = tmp_path_factory.mktemp('videos')
    for name in ('one.mp4', 'two.mp4'):
        write_video(folder / name, frames[:30])
    return folder


@pytest.fixture(scope='module')
def skeleton_files(repo, tmp_path_factory):
    """Config file and checkpoint of a model of the skeleton, untrained."""
    config = f'{repo}/configs/stgcnpp_ma52sample.py'
    path = tmp_path_factory.mktemp('skeleton') / 'weights.pth'
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(Config.fromfile(config).model)
    torch.save(dict(state_dict=model.state_dict()), path)
    return config, path, '--device', 'cpu', '--threshold', .001


@pytest.fixture
def estimated(monkeypatch):
    """The videos that an estimator was asked for; it sees one of 28 points,
    and nobody from the 10th frame on."""
    asked = []

    def estimate(path, estimator, progress):
        asked.append(Path(path).name)
        total = len(VideoFile(path))
        score = np.zeros((1, total, 28))
        score[:, :10, 4] = 1
        progress(total, total)
        return dict(
            frame_dir=Path(path).stem, img_shape=(64, 80),
            keypoint=30 * score[..., None].repeat(2, -1),
            keypoint_score=score, source='a stub')  # yapf: disable

    monkeypatch.setattr(pose_input, 'find_estimator', lambda name: name)
    monkeypatch.setattr(pose_input, 'estimate_pose', estimate)
    return asked


def test_pose_is_estimated_once(expect, skeleton_files, videos, tmp_path,
                                estimated):
    out = tmp_path / 'out'
    call = (TOOL, *skeleton_files, videos, '--out', out, '--pose', 'mediapipe',
            '--outputs')
    done = expect(0, *call, 'csv')
    assert sorted(estimated) == ['one.mp4', 'two.mp4']
    assert 'one.mp4: no person in 20 of 30 frames of the pose' in done.err
    settings = read_json(out / 'one/predictions.json').settings
    assert settings['pose'] == 'a stub' and settings['pose_seen'] == .3333
    for more in ('--threshold=.002', '--overwrite'):
        expect(0, *call, 'overlay', more)
    assert len(estimated) == 2
    made, = (out / 'one').glob('pose_mediapipe_*.pkl')
    with av.open(str(out / 'one/overlay.mp4')) as container:
        pictures = [
            x.to_ndarray(format='rgb24') for x in container.decode(video=0)
        ]
    # The right wrist, blue, in a picture that is four times as large.
    blue = [x[119:122, 119:122].mean((0, 1)) for x in pictures]
    blue = [b - r > 100 for r, _, b in blue]
    assert blue == [True] * 10 + [False] * 20
    shutil.copy(made, tmp_path / 'one.pkl')  # a pose file as any other
    for pose in (tmp_path / 'one.pkl', tmp_path):
        out = tmp_path / pose.stem
        done = expect(1, TOOL, *skeleton_files, videos, '--out', out, '--pose',
                      pose, '--outputs', 'csv')
        assert 'has no pose of two.mp4' in done.err
        assert read_json(out / 'one/predictions.json').segments


def test_a_skeleton_needs_pose(expect, one_line, skeleton_files, videos,
                               tmp_path):
    done = expect(2, TOOL, *skeleton_files, videos / 'one.mp4', '--out',
                  tmp_path)
    one_line(done, 'needs the pose of the person: give pose (tools: --pose)')


def test_the_web_page_draws_it_too(skeleton_files, videos, tmp_path, estimated,
                                   monkeypatch):
    jobs = []
    output = Output('overlay.mp4', lambda job, path: jobs.append(job))
    monkeypatch.setattr(analysis.Analyser, 'outputs', dict(overlay=output))
    inferencer = MicroActionInferencer(*skeleton_files[:2], pose='rtmlib')
    analysis.Analyser(inferencer, analysis.Limits())(str(videos / 'one.mp4'),
                                                     str(tmp_path),
                                                     analysis.Options(),
                                                     lambda *progress: None)
    assert jobs[0].pose.seen.sum() == 10 and estimated == ['one.mp4']
