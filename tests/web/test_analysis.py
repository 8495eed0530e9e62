# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from mmaction_microaction.outputs.outputs import OUTPUTS, Output
from mmaction_microaction.web import (Analyser, Limits, MovementAnalyser,
                                      Options, Stopped)
from mmaction_microaction.web import analysis as analysis_module
from mmaction_microaction.web.rendering import render, render_overview


@pytest.fixture
def analyse(inferencer, videos, tmp_path):

    def call(name='good.mp4', options=(), tell=lambda *_: None, **most):
        folder = tmp_path / 'results'
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        analyser = Analyser(inferencer, Limits(**most))
        return analyser(
            str(videos / name), str(folder), Options(*options), tell)

    return call


def test_every_output_is_made_also_of_an_overlay(analyse, inferencer, videos):
    shutil.copy(videos / 'good.mp4', videos / 'overlay.mp4')
    steps = []
    analysis = analyse('overlay.mp4', tell=lambda *step: steps.append(step))
    names = [os.path.basename(path) for path in analysis.files]
    assert not analysis.failures
    made = [x for out in OUTPUTS.values() for x in sorted(out.files)]
    assert names == [f'video-overlay_{x}' for x in ('all.zip', *made)]
    assert sorted(os.listdir(analysis.folder)) == sorted(names)
    assert analysis.find('overlay').endswith('/video-overlay_overlay.mp4')
    with ZipFile(analysis.files[0]) as archive:
        assert archive.namelist() == names[1:]
        assert archive.testzip() is None
    # Unpacked beside the video, the report finds it.
    assert './video-overlay.mp4' in Path(analysis.find('report')).read_text()
    result = analysis.result
    assert result.segments == inferencer(str(videos / 'good.mp4')).segments
    assert result.video.name == result.video.path == 'video-overlay.mp4'
    parts, texts = zip(*steps)
    assert list(parts) == sorted(parts) and 0 <= parts[0] and parts[-1] == 1
    assert 'Making overlay.mp4' in texts
    for path in analysis.files:  # nor do they tell where they were
        content = Path(path).read_bytes()
        assert content and str(videos).encode() not in content, path
        assert analysis.folder.encode() not in content, path


def test_options_are_for_one_run_and_what_the_operator_chose_stays(
        analyse, quick, inferencer, monkeypatch):
    """Also a share of the threshold, and less than visitors may ask for."""

    def settings_of(*options):
        return analyse(options=options).result.settings

    before = inferencer.settings
    expected = dict(threshold=.05, stay=.025, stride=.25, num_windows=3)
    assert settings_of(.05, .5, .25).items() >= expected.items()
    assert inferencer.settings is before
    default = settings_of()
    assert default.items() >= dict(threshold=.3, stay=.15).items()
    assert settings_of(.3, 0, 0) == default
    own = replace(before, threshold=.4, stay=.3, window=.4, stride=.05)
    monkeypatch.setattr(inferencer, 'settings', own)
    for threshold in (.8, .2):
        settings = settings_of(threshold)
        assert (settings['threshold'],
                settings['stay']) == (threshold,
                                      pytest.approx(.75 * threshold))
    expected = dict(threshold=.4, stay=.3, window=.4, stride=.05)
    assert settings_of().items() >= expected.items()
    assert settings_of(.4, .4, .05) == settings_of()


@pytest.mark.parametrize('options, text', [
    ((1.5, ), 'threshold 1.5'),
    ((None, 1., -2.), '-2'),
    ((None, None, .001), r'stride must be 0\.1 s or more .* got 0\.001'),
    ((None, float('nan')), 'window must be'),
])
def test_options_that_make_no_sense(analyse, options, text):
    with pytest.raises(ValueError, match=text):
        analyse(options=options)


@pytest.mark.parametrize('name, limits, text', [
    ('gone.mp4', {}, ' is no longer here'),
    ('empty.mp4', {}, ' is empty'),
    ('text.mp4', {}, ' is not a video'),
    ('huge.y4m', {}, ' is not a video'),
    ('sound.mp4', {}, ' has sound but no video'),
    ('good.mp4', dict(gigapixels=1e-6), r'has 0\.0 gigapixels .* takes 1e-06'),
    ('good.mp4', dict(megabytes=.001), 'takes 0.001 MB at most'),
    ('good.mp4', dict(minutes=.01), r'lasts 0\.0 minutes.* takes 0\.01 '),
])
def test_what_is_refused(analyse, videos, tmp_path, name, limits, text):
    before = os.listdir(videos)
    kind = FileNotFoundError if name == 'gone.mp4' else ValueError
    with pytest.raises(kind, match=rf'^{name}[^/\n]*{text}[^/\n]*$'):
        analyse(name, **limits)
    assert os.listdir(tmp_path / 'results') == []
    assert os.listdir(videos) == before


