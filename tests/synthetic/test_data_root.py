# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What all generators of data roots promise."""
import pickle
from contextlib import closing
from functools import partial

import decord
import numpy as np
import pytest

from mmaction_microaction.pose import check_entry
from mmaction_microaction.synthetic import (generate_casme2, generate_emotion,
                                            generate_ma52, generate_mma52,
                                            generate_mma52_sessions,
                                            generate_sessions)
from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.data_root import Job, make_video
from mmaction_microaction.synthetic.scene import Part
from mmaction_microaction.utils.video_reader import VideoReader

SMALL = dict(size=(32, 40), subjects=(3, 2, 2))
WAVING = dict(SMALL, classes=['waving'])
TINY = {
    generate_ma52:
    dict(WAVING, clips_per_class=2, num_frames=(8, 10)),
    generate_mma52:
    dict(WAVING, num_train=2, num_val=1, num_test=1, duration=(1., 1.5)),
    generate_emotion:
    dict(SMALL, clips_per_emotion=1, num_frames=(8, 10)),
    generate_casme2:
    dict(subjects=1, clips_per_emotion=1, size=32, num_frames=(8, 9)),
}
MARKS = ('pose_test.pkl', 'pose_test.pkl', 'rule.json', 'sample_data.json')


def read(path):
    """What a file holds, which can be stored in more than one way."""
    if path.suffix == '.mp4':
        return decord.VideoReader(str(path))[:].asnumpy()
    if path.suffix == '.pkl':
        return pickle.loads(path.read_bytes())
    return path.read_bytes() if path.suffix != '.xlsx' else None


def contents(root):
    files = (path for path in root.rglob('*') if path.is_file())
    return {str(path.relative_to(root)): read(path) for path in files}


@pytest.mark.parametrize('generate, mark', zip(TINY, MARKS))
def test_seed_workers_and_a_full_folder(generate, mark, tmp_path):
    root, two = tmp_path / 'root', tmp_path / 'two'
    make = partial(generate, **TINY[generate])
    assert make(root) == root
    before = contents(root)
    # A process takes seconds.
    two = contents(make(two, workers=2 if generate is generate_ma52 else 1))
    for name in before:
        if name.endswith('.mp4'):
            change = before[name] - two[name].astype(int)
            assert np.abs(change).mean() < 1  # as x264 is free to do
            two[name] = before[name]
    np.testing.assert_equal(two, before)
    with pytest.raises(FileExistsError, match='--overwrite'):
        make(root)
    assert contents(root).keys() == before.keys()
    (root / 'notes.txt').write_text('mine')
    make(root, overwrite=True, seed=1)
    after = contents(root)
    assert after['notes.txt'] == b'mine'
    assert any(value != after.get(name) for name, value in before.items()
               if name.endswith(('.txt', '.csv', '.json')))
    # The real data set has no such mark.
    (root / mark).unlink()
    with pytest.raises(FileExistsError, match='real data set'):
        make(root, overwrite=True)
    assert contents(root).keys() == after.keys() - {mark}


@pytest.mark.parametrize('generate, message, change', [
    (generate_ma52, 'even', dict(size=(33, 40))),
    (generate_ma52, 'even', dict(size=(64, 81))),
    (generate_ma52, 'decord misreads', dict(size=(48, 64))),
    (generate_ma52, 'appearance', dict(appearance='x')),
    (generate_ma52, 'workers', dict(workers=0)),
    (generate_ma52, 'subjects', dict(subjects=(3, 2))),
    (generate_ma52, 'subjects', dict(subjects=(3, 0, 2))),
    (generate_ma52, 'juggling', dict(classes=['juggling'])),
    (generate_ma52, 'classes', dict(classes=[])),
    (generate_ma52, 'clips_per_class', dict(val_clips_per_class=0)),
    (generate_ma52, 'num_frames', dict(num_frames=(30, 20))),
    (generate_mma52, 'num_val must be at least 1', dict(num_val=0)),
    (generate_mma52, 'duration', dict(duration=(5, 4))),
    (generate_mma52, 'max_overlap must be 1 to 5', dict(max_overlap=6)),
    (generate_mma52_sessions, 'rate must be', dict(rate=(0., 2.))),
    (generate_emotion, 'at least 1 clip', dict(clips_per_emotion=0)),
    (generate_emotion, 'own_share', dict(own_share=1.5)),
    (generate_emotion, 'num_frames', dict(num_frames=(30, 20))),
    (generate_casme2, 'subjects must be at least 1', dict(subjects=0)),
    (generate_casme2, 'at least 32 pixels', dict(size=16)),
    (generate_casme2, 'at least 8', dict(num_frames=(12, 9))),
    (generate_casme2, 'joy', dict(emotions=('joy', 'fear'))),
    (generate_casme2, 'one or more of', dict(emotions=('fear', ))),
    (generate_casme2, 'ugly', dict(appearance='ugly')),
    (generate_sessions, 'at least one', dict(rule={})),
    (generate_sessions, 'at least one', dict(rule=dict(x=[3]), subjects=0)),
])
def test_bad_arguments_write_nothing(generate, message, change, tmp_path):
    with pytest.raises(ValueError, match=message):
        generate(tmp_path / 'root', **{**TINY.get(generate, {}), **change})
    assert not any(tmp_path.iterdir())


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(FileExistsError, match='is a file'):
        generate_ma52(tmp_path / 'file', **TINY[generate_ma52])


SCENE = Part(19, 4, 20, 0), Part(19, 26, 42, 1)


@pytest.mark.parametrize('action', [19, SCENE], ids=['clip', 'scene'])
def test_the_pose_is_that_of_the_figure(tmp_path, action):
    """Both hands and shins have their colour in the video, frame by frame;
    beside them, and with the frames in another order, they have not."""
    path, seed = tmp_path / 'a.mp4', 3
    entry = make_video(Job(path, action, 0, seed, 48, (160, 192), 'easy'))
    with closing(VideoReader(str(path))) as reader:
        frames = np.array(reader.read(range(48), lambda x: x.copy()), int)
    points = entry['keypoint'][0]
    assert entry['keypoint_score'].all() and not check_entry(
        entry, 48, frames.shape[1:3])
    colours = Subject(seed, 'easy').colours

    def share(a, b, part, shift=0, order=1):
        middle = (points[::order, a] + points[::order, b]) / 2
        x, y = (middle + [shift, 0]).astype(int).T
        away = frames[range(48), y, x] - colours[part]
        return (np.linalg.norm(away, axis=-1) < 40).mean()

    hands, shins = ((4, 25), (7, 20)), ((9, 10), (12, 13))
    for ends in hands:
        assert share(*ends, 'skin') > .9 and share(*ends, 'skin', 16) < .5
    for ends in shins:
        assert share(*ends, 'trousers') > .9
        assert share(*ends, 'trousers', 16) < .5
    # One hand waves, in the scene the other one later on.
    assert min(share(*ends, 'skin', order=-1) for ends in hands) < .8
