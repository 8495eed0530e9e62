# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Models of pose, against the host's own pipelines on cut clips."""
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.deployment.export import load_recogniser
from mmaction_microaction.inference import (FrameArray, VideoFile,
                                            plan_windows, pose_input)
from mmaction_microaction.inference.pose_input import PoseInput, align_pose
from mmaction_microaction.pose.pose_file import write_pose_file

KINDS = 'stgcnpp', 'poseconv3d', 'rgbpose_rgb', 'pcan_rgbpose', 'two streams'


@pytest.fixture(params=KINDS)
def method(request, repo, tmp_path):
    """Whether it needs pictures, too, config and checkpoint of a model whose
    scores are not alike."""
    name = request.param.replace('two streams', 'pcan_rgbpose')
    cfg = Config.fromfile(f'{repo}/configs/{name}_ma52sample.py')
    if request.param == 'two streams':
        channels = cfg.model.cls_head.in_channels
        cfg.model.cls_head = dict(
            type='RGBPoseHead', num_classes=52, in_channels=channels,
            average_clips='score')  # yapf: disable
    for step in cfg.test_dataloader.dataset.pipeline:
        if step.type == 'DecodeClipAndPose':
            step.short_side = 40
    model = MODELS.build(cfg.model)
    for module in model.modules():
        if 'BatchNorm' in type(module).__name__:
            torch.nn.init.normal_(module.running_mean, std=.1)
        if isinstance(module, torch.nn.Linear):
            torch.nn.init.normal_(module.weight, std=2)
    path = tmp_path / 'weights.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return 'rgb' in name, cfg, str(path)


@pytest.fixture
def make_entry():
    """A function that draws an entry: points that wander, some missing."""

    def make(count, name='video', shape=(48, 64), dtype=np.float16, **fields):
        chance = np.random.default_rng(1)
        walk = chance.normal(0, .8, (1, count, 28, 2)).cumsum(axis=1)
        points = chance.uniform(10, 40, (28, 2)) + walk
        scores = chance.uniform(.2, 1, (1, count, 28))
        scores[chance.random(scores.shape) < .1] = 0
        points[scores == 0] = 0
        return dict(
            frame_dir=name, total_frames=count, img_shape=shape,
            original_shape=shape, keypoint=points.astype(dtype),
            keypoint_score=scores.astype(dtype), source='drawn', label=3,
            **fields)  # yapf: disable

    return make


def expected_scores(cfg, checkpoint, info):
    """Of the host's pipeline and model; two streams alike."""
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(checkpoint)['state_dict'])
    packed = Compose(cfg.test_dataloader.dataset.pipeline)(info)
    with torch.no_grad():
        score = model.test_step(pseudo_collate([packed]))[0].pred_score
    if isinstance(score, dict):
        score = (score['rgb'].softmax(0) + score['pose'].softmax(0)) / 2
    return score.numpy()


def test_a_window_has_the_scores_of_a_clip_and_its_pose(
        method, make_entry, frames_of, lossless, tmp_path, monkeypatch):
    pictures, cfg, checkpoint = method
    frames = frames_of(75)
    entry = make_entry(75, shape=(96, 128) if pictures else (48, 64))
    entry['keypoint'][:, 30:33] = entry['keypoint_score'][:, 30:33] = 0
    kept = {k: np.copy(entry[k]) for k in ('keypoint', 'keypoint_score')}
    video = lossless(tmp_path / 'video.mkv', frames)
    infer = MicroActionInferencer(cfg, checkpoint, window=1., stride=.4)
    plan = plan_windows(np.arange(75) / 30, 2.5, 1., .4)
    expected = []
    for i, (_, _, first, count) in enumerate(plan.windows):
        here = slice(first, first + count)
        path = lossless(tmp_path / f'{i}.mkv', frames[here])
        info = dict(
            entry, filename=path, total_frames=count, modality='Pose',
            start_index=0)  # yapf: disable
        info.update({k: kept[k][:, here].copy() for k in kept})
        expected.append(expected_scores(cfg, checkpoint, info))
    expected = np.stack(expected)
    assert np.ptp(expected, axis=0).max() > 1e-3
    seen, predict = [], infer.predictor.predict
    infer.predictor.predict = lambda x: seen.append(predict(x)) or seen[-1]
    with monkeypatch.context() as patch:
        if not pictures:  # no frame is decoded for the model
            patch.setattr(VideoFile, 'frames', None)
        result = infer(video, pose=entry)
    np.testing.assert_allclose(np.concatenate(seen), expected, atol=1e-5)
    np.testing.assert_allclose(result.scores, expected.mean(0), atol=1e-5)
    for key in kept:
        np.testing.assert_array_equal(entry[key], kept[key])
    assert result.settings['pose'] == 'drawn'
    assert result.settings['pose_seen'] == .96
    assert result.video.problems == (
        'no person in 3 of 75 frames of the pose, the first at 1.00 s, the '
        'last at 1.07 s', )
    with pytest.raises(ValueError, match='needs the pose .* --pose.* FILE'):
        infer(video)


