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


def test_actions_and_names_travel():
    segments = [[0.5, 1.], [0., 2.]]
    packed = pack(dict(CLIP, gt_segments=np.array(segments), gt_labels=[3, 3]))
    sample = packed['data_samples']
    assert packed['inputs'].shape == (4, 3, 2, 2)
    assert packed['inputs'].dtype == torch.uint8
    assert sample.gt_instances.segments.tolist() == segments
    assert sample.gt_instances.labels.dtype == torch.long
    assert (sample.clip_name, sample.grid_fps) == ('[a]^_', 15.)
    assert 'total_frames' not in sample
    # Evaluators get dicts.
    assert len(sample.to_dict()['gt_instances']['labels']) == 2


@pytest.mark.parametrize('empty', [[], np.zeros((0, 2))])
def test_no_actions(empty):
    packed = pack(dict(CLIP, gt_segments=empty, gt_labels=[]))
    truth = packed['data_samples'].gt_instances
    assert truth.segments.shape == (0, 2) and truth.labels.shape == (0, )


def test_hidden_labels_and_volumes():
    packed = pack(dict(CLIP, imgs=np.zeros((1, 3, 4, 2, 2))))
    assert packed['inputs'].shape == (3, 4, 2, 2)
    assert 'gt_instances' not in packed['data_samples']


def test_grid_is_needed():
    with pytest.raises(ValueError, match='grid_fps'):
        pack({k: v for k, v in CLIP.items() if k != 'grid_fps'})
    with pytest.raises(ValueError, match='duration'):
        pack(CLIP, meta_keys=('clip_name', 'grid_fps'))
