# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the soak of the page sends, and what it takes for a wrong answer."""
import random
from collections import Counter
from unittest import mock

import pytest

from benchmarks import page_soak
from benchmarks.page_soak import Upload, check, files_in, make_uploads
from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.pose import read_pose_file

UPLOAD = Upload('good', 'a.mp4', b'', '', 9)


@pytest.fixture(scope='module')
def uploads(tmp_path_factory):
    folder = tmp_path_factory.mktemp('good')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_soak, 'FILES', 3)
        good = page_soak.make_good(folder)
        for upload in good:
            video = folder / upload.name
            entry, = read_pose_file(str(video.with_suffix('.pkl')))
            assert len(VideoFile(video)) == upload.frames
            assert entry['keypoint'].shape[1] == upload.frames
        work = tmp_path_factory.mktemp('work')
        return make_uploads(good, work, '/root', 50, random.Random(0))


def test_uploads(uploads):
    assert Counter(x.kind for x in uploads) == dict(
        good=32, damaged=10, hostile=5, cancelled=3)
    good = [x for x in uploads if x.kind == 'good']
    assert len({x.frames for x in good}) == 3
    assert any(x == y for x, y in zip(good, good[1:]))  # at the same time
    names = {x.name for x in uploads if x.kind == 'hostile'}
    assert any('<' in x for x in names) and any('../' in x for x in names)


@pytest.mark.parametrize('status, name, frames, how', [
    ('', 'a.mp4', 9, 'answered'),
    ('', 'b.mp4', 9, 'wrong: result of b.mp4'),
    ('', 'a.mp4', 8, 'wrong: result of a.mp4'),
    ('<b>No result.</b> empty', '', 0, 'wrong: No result. empty'),
    ('Something went wrong', '', 0, 'wrong: internal error'),
    ('<img src=x onerror=y>', 'a.mp4', 9, 'wrong: HTML of a name'),
])
def test_answers(status, name, frames, how):
    files = [dict(path='x/a_predictions.json')] if name else None
    visitor = mock.Mock()
    visitor.ask.return_value = [status, {}, f'a.mp4 {name}', None, '', files]
    visitor.fetch.return_value.json.return_value = dict(
        video=dict(name=name, num_frames=frames))
    assert check(visitor, UPLOAD) == how


def test_refusals_are_right_for_others():
    visitor = mock.Mock()
    visitor.ask.return_value = ['No result.', {}, '', None, '', None]
    assert check(visitor, UPLOAD._replace(kind='damaged')) == 'refused'
    visitor.ask.return_value = None
    hostile = UPLOAD._replace(kind='hostile')
    assert check(visitor, hostile) == 'wrong: no answer'
    assert 'refused' in check(visitor, hostile._replace(path='/etc/passwd'))
    assert check(visitor, UPLOAD._replace(kind='cancelled')) == 'left'


def test_files_with_content_are_what_is_left(tmp_path):
    for folder in ('samples', 'x'):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'a.mp4').write_bytes(b'0')
        (tmp_path / folder / 'empty').touch()
    assert files_in(tmp_path) == [str(tmp_path / 'x' / 'a.mp4')]
