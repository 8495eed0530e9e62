# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from PIL import Image

from mmaction_microaction.analysis import (AnalysedClips, analyse_attention,
                                           build_test_set, choose_clips)


@pytest.mark.parametrize('hits, misses, number, expected', [
    (10, 10, 6, (3, 3)),
    (10, 10, 5, (3, 2)),
    (10, 1, 6, (5, 1)),
    (1, 10, 6, (1, 5)),
    (0, 3, 6, (0, 3)),
    (2, 2, 99, (2, 2)),
    (5, 5, 0, (0, 0)),
])
def test_half_of_each(hits, misses, number, expected):
    right = np.random.default_rng(0).permutation([True] * hits +
                                                 [False] * misses)
    chosen = choose_clips(right, number)
    assert len(set(chosen.tolist())) == len(chosen)
    assert (right[chosen].sum(), (~right[chosen]).sum()) == expected
    assert right[chosen].tolist() == sorted(right[chosen], reverse=True)
    np.testing.assert_array_equal(chosen, choose_clips(right, number))


def test_seed_and_refusal():
    right = np.arange(100) % 2 == 0
    assert choose_clips(right, 8).tolist() != choose_clips(right, 8,
                                                           1).tolist()
    with pytest.raises(ValueError, match='not be negative, but got -1'):
        choose_clips(right, -1)


def test_a_picture_for_each_clip(tiny_manet, tmp_path):
    tiny_manet.test_dataloader.dataset.indices = 4
    dataset = build_test_set(tiny_manet)
    labels = [dataset.get_data_info(i)['label'] for i in range(4)]
    scores = np.eye(52, dtype=np.float32)[labels]
    scores[3] = np.roll(scores[3], 1)
    clips = AnalysedClips(list('abcd'), labels, scores)
    torch.manual_seed(0)
    model = MODELS.build(tiny_manet.model).eval()
    section = analyse_attention(clips, model, dataset, str(tmp_path), 2)
    (_, first), (_, second) = section.pictures
    assert first.endswith(', recognised')
    assert second == 'd, not recognised'
    heights = [
        Image.open(tmp_path / name).height for name, _ in section.pictures
    ]
    assert heights[1] == pytest.approx(1.5 * heights[0], rel=0.02)
    with open(tmp_path / 'grad_cam.csv', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert rows[1]['clip'] == 'd' and rows[1]['true'] != rows[1]['predicted']
    assert (rows[1]['score'], rows[1]['score of the true class']) == ('1.0000',
                                                                      '0.0000')
    assert rows[0]['score'] == rows[0]['score of the true class'] == '1.0000'
