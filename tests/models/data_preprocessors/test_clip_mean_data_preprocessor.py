# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch
from mmaction.registry import MODELS

NORM = dict(mean=[10., 20., 30.], std=[2., 3., 4.])


def build(**kwargs):
    return MODELS.build(dict(type='ClipMeanDataPreprocessor', **kwargs))


@pytest.mark.parametrize('layout', ['NCHW', 'NCTHW'])
def test_equals_a_plain_loop(layout):
    views, frames = 3, 4
    clip = torch.randint(0, 256, (views, frames, 3, 5, 6)).to(torch.uint8)
    given = clip.flatten(0, 1) if layout == 'NCHW' else clip.transpose(1, 2)
    module = build(num_segments=frames, format_shape=layout, **NORM)
    out = module(dict(inputs=[given], data_samples=[None]))['inputs'][0]
    if layout == 'NCTHW':
        out = out.transpose(1, 2).flatten(0, 1)
    std = torch.tensor(NORM['std']).view(3, 1, 1)
    for v in range(views):
        mean = sum(frame.float() for frame in clip[v]) / frames
        for t in range(frames):
            torch.testing.assert_close(out[v * frames + t],
                                       (clip[v, t].float() - mean) / std)


def test_a_still_clip_is_nothing():
    frame = torch.randint(0, 256, (1, 3, 5, 6)).to(torch.uint8)
    module = build(num_segments=8, **NORM)
    out = module(
        dict(inputs=[frame.expand(8, -1, -1, -1)],
             data_samples=[None]))['inputs']
    assert out.abs().max() < 1e-4


def test_frames_that_make_no_clip():
    with pytest.raises(ValueError, match='num_segments=8'):
        build(**NORM)(
            dict(inputs=[torch.zeros(6, 3, 4, 4)], data_samples=[None]))
