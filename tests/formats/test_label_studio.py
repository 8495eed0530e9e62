# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The form of an imported task, written down from Label Studio's pages
"Import pre-annotated data" and "TimelineLabels"."""
import json
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from mmaction_microaction.formats import (label_studio_config,
                                          write_label_studio)
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52


def an_object(required, **properties):
    return dict(
        type='object',
        required=required.split(),
        additionalProperties=False,
        properties=properties)


def a_list(items, **limits):
    return dict(type='array', items=items, **limits)


TEXT, ONE = dict(type='string', minLength=1), dict(minItems=1, maxItems=1)
FRAME, SCORE = dict(type='integer', minimum=1), dict(type='number', minimum=0)
VALUE = an_object(
    'ranges timelinelabels',  # one range per region
    ranges=a_list(an_object('start end', start=FRAME, end=FRAME), **ONE),
    timelinelabels=a_list(dict(enum=list(MA52.names)), **ONE))
RESULT = an_object(
    'from_name to_name type value',
    id=dict(type='string', pattern='^[A-Za-z0-9_-]+$'),
    from_name=TEXT,
    to_name=TEXT,
    type=dict(const='timelinelabels'),
    score=dict(SCORE, maximum=1),
    value=VALUE)
PREDICTION = an_object(
    'result', model_version=TEXT, score=SCORE, result=a_list(RESULT))
TASKS = a_list(
    an_object(
        'data predictions',
        data=dict(
            type='object', required=['video'], properties=dict(video=TEXT)),
        predictions=a_list(PREDICTION)))


@pytest.fixture
def written(tmp_path):
    """A function that writes and validates."""
    jsonschema = pytest.importorskip('jsonschema')

    def write(result, **kwargs):
        path = tmp_path / 'a.json'
        write_label_studio(result, str(path), **kwargs)
        tasks = json.loads(path.read_text())
        jsonschema.validate(tasks, TASKS)
        task, = tasks
        return task['data'], *task['predictions']

    return write


def test_valid(make_result, segments, written):
    data, prediction = written(make_result(segments))
    assert data == dict(video='/data/local-files/?d=interview.mp4')
    assert prediction['model_version'] == 'manet_r50_ma52'
    results = prediction['result']
    assert len({result['id'] for result in results}) == len(segments)
    assert sorted(result['score']
                  for result in results) == sorted(s.score for s in segments)
    assert prediction['score'] == pytest.approx(
        sum(s.score for s in segments) / len(segments))


@pytest.mark.parametrize('fps', [25., 30000 / 1001, 12.5])
def test_ranges_hold_the_frames_of_the_segment(make_result, written, fps):
    """Frame f (from 0) is f + 1 there, and the end belongs to the range."""
    segments = [
        Segment(first / fps, behind / fps, 9)
        for first, behind in ((0, 1), (0, 250), (7, 9), (249, 250))
    ]
    _, prediction = written(make_result(segments, fps=fps))
    found = {(r['start'], r['end'])
             for result in prediction['result']
             for r in result['value']['ranges']}
    assert found == {(1, 1), (1, 250), (8, 9), (250, 250)}


def test_no_frame_outside_the_video(make_result, written):
    segments = [Segment(9.999, 10.2, 0), Segment(0., 0.001, 1)]
    _, prediction = written(make_result(segments))
    assert [
        tuple(result['value']['ranges'][0].values())
        for result in prediction['result']
    ] == [(1, 1), (250, 250)]


def test_no_segments(make_result, written):
    data, prediction = written(
        make_result([], fps=0.), video_url='https://x.org/a.mp4')
    assert data == dict(video='https://x.org/a.mp4')
    assert prediction['result'] == [] and prediction['score'] == 0


def test_hostile_names(make_result, segments, written, hostile_name):
    data, _ = written(make_result(segments, hostile_name))
    path = data['video'].split('?d=')[1]
    assert unquote(path, errors='surrogateescape') == hostile_name
    assert not set('<>&"\'\n ') & set(path)


@pytest.mark.parametrize('fps', [0., -1., float('nan'), float('inf')])
def test_no_frame_rate(make_result, segments, tmp_path, fps):
    result = make_result(segments)
    object.__setattr__(result.video, 'fps', fps)
    with pytest.raises(ValueError, match='frame rate must be'):
        write_label_studio(result, str(tmp_path / 'a.json'))
    with pytest.raises(ValueError, match='frame rate must be'):
        label_studio_config(fps)
    assert not list(tmp_path.iterdir())


def test_config_of_another_taxonomy(five):
    labels = ElementTree.fromstring(label_studio_config(taxonomy=five))
    found = [(x.get('value'), x.get('background'))
             for x in labels.iter('Label')]
    assert found == [(x.name, five.colours[x.group]) for x in five.labels]


def test_config_fits_the_tasks(make_result, segments, written):
    root = ElementTree.fromstring(label_studio_config(30000 / 1001))
    video, labels = root.find('Video'), root.find('TimelineLabels')
    assert root.tag == 'View' and video.get('frameRate') == '29.97'
    assert labels.get('toName') == video.get('name')
    data, prediction = written(make_result(segments))
    assert video.get('value') == '$' + next(iter(data))
    for result in prediction['result']:
        assert result['from_name'] == labels.get('name')
        assert result['to_name'] == video.get('name')
    found = [(x.get('value'), x.get('background'))
             for x in labels.findall('Label')]
    assert [name for name, _ in found] == list(MA52.names)
    assert len({(a.group, colour)
                for a, (_, colour) in zip(MA52.labels, found)}) == 7
    assert 'frameRate' not in label_studio_config()


def test_the_example_of_the_docs(repo):
    jsonschema = pytest.importorskip('jsonschema')
    page = (repo / 'docs' / 'formats.md').read_text()
    block, = re.findall('```json\n(.*?)```', page, re.S)
    jsonschema.validate(json.loads(block), TASKS)
