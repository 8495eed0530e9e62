# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""OpenVideo and DecodeResized against the host's steps."""
import pickle
from argparse import Namespace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from torch.utils.data import DataLoader

from mmaction_microaction.compat import expand_to_host_steps
from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.utils.errors import run_tool
from mmaction_microaction.utils.video_writer import write_video


def _choose(results, indices):
    return dict(results, frame_inds=np.array(indices))


def choose(*indices):
    return partial(_choose, indices=indices)


def stock(sampling, **kwargs):
    return [
        dict(type='DecordInit'), sampling,
        dict(type='DecordDecode'),
        dict(dict(type='Resize', scale=(-1, 56)), **kwargs)
    ]


def ours(sampling, **kwargs):
    decode = dict(dict(type='DecodeResized', scale=(-1, 56)), **kwargs)
    return [dict(type='OpenVideo'), sampling, decode]


def compare(path, sampling, given=(), **kwargs):
    """Assert that the host's steps give the same, and return it."""
    results = []
    for steps in (stock(sampling, **kwargs), ours(sampling, **kwargs)):
        np.random.seed(0)
        info = dict(given, filename=str(path), start_index=0, fps=30.)
        results.append(Compose(steps)(info))
    expected, got = results
    assert expected.keys() == got.keys() and isinstance(got['imgs'], list)
    for key in expected.keys() - {'imgs'}:
        np.testing.assert_array_equal(expected[key], got[key])
        assert type(expected[key]) is type(got[key])
    for a, b in zip(expected['imgs'], got['imgs'], strict=True):
        assert a.shape == b.shape and b.dtype == np.uint8
        # The bit-equal values of this machine may differ on another one.
        assert np.abs(a.astype(int) - b).mean() <= 2
    return got


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """40 frames of a person, 96 x 112."""
    path = tmp_path_factory.mktemp('clips') / 'person.mp4'
    write_video(path, render_clip(9, 0, (96, 112), num_frames=40).frames)
    return path


SAMPLINGS = [
    dict(type='SpanSampleFrames', clip_len=32, frame_interval=2),
    dict(type='SampleWholeClip', max_frames=16),
    dict(type='SampleFrames', clip_len=4, num_clips=3, test_mode=True),
]


@pytest.mark.parametrize('sampling, kwargs', [
    *((x, {}) for x in SAMPLINGS),
    (dict(type='SampleFrames', clip_len=4, num_clips=2, target_fps=15), {}),
    (choose(30, 2, 39, 2, 2, 0), {}),
    *((choose(3, 20), x) for x in (
        dict(scale=(-1, 96)),
        dict(scale=(-1, 200)),
        dict(scale=0.5),
        dict(scale=(100, 64)),
        dict(scale=(40, 30), keep_ratio=False),
        dict(interpolation='area'),
    )),
])
def test_same_as_stock(clip, sampling, kwargs):
    compare(clip, sampling, **kwargs)


def test_real_clips(shared_data):
    clips = sorted((shared_data / 'real_clips').glob('*.mp4'))
    assert len(clips) >= 5
    for path in clips:
        for sampling in SAMPLINGS:
            compare(path, sampling, scale=(-1, 256))


def test_boxes_follow_and_repeated_frames_are_two(clip):
    boxes = dict(
        gt_bboxes=np.array([[.1, .2, .5, .9]]),
        proposals=np.array([[0, 0, 1, 1], [.5, .5, .6, .8]]))
    got = compare(clip, choose(5, 5), given=boxes)
    assert got['gt_bboxes'][0, 3] == pytest.approx(.9 * 65, abs=1)
    # Steps that work in place must not meet a frame twice.
    assert not np.shares_memory(*got['imgs'])


def test_through_a_file_client(clip):
    opening = TRANSFORMS.build(dict(type='OpenVideo', io_backend='petrel'))
    files = {'bucket/person.mp4': clip.read_bytes()}
    opening.file_client = SimpleNamespace(get=files.__getitem__)
    steps = [opening, *ours(choose(4, 30))[1:]]
    got = Compose(steps)(dict(filename='bucket/person.mp4'))['imgs']
    expected = compare(clip, choose(4, 30))['imgs']
    np.testing.assert_array_equal(got, expected)


def test_pickles_and_runs_in_workers(clip):
    info, pipeline = dict(filename=str(clip)), Compose(ours(choose(0, 20)))
    expected = pipeline(dict(info))['imgs']
    # Whatever it keeps must still be pickled.
    pipeline = pickle.loads(pickle.dumps(pipeline))
    loader = DataLoader([info] * 4, None, num_workers=2, collate_fn=pipeline)
    found = [results['imgs'] for results in loader]
    np.testing.assert_array_equal(found, [expected] * 4)


def test_errors(bad_clips, good_clip, tmp_path):
    run = Compose(ours(choose(0, 99)))
    for path in (*bad_clips.values(), good_clip):
        with pytest.raises(RuntimeError, match='tools/data/check_') as error:
            run(dict(filename=str(path)))
        assert str(error.value).startswith(str(path))
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        run(dict(filename=str(tmp_path / 'none')))
    steps = [stock(None)[0], *ours(choose(0))[1:]]
    with pytest.raises(TypeError, match='put OpenVideo in place of'):
        Compose(steps)(dict(filename=str(good_clip)))


def test_a_damaged_clip_in_a_worker_is_one_line(bad_clips, capsys):
    path = str(next(iter(bad_clips.values())))
    loader = DataLoader([dict(filename=path)],
                        None,
                        num_workers=1,
                        collate_fn=Compose(ours(choose(0))))
    assert run_tool(lambda args: len([*loader]), Namespace()) == 2
    line, = capsys.readouterr().err.splitlines()
    assert f'error: {path} is ' in line


def test_the_same_in_the_hosts_steps():
    flip = dict(type='Flip', flip_ratio=1)
    steps, host = [*ours(flip), flip], [*stock(flip), flip]
    assert expand_to_host_steps(steps) == host
    assert steps == [*ours(flip), flip]
    assert expand_to_host_steps(host) == host