def test_outputs_come_from_the_table(analyse, quick, monkeypatch):

    def fail(job, path):
        raise ImportError('pip install it')

    monkeypatch.setitem(
        OUTPUTS, 'new',
        Output('new.txt', lambda job, path: Path(path).write_text('made')))
    monkeypatch.setitem(OUTPUTS, 'elan', Output('segments.eaf', fail))
    analysis = analyse()
    assert Path(analysis.find('new')).read_text() == 'made'
    assert analysis.failures == ['segments.eaf: pip install it']
    assert analysis.find('elan') is None and analysis.find('webvtt')


@pytest.mark.parametrize('when, least', [('Looking', 0), ('segments.vtt', 0),
                                         ('overlay.mp4', .8)])
def test_it_stops(analyse, tmp_path, when, least):

    def tell(done, text):
        if when in text and done > least:
            raise Stopped

    with pytest.raises(Stopped):
        analyse(tell=tell)
    left = os.listdir(tmp_path / 'results')
    assert not {'good.mp4', 'overlay.mp4'} & set(left)


def test_movement_without_a_model(videos, pose_file, tmp_path):
    folder = tmp_path / 'results'
    folder.mkdir()
    video = str(tmp_path / 'nose.mp4')  # as the pose is named
    shutil.copy(videos / 'good.mp4', video)
    steps = []
    analysis = MovementAnalyser(pose_file,
                                Limits())(video, str(folder), Options(),
                                          lambda *step: steps.append(step))
    assert not analysis.failures
    names = {os.path.basename(path) for path in analysis.files}
    assert {'nose_curves.png', 'nose_summary.json', 'nose_report.html',
            'nose_segments.eaf', 'nose_all.zip'} <= names  # yapf: disable
    assert analysis.result.dominant_part in ('upper limb', 'head-hand')
    assert analysis.find('overlay') and not analysis.find('frames')
    html = render_overview(analysis)
    assert 'Dominant part' in html and 'Most probable' not in html
    assert steps[-1][0] == 1
    assert 'scales' in render('segments', result=analysis.result)


def test_a_decoder_that_hangs_or_crashes(analyse, monkeypatch):
    """Does so in another process."""
    for broken, why in ((_hang, 'hung'), (_crash, 'crashed')):
        monkeypatch.setattr(analysis_module, '_TRIAL', -599.)
        monkeypatch.setattr(analysis_module, '_try_out', broken)
        with pytest.raises(ValueError, match=f'good.mp4: the decoder {why}'):
            analyse()


def test_a_stop_while_a_video_is_tried(analyse, monkeypatch):
    monkeypatch.setattr(analysis_module, '_try_out', _hang)

    def stop(done, text):
        assert (done, text) == (0, 'Reading the video')
        raise Stopped

    start = time.monotonic()
    with pytest.raises(Stopped):
        analyse(tell=stop)
    assert time.monotonic() - start < 50


def _hang(path, limits):
    time.sleep(60)


def _crash(path, limits):
    os.abort()


def test_two_at_once_are_as_one_alone(inferencer, videos, tmp_path):
    analyser, answers = Analyser(inferencer, Limits(jobs=2)), []

    def analyse(name):
        (tmp_path / name).mkdir()
        answers.append(
            analyser(
                str(videos / 'good.mp4'), str(tmp_path / name), Options(),
                lambda *_: None))

    threads = [threading.Thread(target=analyse, args=(x, )) for x in 'ab']
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = answers
    alone = inferencer(str(videos / 'good.mp4')).segments
    assert first.result.segments == second.result.segments == alone
    assert not first.failures + second.failures
    for path in first.files:
        if path.endswith(('.csv', '.png', '.vtt')):  # others have a date
            same = Path(second.folder, os.path.basename(path))
            assert same.read_bytes() == Path(path).read_bytes(), path
