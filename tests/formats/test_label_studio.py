# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The form of a task is that of the docs, taken from Label Studio's pages
"Import pre-annotated data" and "TimelineLabels"."""
import json
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from mmaction_microaction.formats import (label_studio_config,
                                          read_label_studio,
                                          write_label_studio)
from mmaction_microaction.results import Segment
from mmaction_microaction.taxonomy import MA52


@pytest.fixture
def written(tmp_path):
    """A function that writes: the video, the prediction."""

    def write(result, **kwargs):
        path = tmp_path / 'a.json'
        write_label_studio(result, str(path), **kwargs)
        task, = json.loads(path.read_text())
        assert list(task) == ['data', 'predictions']
        return task['data']['video'], *task['predictions']

    return write


def test_a_task_is_that_of_the_docs(make_result, written, repo):
    page = (repo / 'docs' / 'formats.md').read_text()
    (example, ), = map(json.loads, re.findall('```json\n(.*?)```', page, re.S))
    result = make_result([Segment(31 / 25, 52 / 25, 9, .87)])
    video, prediction = written(result)
    assert example == dict(
        data=dict(video=video, fps=25.), predictions=[prediction])
    root = ElementTree.fromstring(label_studio_config(30000 / 1001))
    video, labels = root.find('Video'), root.find('TimelineLabels')
    region, = prediction['result']
    assert region['to_name'] == labels.get('toName') == video.get('name')
    assert region['from_name'] == labels.get('name')
    assert video.get('value') == '$' + next(iter(example['data']))
    assert root.tag == 'View' and video.get('frameRate') == '29.97'
    assert 'frameRate' not in label_studio_config()


def test_any_number_of_segments(make_result, segments, written):
    _, prediction = written(make_result(segments))
    results, scores = prediction['result'], [s.score for s in segments]
    assert len({result['id'] for result in results}) == len(segments)
    assert sorted(x['score'] for x in results) == sorted(scores)
    assert prediction['score'] == round(np.mean(scores), 4)
    result = make_result([], fps=0.)
    video, prediction = written(result, video_url='https://x.org/a.mp4')
    assert video == 'https://x.org/a.mp4'
    assert prediction['result'] == [] and prediction['score'] == 0


def test_labels_of_the_config(five):
    for taxonomy in (MA52, five):
        root = ElementTree.fromstring(label_studio_config(taxonomy=taxonomy))
        found = [(x.get('value'), x.get('background'))
                 for x in root.iter('Label')]
        assert found == [(x.name, taxonomy.colours[x.group])
                         for x in taxonomy.labels]


@pytest.mark.parametrize('fps', [25., 30000 / 1001, 12.5])
def test_ranges_hold_the_frames_of_the_segment(make_result, written, fps):
    """Frame f (from 0) is f + 1 there, the end belongs to the range, and no
    frame is outside the video."""
    frames = [(0, 1), (7, 9), (0, 250), (249, 250), (249.98, 255), (0, .02)]
    segments = [Segment(a / fps, b / fps, 0) for a, b in frames]
    _, prediction = written(make_result(segments, fps=fps))
    found = [x['value']['ranges'] for x in prediction['result']]
    assert sorted((x['start'], x['end']) for x, in found) == [(1, 1), (1, 1),
                                                              (1, 250), (8, 9),
                                                              (250, 250),
                                                              (250, 250)]


def test_hostile_names(make_result, segments, written, hostile_name):
    video, _ = written(make_result(segments, hostile_name))
    path = video.split('?d=')[1]
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


@pytest.mark.parametrize('labels, text', [
    ([], "frames 1 to 9: '' is not a micro-action"),
    (None, "frames 1 to 9: '' is not a micro-action"),
    (['nodding', 'winking'], "frames 1 to 9: 'winking' is not a micro-action"),
])
def test_labels_that_are_none(labels, text, tmp_path):
    value = dict(ranges=[dict(start=1, end=9)], timelinelabels=labels)
    found = dict(result=[dict(value=value)])
    task = dict(data=dict(fps=25), annotations=[found])
    (tmp_path / 'a.json').write_text(json.dumps([task]))
    with pytest.raises(ValueError, match=text):
        read_label_studio(str(tmp_path / 'a.json'))
