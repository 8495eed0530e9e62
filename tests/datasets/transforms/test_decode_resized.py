# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""OpenVideo and DecodeResized against the host's steps."""
import pickle

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from torch.utils.data import DataLoader

from mmaction_microaction.compat import expand_to_host_steps
from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.utils.video import VideoReader
from mmaction_microaction.utils.video_writer import write_video

FORMAT = [
    dict(type='CenterCrop', crop_size=48),
    dict(type='Flip', flip_ratio=1),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'original_shape'))
]


class Choose:
    """Samples given frames."""

    def __init__(self, *indices):
        self.indices = indices

    def __call__(self, results):
        return dict(results, frame_inds=np.array(self.indices))


def stock(sampling, **kwargs):
    resize = dict(dict(type='Resize', scale=(-1, 56)), **kwargs)
    return [
        dict(type='MicroActionDecordInit'), sampling,
        dict(type='MicroActionDecordDecode'), resize
    ]


def ours(sampling, **kwargs):
    decode = dict(dict(type='DecodeResized', scale=(-1, 56)), **kwargs)
    return [dict(type='OpenVideo'), sampling, decode]


def both(path, sampling, behind=(), scale=(-1, 56), given=None, **kwargs):
    """The results of both ways, with the same chances."""
    results = []
    for make in (stock, ours):
        np.random.seed(0)
        info = dict(dict(start_index=0, fps=30.), **(given or {}))
        steps = make(sampling, scale=scale, **kwargs) + list(behind)
        results.append(Compose(steps)(dict(info, filename=str(path))))
    return results


def assert_same(expected, got):
    assert expected.keys() == got.keys()
    for key in expected.keys() - {'imgs'}:
        np.testing.assert_array_equal(expected[key], got[key])
        assert type(expected[key]) is type(got[key])
    assert isinstance(got['imgs'], list)
    assert len(expected['imgs']) == len(got['imgs'])
    for a, b in zip(expected['imgs'], got['imgs']):
        assert a.shape == b.shape and b.dtype == np.uint8
        # The bit-equal values of this machine may differ on another one.
        assert np.abs(a.astype(int) - b).mean() <= 2


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """40 frames of a person, 96 x 112."""
    path = tmp_path_factory.mktemp('clips') / 'person.mp4'
    write_video(path, render_clip(9, 0, (96, 112), num_frames=40).frames)
    return path


SAMPLINGS = dict(
    eight=dict(type='SampleFrames', clip_len=1, num_clips=8),
    span=dict(type='SpanSampleFrames', clip_len=32, frame_interval=2),
    whole=dict(type='SampleWholeClip', max_frames=16),
    test=dict(type='SampleFrames', clip_len=4, num_clips=3, test_mode=True),
    rate=dict(type='SampleFrames', clip_len=4, num_clips=2, target_fps=15),
    unordered=Choose(30, 2, 39, 2, 2, 0),
)


@pytest.mark.parametrize('sampling', SAMPLINGS)
def test_same_as_stock(clip, sampling):
    assert_same(*both(clip, SAMPLINGS[sampling]))


@pytest.mark.parametrize('kwargs', [
    dict(scale=(-1, 96)),
    dict(scale=(-1, 200)),
    dict(scale=0.5),
    dict(scale=(100, 64)),
    dict(scale=(40, 30), keep_ratio=False),
    dict(interpolation='area'),
    dict(behind=[dict(type='Resize', scale=(-1, 56))]),
])
def test_same_at_every_scale(clip, kwargs):
    assert_same(*both(clip, Choose(3, 20), **kwargs))


@pytest.mark.parametrize('sampling', ['eight', 'span', 'whole'])
def test_real_clips(shared_data, sampling):
    clips = sorted((shared_data / 'real_clips').glob('*.mp4'))
    assert len(clips) >= 5
    for path in clips:
        assert_same(*both(path, SAMPLINGS[sampling], scale=(-1, 256)))


def test_equal_to_the_bit(clip, tmp_path):
    path = tmp_path / 'one.mp4'
    write_video(path, [np.full((64, 96, 3), 99, np.uint8)])
    assert_same(*both(path, Choose(0, 0, 0)))
    expected, got = both(clip, Choose(*range(40)))
    if not np.array_equal(expected['imgs'], got['imgs']):
        pytest.skip('another FFmpeg or processor than it was compared with')


