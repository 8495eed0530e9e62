# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from mmaction_microaction.models import (ClipMeanDataPreprocessor,
                                         WindowDataPreprocessor)

NORM = dict(mean=[100., 110., 120.], std=[50., 55., 60.])
MEAN, STD = (torch.tensor(v)[:, None, None] for v in NORM.values())


@pytest.mark.parametrize('layout', ['NCHW', 'NCTHW'])
def test_clip_mean_equals_a_plain_loop(layout):
    clip = torch.randint(0, 256, (3, 4, 3, 5, 6)).to(torch.uint8)
    given = clip.flatten(0, 1) if layout == 'NCHW' else clip.transpose(1, 2)
    module = ClipMeanDataPreprocessor(4, format_shape=layout, **NORM)
    out, = module(dict(inputs=[given], data_samples=[None]))['inputs']
    out = out.view(clip.shape) if layout == 'NCHW' else out.transpose(1, 2)
    for view, found in zip(clip.float(), out):
        wanted = [(frame - sum(view) / 4) / STD for frame in view]
        torch.testing.assert_close(list(found), wanted)
    with pytest.raises(ValueError, match='num_segments=8'):
        ClipMeanDataPreprocessor()(
            dict(inputs=[torch.zeros(6, 3, 4, 4)], data_samples=[None]))


@pytest.mark.parametrize('layout, subtract', [('NCHW', False), ('NCHW', True),
                                              ('NCTHW', True)])
def test_windows_are_normalised_then_padded(layout, subtract):
    clips = [torch.randint(256, (t, 3, 4, 5)).byte() for t in (6, 2)]
    inputs = clips if layout == 'NCHW' else [c.transpose(0, 1) for c in clips]
    module = WindowDataPreprocessor(6, layout, subtract, **NORM)
    data = module(dict(inputs=inputs, data_samples=['a', 'b']))
    assert data['data_samples'] == ['a', 'b']
    assert data['masks'].tolist() == [[True] * 6, [True] * 2 + [False] * 4]
    got = data['inputs']
    got = got if layout == 'NCHW' else got.transpose(1, 2)
    wanted = torch.zeros(2, 6, 3, 4, 5)
    for x, clip in zip(wanted, clips):
        expected = (clip.float() - MEAN) / STD
        x[:len(clip)] = expected - expected.mean(0) if subtract else expected
    torch.testing.assert_close(got, wanted)


def test_windows_of_features():
    clips = [torch.randn(7, t, dtype=torch.double) for t in (4, 6)]
    data = WindowDataPreprocessor(6, 'NCT')(dict(inputs=clips))
    assert data['inputs'].shape == (2, 7, 6)
    assert data['inputs'].dtype == torch.float32
    assert data['masks'].sum(1).tolist() == [4, 6]


def test_errors_of_windows():
    with pytest.raises(ValueError, match='max_frames'):
        WindowDataPreprocessor(6, 'NCT')(dict(inputs=[torch.zeros(3, 7)]))
    with pytest.raises(ValueError, match='format_shape'):
        WindowDataPreprocessor(6, 'NTCHW')
    with pytest.raises(ValueError, match='blend'):
        WindowDataPreprocessor(6, blending=dict(type='MixupBlending'))
