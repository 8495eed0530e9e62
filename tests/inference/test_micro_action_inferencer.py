# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Scores against those of the host's own test loop."""
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from mmaction.registry import INFERENCERS
from mmengine.dataset import Compose, pseudo_collate
from mmengine.runner import Runner

from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.evaluation import load_predictions
from mmaction_microaction.inference import plan_windows

TSN = Path(__file__).parents[2] / 'configs/tsn_r50_ma52.py'


@pytest.fixture
def manet(small_method):
    """Config and checkpoint."""
    return small_method('manet_r50')[:2]


@pytest.fixture(params=['manet_r50', 'slowfast_r50', 'swin_tiny'])
def method(request, small_method, tmp_path):
    """One whose scores are neither alike nor 0 and 1."""
    method = small_method(request.param)
    weights, path = torch.load(method.checkpoint), tmp_path / 'unsure.pth'
    if request.param != 'manet_r50':
        weights['state_dict']['cls_head.fc_cls.weight'] *= .02
    torch.save(weights, path)
    return method._replace(checkpoint=str(path))


def test_a_clip_has_the_scores_of_the_test_tool(method, sample_root, tmp_path):
    cfg, checkpoint, _ = method
    loader = cfg.test_dataloader
    loader.update(num_workers=0, persistent_workers=False)
    loader.dataset.update(data_root=sample_root, indices=3)
    dump = str(tmp_path / 'predictions.pkl')
    cfg.test_evaluator = dict(type='DumpResults', out_file_path=dump)
    cfg.work_dir, cfg.load_from = str(tmp_path), checkpoint
    runner = Runner.from_cfg(cfg)
    runner.test()
    predictions = load_predictions(dump)
    infer = MicroActionInferencer(cfg, checkpoint)
    assert np.ptp(predictions.scores, axis=0).max() > 1e-3
    for i, expected in enumerate(predictions.scores):
        info = runner.test_dataloader.dataset.get_data_info(i)
        assert predictions.names[i] == info['clip_name']
        result = infer(info['filename'])
        np.testing.assert_allclose(result.scores, expected, atol=1e-5)
        np.testing.assert_array_equal(result.step_scores, result.scores[None])
        assert result.top(1)[0][0] in [s.label for s in result.segments]
        assert result.segments[0].end == result.video.duration


def test_a_window_has_the_scores_of_a_file_of_its_frames(
        method, frames_of, lossless, tmp_path):
    frames = frames_of(75)
    video = lossless(tmp_path / 'video.mkv', frames)
    infer = MicroActionInferencer(
        *method[:2], window=1., stride=.4, batch_size=2)
    plan = plan_windows(np.arange(75) / 30, 2.5, 1., .4)
    assert [w.first for w in plan.windows] == [0, 12, 24, 36, 45]
    model, expected = method.build(), []
    pipeline = Compose(method.cfg.test_dataloader.dataset.pipeline)
    for i, window in enumerate(plan.windows):
        chosen = frames[window.first:window.first + window.num_frames]
        path = lossless(tmp_path / f'{i}.mkv', chosen)
        packed = pipeline(dict(filename=path, start_index=0, modality='RGB'))
        with torch.no_grad():
            sample, = model.test_step(pseudo_collate([packed]))
        expected.append(sample.pred_score.numpy())
    expected = np.stack(expected)
    assert np.ptp(expected, axis=0).max() > 1e-3
    seen, told, predict = [], [], infer.predictor.predict
    infer.predictor.predict = lambda x: seen.append(predict(x)) or seen[-1]
    result = infer(video, progress=lambda *now: told.append(now))
    assert [len(s) for s in seen] == [2, 2, 1]
    assert told[-1] == (2.5, 2.5)
    np.testing.assert_allclose(np.concatenate(seen), expected, atol=1e-5)
    np.testing.assert_allclose(result.scores, expected.mean(0), atol=1e-5)
    # Middles of steps: .2, .6, 1, 1.4, 1.8, 2.25 s; of windows: .5, .9, 1.3,
    # 1.7, 2 s. A window holds the beginning of its time, but not the end.
    assert result.step_ends.tolist() == pytest.approx(
        [.4, .8, 1.2, 1.6, 2., 2.5])
    covering = [[0], [0, 1], [1, 2], [2, 3], [3, 4], [4]]
    for step, windows in zip(result.step_scores, covering):
        np.testing.assert_allclose(step, expected[windows].mean(0), atol=1e-5)


