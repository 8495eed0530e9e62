# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from mmaction_microaction.models import ClipMeanDataPreprocessor


def preprocess(inputs, **kwargs):
    module = ClipMeanDataPreprocessor(
        mean=[10., 20., 30.], std=[2., 3., 4.], **kwargs)
    return module(dict(inputs=[inputs], data_samples=[None]))['inputs'][0]


@pytest.mark.parametrize('layout', ['NCHW', 'NCTHW'])
def test_equals_a_plain_loop(layout):
    clip = torch.randint(0, 256, (3, 4, 3, 5, 6)).to(torch.uint8)
    given = clip.flatten(0, 1) if layout == 'NCHW' else clip.transpose(1, 2)
    out = preprocess(given, num_segments=4, format_shape=layout)
    if layout == 'NCTHW':
        out = out.transpose(1, 2).flatten(0, 1)
    std = torch.tensor([2., 3., 4.]).view(3, 1, 1)
    for v in range(3):
        mean = sum(frame.float() for frame in clip[v]) / 4
        for t in range(4):
            torch.testing.assert_close(out[v * 4 + t],
                                       (clip[v, t].float() - mean) / std)


def test_a_still_clip_is_nothing():
    frame = torch.randint(0, 256, (1, 3, 5, 6)).to(torch.uint8)
    assert preprocess(frame.expand(8, -1, -1, -1)).abs().max() < 1e-4


def test_frames_that_make_no_clip():
    with pytest.raises(ValueError, match='num_segments=8'):
        preprocess(torch.zeros(6, 3, 4, 4))