def test_boxes_follow(clip):
    boxes = dict(
        gt_bboxes=np.array([[.1, .2, .5, .9]]),
        proposals=np.array([[0, 0, 1, 1], [.5, .5, .6, .8]]))
    expected, got = both(clip, Choose(1), given=boxes)
    assert_same(expected, got)
    assert got['gt_bboxes'][0, 3] == pytest.approx(.9 * 65, abs=1)


def test_rest_of_the_pipeline(clip):
    given = dict(modality='RGB', num_clips=3, clip_len=1)
    expected, got = both(clip, Choose(5, 5, 9), FORMAT, given=given)
    assert got['inputs'].shape == (3, 3, 48, 48)
    assert (expected['inputs'].int() - got['inputs']).abs().max() <= 8
    assert (got['inputs'][0] == got['inputs'][1]).all()
    assert got['data_samples'].original_shape == (112, 96)


def test_through_a_file_client(clip):

    class Client:
        """Keeps files elsewhere than on the disk."""

        def get(self, path):
            assert path == 'bucket/person.mp4'
            return clip.read_bytes()

    opening = TRANSFORMS.build(dict(type='OpenVideo', io_backend='petrel'))
    opening.file_client = Client()
    decode = TRANSFORMS.build(ours(None)[2])
    given = opening(dict(filename='bucket/person.mp4'))
    got = decode(Choose(4, 30)(given))
    expected = Compose(ours(Choose(4, 30)))(dict(filename=str(clip)))
    np.testing.assert_array_equal(got['imgs'], expected['imgs'])


class Clips:
    """A data set of one clip, in many places."""

    def __init__(self, path):
        self.path, self.pipeline = str(path), Compose(
            ours(Choose(0, 20)) + FORMAT[2:])

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return self.pipeline(
            dict(filename=self.path, num_clips=2, clip_len=1))['inputs']


def test_pickles_and_runs_in_workers(clip):
    data = Clips(clip)
    data[0]  # whatever it keeps must still be pickled
    data = pickle.loads(pickle.dumps(data))
    batches = list(DataLoader(data, batch_size=3, num_workers=2))
    assert [b.shape for b in batches] == [(3, 2, 3, 65, 56)] * 2
    assert all((clip_ == data[0]).all() for b in batches for clip_ in b)


def test_keys_of_the_opening(clip):
    expected, got = (
        TRANSFORMS.build(make(None)[0])(dict(filename=str(clip)))
        for make in (stock, ours))
    assert expected.keys() == got.keys()
    assert isinstance(got['video_reader'], VideoReader)
    for key in ('total_frames', 'avg_fps'):
        assert expected[key] == got[key]
        assert type(expected[key]) is type(got[key])
    with pytest.raises(TypeError, match='put OpenVideo in place of'):
        Compose([stock(None)[0]] + ours(Choose(0))[1:])(
            dict(filename=str(clip)))


@pytest.mark.parametrize('make', [stock, ours])
def test_bad_files_are_named(make, bad_clips, good_clip, tmp_path):
    for path in bad_clips.values():
        with pytest.raises(RuntimeError, match='tools/data/check_') as error:
            Compose(make(Choose(0)))(dict(filename=str(path)))
        assert str(error.value).startswith(str(path))
    with pytest.raises(RuntimeError, match='good.mp4'):
        Compose(make(Choose(0, 99)))(dict(filename=str(good_clip)))
    name = 'none' if make is ours else 'none.mp4'
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        Compose(make(Choose(0)))(dict(filename=str(tmp_path / name)))


def test_the_same_in_the_hosts_steps():
    steps = [
        dict(type='OpenVideo', num_threads=2),
        dict(type='SampleFrames', clip_len=1),
        dict(type='DecodeResized', scale=(-1, 64)), *FORMAT
    ]
    before = [dict(step) for step in steps]
    host = expand_to_host_steps(steps)
    assert steps == before
    assert host == [
        dict(type='DecordInit', num_threads=2),
        dict(type='SampleFrames', clip_len=1),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, 64)), *FORMAT
    ]
    assert expand_to_host_steps(host) == host