def test_nobody_is_seen(method, make_entry, frames_of):
    """Of such a window a skeleton says nothing, of others what it did."""
    pictures, cfg, checkpoint = method
    entry = make_entry(75)
    entry['keypoint_score'][:, 30:] = 0
    infer = MicroActionInferencer(cfg, checkpoint, window=1., stride=.4)
    result = infer(frames_of(75), pose=entry)
    alone = MicroActionInferencer(cfg, checkpoint)
    nobody = alone(frames_of(45), pose=dict(entry, **{
        key: entry[key][:, 30:] for key in ('keypoint', 'keypoint_score')
    }, total_frames=45))  # yapf: disable
    assert result.settings['pose_seen'] == .4
    assert nobody.settings['pose_seen'] == 0
    sums = result.step_scores.sum(axis=1)
    if pictures:
        np.testing.assert_allclose(sums, 1, atol=1e-5)
        assert nobody.segments
    else:
        # Windows from 0, .4, .8, 1.2 and 1.5 s; the last two are empty.
        np.testing.assert_allclose(sums, [1, 1, 1, .5, 0, 0], atol=1e-5)
        assert not nobody.scores.any() and nobody.segments == []
    text, = nobody.video.problems
    assert text.startswith('no person in 45 of 45 frames')


@pytest.mark.parametrize('fps, count, total', [
    (15., 20, 40), (60., 80, 40), (30., 98, 100), (30., 42, 40),
    (29., 40, 40), (None, 40, 40), (None, 39, 40)])  # yapf: disable
def test_frames_belong_together_by_number_or_time(fps, count, total,
                                                  make_entry, frames_of):
    entry = make_entry(count, **(dict(fps=fps) if fps else {}))
    pose = align_pose(entry, FrameArray(frames_of(total), fps=30))
    wanted = np.zeros((1, total, 28, 2), np.float16)
    by_time = not total - 1 <= count <= total
    for i in range(total):
        nearest = round(i * fps / 30) if by_time else i
        if nearest < count:
            wanted[:, i] = entry['keypoint'][:, nearest]
    np.testing.assert_array_equal(pose.entry['keypoint'], wanted)
    assert pose.entry['total_frames'] == len(pose.seen) == total
    said = [x.endswith('taken by their times') for x in pose.problems]
    assert said == [True] * by_time
    points, scores = pose.person(3, (96, 128))  # twice the picture's size
    np.testing.assert_array_equal(points, 2. * wanted[0, 3])
    np.testing.assert_array_equal(scores == 0, ~wanted[0, 3].any(-1))


def test_what_the_pose_says_is_passed_on(make_entry, frames_of):
    """Two persons, a picture of another shape, and an estimator's own."""
    problems = ['a frame was bad', 'no person in 1 of 9 frames']
    entry = make_entry(9, shape=(48, 32), problems=problems)
    other = dict(entry, keypoint_score=entry['keypoint_score'] / 4)
    for key in ('keypoint', 'keypoint_score'):
        entry[key] = np.concatenate([other[key], entry[key]])
    pose = align_pose(entry, FrameArray(frames_of(9)))
    np.testing.assert_array_equal(pose.entry['keypoint_score'],
                                  entry['keypoint_score'][1:])
    first, *others = pose.problems
    assert first == 'a frame was bad' and len(others) == 2
    assert any('2 persons' in x for x in others)
    assert any('the video is 48 x 64' in x for x in others)


