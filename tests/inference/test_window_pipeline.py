# Copyright (c) mmaction-microaction contributors. All rights reserved.
import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose

from benchmarks.methods import METHODS
from mmaction_microaction.inference import (FrameArray, VideoFile,
                                            WindowPipeline, plan_windows)
from mmaction_microaction.inference.windows import Window

STOCK = [dict(type='DecordInit'), dict(type='DecordDecode')]
NEW = [dict(type='OpenVideo'), dict(type='DecodeResized', scale=(-1, 40))]
SPARSE = dict(type='SampleFrames', clip_len=1, num_clips=4, test_mode=True)
DENSE = dict(
    type='SpanSampleFrames',
    clip_len=8,
    frame_interval=2,
    num_clips=2,
    test_mode=True)
PACK = [dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs',
             meta_keys=('img_shape', 'clip_name', 'original_shape',
                        'frame_inds'))]  # yapf: disable
RESIZE = dict(type='Resize', scale=(-1, 40))
FLIP = dict(type='Flip', flip_ratio=1)  # writes into the pictures
CONFIGS = [
    Path(__file__).parents[2] / f'configs/{method}_ma52.py'
    for method in METHODS
]
CASES = dict(
    stock=[STOCK[0], SPARSE, STOCK[1], RESIZE],
    new=[NEW[0], SPARSE, NEW[1]],
    dense=[STOCK[0], DENSE, STOCK[1], RESIZE, FLIP],
    crops=[NEW[0], DENSE, NEW[1], dict(type='ThreeCrop', crop_size=40)],
    no_resize=[STOCK[0], SPARSE, STOCK[1],
               dict(type='CenterCrop', crop_size=32), FLIP],
    squeezed=[STOCK[0], SPARSE, STOCK[1],
              dict(type='Resize', scale=(30, 20), keep_ratio=False)],
)  # yapf: disable


@pytest.mark.parametrize('case', CASES)
def test_windows_are_packed_like_files(case, frames_of, lossless, tmp_path):
    steps = copy.deepcopy(CASES[case] + PACK)
    pipeline, stock = WindowPipeline(steps), Compose(steps)
    assert steps == CASES[case] + PACK
    one, = pipeline.run(FrameArray(frames_of(1)), [Window(0, 1 / 30, 0, 1)])
    assert not one['data_samples'].frame_inds.any()
    frames = frames_of(70)
    source = VideoFile(lossless(tmp_path / 'video.mkv', frames))
    plan = plan_windows(source.times, source.end, .7, .3)
    assert len(plan.windows) > 5
    packed = list(pipeline.run(source, plan.windows))
    for window, got in zip(plan.windows, packed, strict=True):
        path = lossless(tmp_path / 'window.mkv',
                        frames[window.first:window.first + window.num_frames])
        expected = stock(dict(filename=path, start_index=0, modality='RGB'))
        assert torch.equal(got['inputs'], expected['inputs'])
        samples = got['data_samples'], expected['data_samples']
        for key in ('img_shape', 'original_shape', 'frame_inds'):
            np.testing.assert_array_equal(*(s.get(key) for s in samples))
        assert samples[0].clip_name == 'video'


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
@pytest.mark.parametrize('count', [2, 70])  # decord wants two
def test_every_method_samples_as_from_a_file(path, count, frames_of, lossless,
                                             tmp_path):
    """Whole pipelines at full size, but of a small video."""
    steps = Config.fromfile(str(path)).test_dataloader.dataset.pipeline
    steps[-1].meta_keys = (*steps[-1].meta_keys, 'frame_inds')
    frames = frames_of(count)
    path = lossless(tmp_path / 'clip.mkv', frames)
    expected = Compose(steps)(
        dict(filename=path, start_index=0, clip_name='clip'))
    packed, = WindowPipeline(steps).run(
        FrameArray(frames), [Window(0, count / 30, 0, count)])
    assert torch.equal(packed['inputs'], expected['inputs'])
    np.testing.assert_array_equal(packed['data_samples'].frame_inds,
                                  expected['data_samples'].frame_inds)


def test_a_frame_that_is_lost_is_replaced_by_the_nearest(frames_of):
    steps = [NEW[0], dict(SPARSE, num_clips=10), NEW[1], *PACK]
    source = FrameArray(frames_of(10, 40, 40), fps=10)
    all_frames = list(source.frames())

    def run(*there):
        source.frames = lambda: (all_frames[i] for i in there)
        sample, = WindowPipeline(steps).run(source, [Window(0, 1, 0, 10)])
        return sample and sample['inputs']

    good = run(*range(10))
    order = [1, 1, 2, 3, 3, 5, 6, 7, 7, 7]
    assert torch.equal(run(1, 2, 3, 5, 6, 7), good[order])
    assert run(0, 1, 2, 3) is None


def test_frames_are_let_go(frames_of):
    pipeline = WindowPipeline(CASES['new'] + PACK)
    source = FrameArray(frames_of(300))
    for stride, count, most in ((1., 10, 4), (.1, 91, 30)):
        windows = plan_windows(source.times, source.end, 1., stride).windows
        assert len(list(pipeline.run(source, windows))) == count
        assert pipeline.peak_frames <= most


@pytest.mark.parametrize('steps', [
    [dict(type='RawFrameDecode')],
    [dict(type='PyAVInit'), SPARSE,
     dict(type='PyAVDecode')],
    [STOCK[1], SPARSE, STOCK[0]],
    [dict(type='LoadClipFeatures', root='x')],
])
def test_other_ways_of_reading_are_refused(steps):
    with pytest.raises(ValueError, match='must have one of'):
        WindowPipeline([*steps, *PACK])