def test_scores_are_probabilities(manet, frames_of):
    cfg, checkpoint = manet

    def infer(**changes):
        cfg.model.cls_head.update(changes)
        return MicroActionInferencer(cfg, checkpoint)(frames_of(20)).scores

    expected = infer()
    assert expected.sum() == pytest.approx(1, abs=1e-5)
    for mode in ('score', None):  # one view: all means are alike
        assert infer(average_clips=mode) == pytest.approx(expected, abs=1e-6)
    several = infer(average_clips='sigmoid', multi_class=True)
    assert several.sum() > 1.5 and 0 <= several.min() <= several.max() <= 1


@pytest.mark.parametrize('match, change', [
    ('none.py', dict(model='none.py')),
    ('no.pth does not exist', dict(weights='no.pth')),
    ('cannot be read as a checkpoint', dict(weights='junk.pth')),
    ('of another model', dict(model=TSN)),
    ('did you mean manet_r50_ma52', dict(model='manet_r50_ma52s')),
    ('has no setting modle; did you mean model',
     dict(cfg_options={'modle.x': 1})),
    ('window must be positive', dict(window=-1.)),
    ('stay <= threshold', dict(stay=.5, threshold=.4)),
    ('batch_size must be', dict(batch_size=0)),
    ("no device 'cuda:77'", dict(device='cuda:77')),
    ("no device 'tpux'", dict(device='tpux')),
])
def test_bad_settings(manet, tmp_path, monkeypatch, match, change):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'junk.pth').write_bytes(b'junk')
    given = dict(zip(('model', 'weights'), manet))
    with pytest.raises((ValueError, FileNotFoundError), match=match):
        MicroActionInferencer(**{**given, **change})


def test_as_users_of_the_host_expect_it(manet, frames_of):
    (cfg, checkpoint), frames = manet, frames_of(150)
    assert INFERENCERS.get('MicroActionInferencer') is MicroActionInferencer
    assert 'manet_r50_ma52' in MicroActionInferencer.list_models()
    before = cfg.pretty_text
    infer = INFERENCERS.build(
        dict(
            type='MicroActionInferencer',
            model=cfg,
            weights=checkpoint,
            device='cpu',
            cfg_options={'test_dataloader.batch_size': 3}))
    assert cfg.pretty_text == before
    assert infer.config.test_dataloader.batch_size == 3
    # Settings of a call are of that call alone.
    known = infer.settings
    result = infer(inputs=frames, window=1., threshold=.9, batch_size=2)
    assert result.settings['window'] == pytest.approx(1, abs=.1)
    assert result.settings['threshold'] == .9 and infer.settings is known
    np.testing.assert_array_equal(
        result.step_scores,
        MicroActionInferencer(cfg, checkpoint, window=1.)(frames).step_scores)
    with pytest.raises(ValueError, match='stay <= threshold'):
        infer(frames, stay=.5)
    with pytest.raises(TypeError, match='thresold'):
        infer(frames, thresold=.5)


def test_the_latest_checkpoint(manet, tmp_path):
    cfg, checkpoint = manet
    cfg.work_dir = str(tmp_path)
    with pytest.raises(FileNotFoundError, match='no checkpoint in'):
        MicroActionInferencer(cfg)
    (tmp_path / 'last_checkpoint').write_text(checkpoint)
    infer = MicroActionInferencer(cfg)
    assert infer.checkpoint == 'weights.pth'
    with pytest.raises(TypeError, match='file name or an array'):
        infer(7)


@pytest.mark.parametrize('kwargs', [{}, dict(window=1.)])
def test_the_readable_part_is_analysed(kwargs, manet, frames_of, encode,
                                       tmp_path):
    infer = MicroActionInferencer(*manet, **kwargs)
    path = tmp_path / 'clip.mkv'
    encode(path, frames_of(90), options=(('bf', '0'), ))
    with av.open(str(path)) as container:
        at, size = [(p.pos, p.size) for p in container.demux() if p.size][-1]
    data = path.read_bytes()
    path.write_bytes(data[:len(data) * 7 // 10])
    broken = infer(path)
    video = broken.video
    assert any('is truncated' in problem for problem in video.problems)
    assert 30 < video.num_frames < 80
    assert broken.step_ends[-1] == pytest.approx(video.duration)
    assert np.isfinite(broken.step_scores).all()
    assert infer.pipeline.peak_frames <= 32
    # A frame that is gone behind the last window's.
    path.write_bytes(data[:at + 12] + bytes(size - 12) + data[at + size:])
    problem, = infer(path).video.problems
    assert problem.startswith('1 of 90 frames cannot be decoded')
