# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The form of an imported task, written down from Label Studio's pages
"Import pre-annotated data" and "TimelineLabels"."""
import json
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
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


def test_tasks_and_their_config(make_result, segments, written):
    data, prediction = written(make_result(segments))
    assert data == dict(video='/data/local-files/?d=interview.mp4')
    assert prediction['model_version'] == 'manet_r50_ma52'
    results, scores = prediction['result'], [s.score for s in segments]
    assert len({result['id'] for result in results}) == len(segments)
    assert sorted(x['score'] for x in results) == sorted(scores)
    assert prediction['score'] == pytest.approx(np.mean(scores))
    root = ElementTree.fromstring(label_studio_config(30000 / 1001))
    video, labels = root.find('Video'), root.find('TimelineLabels')
    assert root.tag == 'View' and video.get('frameRate') == '29.97'
    assert 'frameRate' not in label_studio_config()
    assert labels.get('toName') == video.get('name')
    assert video.get('value') == '$' + next(iter(data))
    assert {(x['from_name'], x['to_name'])
            for x in results} == {(labels.get('name'), video.get('name'))}


@pytest.mark.parametrize('own', [False, True])
def test_labels_of_the_config(own, five):
    taxonomy = five if own else MA52
    root = ElementTree.fromstring(label_studio_config(taxonomy=taxonomy))
    found = [(x.get('value'), x.get('background')) for x in root.iter('Label')]
    assert found == [(x.name, taxonomy.colours[x.group])
                     for x in taxonomy.labels]


@pytest.mark.parametrize('fps', [25., 30000 / 1001, 12.5])
def test_ranges_hold_the_frames_of_the_segment(make_result, written, fps):
    """Frame f (from 0) is f + 1 there, the end belongs to the range, and no
    frame is outside the video."""
    frames = [(0, 1), (7, 9), (0, 250), (249, 250), (249.98, 255), (0, .02)]
    segments = [
        Segment(a / fps, b / fps, i) for i, (a, b) in enumerate(frames)
    ]
    _, prediction = written(make_result(segments, fps=fps))
    found = [
        tuple(x['value']['ranges'][0].values()) for x in prediction['result']
    ]
    assert sorted(found) == [(1, 1), (1, 1), (1, 250), (8, 9), (250, 250),
                             (250, 250)]


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


def test_the_example_of_the_docs(repo):
    jsonschema = pytest.importorskip('jsonschema')
    page = (repo / 'docs' / 'formats.md').read_text()
    block, = re.findall('```json\n(.*?)```', page, re.S)
    jsonschema.validate(json.loads(block), TASKS)
