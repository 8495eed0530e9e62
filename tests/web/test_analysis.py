# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil
from pathlib import Path

import pytest

from mmaction_microaction.outputs.outputs import OUTPUTS, Output
from mmaction_microaction.web import Analyser, Limits, Options, Stopped


@pytest.fixture
def analyse(inferencer, videos, tmp_path):

    def call(name='good.mp4', options=Options(), tell=lambda *_: None, **most):
        folder = tmp_path / 'results'
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        analyser = Analyser(inferencer, Limits(**most))
        return analyser(str(videos / name), str(folder), options, tell)

    return call


@pytest.fixture
def settings_of(analyse, quick):
    """A function: what a visitor sets -> what the result was made with."""
    return lambda *options: analyse(options=Options(*options)).result.settings


def test_every_output_is_made_also_of_an_overlay(analyse, inferencer, videos):
    shutil.copy(videos / 'good.mp4', videos / 'overlay.mp4')
    steps = []
    analysis = analyse('overlay.mp4', tell=lambda *step: steps.append(step))
    names = [os.path.basename(path) for path in analysis.files]
    assert not analysis.failures
    assert names == [x for out in OUTPUTS.values() for x in sorted(out.files)]
    assert sorted(os.listdir(analysis.folder)) == sorted(names)
    assert analysis.find('overlay').endswith('overlay.mp4')
    result = analysis.result
    assert result.segments == inferencer(str(videos / 'good.mp4')).segments
    assert result.video.name == result.video.path == 'video-overlay.mp4'
    parts = [done for done, _ in steps]
    assert parts == sorted(parts) and 0 <= parts[0] and parts[-1] == 1
    assert {text for _, text in steps} > {'Making overlay.mp4'}
    for path in analysis.files:  # nor do they tell where they were
        content = Path(path).read_bytes()
        assert content and str(videos).encode() not in content, path
        assert analysis.folder.encode() not in content, path


def test_options_are_for_one_run(settings_of, inferencer):
    before = dict(inferencer.merging)
    expected = dict(threshold=.05, stay=.025, stride=.25, num_windows=3)
    assert settings_of(.05, .5, .25).items() >= expected.items()
    assert inferencer.merging == before and inferencer.window is None
    default = settings_of()
    assert default.items() >= dict(threshold=.3, stay=.15).items()
    assert settings_of(.3, 0, 0) == default


def test_what_the_operator_chose_stays(settings_of, inferencer, monkeypatch):
    """Also a share of the threshold, and less than visitors may ask for."""
    own = dict(inferencer.merging, threshold=.4, stay=.3)
    monkeypatch.setattr(inferencer, 'merging', own)
    for threshold in (None, .4, .8, .2):
        settings, asked = settings_of(threshold), threshold or .4
        assert settings['threshold'] == asked
        assert settings['stay'] == pytest.approx(.75 * asked)
    monkeypatch.setattr(inferencer, 'window', .4)
    monkeypatch.setattr(inferencer, 'stride', .05)
    default = settings_of()
    assert default['window'] == .4 and default['stride'] == .05
    assert settings_of(.4, .4, .05) == default


@pytest.mark.parametrize('options, text', [
    (Options(threshold=1.5), 'threshold 1.5'),
    (Options(window=1., stride=-2.), '-2'),
    (Options(stride=.001), r'stride must be 0\.1 s or more .* got 0\.001'),
    (Options(window=float('nan')), 'window must be'),
])
def test_options_that_make_no_sense(analyse, options, text):
    with pytest.raises(ValueError, match=text):
        analyse(options=options)


@pytest.mark.parametrize('name, limits, text', [
    ('gone.mp4', {}, ' is no longer here'),
    ('empty.mp4', {}, ' is empty'),
    ('text.mp4', {}, ' is not a video'),
    ('sound.mp4', {}, ' has sound alone'),
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

    def write(job, path):
        Path(path).write_text(job.result.video.name)

    def fail(job, path):
        raise ImportError('pip install it')

    monkeypatch.setitem(OUTPUTS, 'new', Output('new.txt', write))
    monkeypatch.setitem(OUTPUTS, 'elan', Output('segments.eaf', fail))
    analysis = analyse()
    assert Path(analysis.find('new')).read_text() == 'good.mp4'
    assert analysis.failures == ['segments.eaf: pip install it']
    assert analysis.find('elan') is None and analysis.find('webvtt')


@pytest.mark.parametrize('when', ['Looking', 'segments.vtt', 'overlay.mp4'])
def test_it_stops(analyse, tmp_path, when):

    def tell(done, text):
        if when in text:
            raise Stopped

    with pytest.raises(Stopped):
        analyse(tell=tell)
    left = os.listdir(tmp_path / 'results')
    assert not {'good.mp4', 'overlay.mp4'} & set(left)