@pytest.fixture
def pose_files(make_entry, tmp_path):
    """A folder of three pose files, of which one has splits."""
    folder = tmp_path / 'poses'
    folder.mkdir()
    write_pose_file(folder / 'a.pkl', [make_entry(9, 'a.b')])
    many = [make_entry(10, f'{x}/clip.mp4') for x in ('one', 'two')]
    many += [make_entry(10, 'train/0003_01'), make_entry(11, 'val/0003_01')]
    write_pose_file(folder / 'many.pkl', many, dict(val=['one/clip.mp4']))
    write_pose_file(folder / 'c.pkl', [make_entry(11, 'c')])
    return folder


def named(path, count, frames_of):
    source = FrameArray(frames_of(count))
    source.path = path
    return source


def test_entries_are_found_by_name(pose_files, make_entry, frames_of):
    many = PoseInput(pose_files)
    for path, name in (('/x/a.b.mp4', 'a.b'), ('/x/two/clip.avi', 'two/clip'),
                       ('c.mp4', 'c'), ('/x/val/0003_01.mp4', 'val/0003'),
                       ('videos_val/0003_01.mp4', 'val/0003'),
                       ('/x/videos_train/0003_01.mp4', 'train/0003')):
        count = dict(a=9, t=10, c=11, v=11)[name[0]]
        entry = many.find(named(path, count, frames_of)).entry
        assert entry['frame_dir'].startswith(name)
    one = PoseInput(make_entry(9)).find(FrameArray(frames_of(9))).entry
    listed = PoseInput([make_entry(9, 'array')]).find(FrameArray(frames_of(9)))
    np.testing.assert_array_equal(one['keypoint'], listed.entry['keypoint'])


@pytest.mark.parametrize('pose, path, match', [
    ('.', 'd.mp4', 'poses has no pose of d.mp4, but of a.b, c, one/clip'),
    ('.', 'clip.mp4', 'clip.mp4 has 2 poses: one/clip'),
    ('c.pkl', 'c.mp4', '9 frames in 0.30 s, but its pose has 11 and does not '
                       'say fps'),
    ('long.pkl', 'long.mp4', 'its pose has 40, 30 a second: it is of another'),
    ('none.pkl', '', 'none.pkl'), ('empty', '', 'no pose files .* in '),
    ('junk.pkl', '', 'junk.pkl'),
])  # yapf: disable
def test_refuses(pose, path, match, pose_files, make_entry, frames_of):
    (pose_files / 'empty').mkdir()
    if pose == 'long.pkl':
        write_pose_file(pose_files / pose, [make_entry(40, 'long', fps=30.)])
    if pose == 'junk.pkl':
        (pose_files / pose).write_bytes(b'junk')
    with pytest.raises((ValueError, FileNotFoundError), match=match):
        PoseInput(pose_files / pose).find(named(path, 9, frames_of))


def test_an_estimator_is_asked_once(make_entry, frames_of, tmp_path,
                                    monkeypatch):
    asked, told = [], []

    def estimate(path, estimator, progress):
        asked.append((path, estimator))
        progress(1, 2)
        return make_entry(9)

    monkeypatch.setattr(pose_input, 'find_estimator',
                        lambda name: f'a running {name}')
    monkeypatch.setattr(pose_input, 'estimate_pose', estimate)
    source, cache = named('a.mp4', 9, frames_of), tmp_path / 'pose.pkl'
    for _ in range(2):
        found = PoseInput('rtmlib').find(source, lambda *x: told.append(x),
                                         str(cache))
    assert asked == [('a.mp4', 'a running rtmlib')] and told == [(1, 2)]
    np.testing.assert_allclose(found.entry['keypoint'],
                               make_entry(9)['keypoint'])
    with pytest.raises(ValueError, match='rtmlib takes files'):
        PoseInput('rtmlib').find(FrameArray(frames_of(9)))


def test_what_does_not_go_with_pose(method, make_entry, frames_of):
    _, cfg, checkpoint = method
    with pytest.raises(ValueError, match='models of pose are not exported'):
        load_recogniser(cfg, 'model.pth')
    other = make_entry(9)
    for key in ('keypoint', 'keypoint_score'):
        other[key] = other[key][:, :, :17]
    infer = MicroActionInferencer(cfg, checkpoint, pose=other)
    with pytest.raises(ValueError, match='the 28 points .* but has 17'):
        infer(frames_of(9))
