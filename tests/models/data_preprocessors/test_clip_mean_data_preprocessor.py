# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
import torch

from mmaction_microaction.models import ClipMeanDataPreprocessor


def preprocess(inputs, **kwargs):
    norm = dict(mean=[10., 20., 30.], std=[2., 3., 4.])
    module = ClipMeanDataPreprocessor(**norm, **kwargs)
    return module(dict(inputs=[inputs], data_samples=[None]))['inputs'][0]


@pytest.mark.parametrize('layout', ['NCHW', 'NCTHW'])
def test_equals_a_plain_loop(layout):
    clip = torch.randint(0, 256, (3, 4, 3, 5, 6)).to(torch.uint8)
    given = clip.flatten(0, 1) if layout == 'NCHW' else clip.transpose(1, 2)
    out = preprocess(given, num_segments=4, format_shape=layout)
    out = out.view(clip.shape) if layout == 'NCHW' else out.transpose(1, 2)
    std = torch.tensor([2., 3., 4.]).view(3, 1, 1)
    for view, found in zip(clip.float(), out):
        mean = sum(view) / 4
        torch.testing.assert_close(
            list(found), [(frame - mean) / std for frame in view])


def test_frames_that_make_no_clip():
    with pytest.raises(ValueError, match='num_segments=8'):
        preprocess(torch.zeros(6, 3, 4, 4))
