# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.registry import MODELS

NORM = dict(mean=[100., 110., 120.], std=[50., 55., 60.])


def build(**kwargs):
    return MODELS.build(
        dict(type='WindowDataPreprocessor', max_frames=6, **kwargs))


@pytest.mark.parametrize('layout, subtract', [('NCHW', False), ('NCHW', True),
                                              ('NCTHW', True)])
def test_normalises_then_pads(layout, subtract):
    clips = [torch.randint(256, (t, 3, 4, 5)).byte() for t in (6, 2)]
    inputs = clips if layout == 'NCHW' else [c.transpose(0, 1) for c in clips]
    data = build(
        format_shape=layout, subtract_clip_mean=subtract, **NORM)(
            dict(inputs=inputs, data_samples=['a', 'b']))
    assert data['data_samples'] == ['a', 'b']
    assert data['masks'].tolist() == [[True] * 6, [True] * 2 + [False] * 4]
    got = data['inputs']
    got = got if layout == 'NCHW' else got.transpose(1, 2)
    assert got.shape == (2, 6, 3, 4, 5) and got.dtype == torch.float32
    mean, std = (torch.tensor(v)[:, None, None] for v in NORM.values())
    for x, clip in zip(got, clips):
        expected = (clip.float() - mean) / std
        if subtract:
            expected = expected - expected.mean(0)
        torch.testing.assert_close(x[:len(clip)], expected)
        assert not x[len(clip):].any()


def test_features():
    clips = [torch.randn(7, t, dtype=torch.double) for t in (4, 6)]
    data = build(format_shape='NCT')(dict(inputs=clips))
    assert data['inputs'].shape == (2, 7, 6)
    assert data['inputs'].dtype == torch.float32
    assert data['masks'].sum(1).tolist() == [4, 6]


def test_errors():
    with pytest.raises(ValueError, match='max_frames'):
        build(format_shape='NCT')(dict(inputs=[torch.zeros(3, 7)]))
    with pytest.raises(ValueError, match='format_shape'):
        build(format_shape='NTCHW')
    with pytest.raises(ValueError, match='blend'):
        build(blending=dict(type='MixupBlending'))
