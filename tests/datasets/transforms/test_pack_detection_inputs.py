# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS

CLIP = dict(
    imgs=np.zeros((4, 3, 2, 2), np.uint8),
    clip_name='[a]^_',
    grid_fps=15.,
    duration=2.,
    fps=30.)


def pack(results, **kwargs):
    transform = TRANSFORMS.build(dict(type='PackDetectionInputs', **kwargs))
    return transform(dict(results))


@pytest.mark.parametrize('segments', [[[1 / 30, 1.], [0., 2.]], [],
                                      np.zeros((0, 2))])
def test_actions_and_names_travel(segments):
    labels = [3] * len(segments)
    packed = pack(dict(CLIP, gt_segments=segments, gt_labels=labels))
    sample = packed['data_samples']
    assert packed['inputs'].shape == (4, 3, 2, 2)
    assert packed['inputs'].dtype == torch.uint8
    assert sample.gt_instances.segments.shape == (len(labels), 2)
    assert sample.gt_instances.segments.tolist() == list(segments)
    assert sample.gt_instances.labels.dtype == torch.long
    assert (sample.clip_name, sample.grid_fps) == ('[a]^_', 15.)
    assert 'total_frames' not in sample
    # Evaluators get dicts.
    assert sample.to_dict()['gt_instances']['labels'].tolist() == labels


def test_hidden_labels_and_volumes():
    packed = pack(dict(CLIP, imgs=np.zeros((1, 3, 4, 2, 2))))
    assert packed['inputs'].shape == (3, 4, 2, 2)
    assert 'gt_instances' not in packed['data_samples']
    with pytest.raises(ValueError, match='needs grid_fps'):
        pack(dict(duration=2.))
    with pytest.raises(ValueError, match='needs duration'):
        pack(CLIP, meta_keys=('clip_name', 'grid_fps'))
