# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle

import numpy as np
import pytest
import torch

from mmaction_microaction.analysis import (AnalysedClips, find_clips,
                                           read_dump, read_train_counts)
from mmaction_microaction.datasets import read_list
from mmaction_microaction.taxonomy import MA52

NAMES, LABELS = ['a.mp4', 'b.mp4', 'c.mp4'], [4, 0, 51]
SCORES = np.float32(np.random.default_rng(0).random((3, 52)))
SAMPLES = [
    dict(
        pred_score=torch.tensor(score),
        gt_label=torch.tensor([label]),
        clip_name=name) for name, label, score in zip(NAMES, LABELS, SCORES)
]


@pytest.fixture
def files(tmp_path):
    """A function that writes a dump, and a list of labels or lines."""

    def write(dump, lines=LABELS):
        lines = [
            x if isinstance(x, str) else f'{name} {x}'
            for name, x in zip(NAMES, lines)
        ]
        (tmp_path / 'p.pkl').write_bytes(pickle.dumps(dump))
        (tmp_path / 'list.txt').write_text('\n'.join(lines))
        return str(tmp_path / 'p.pkl'), str(tmp_path / 'list.txt')

    return write


@pytest.mark.parametrize('dump, key', [
    (SAMPLES[::-1], None),
    (list(SCORES), None),
    ([dict(x, pred_score=dict(a=x['pred_score'] * 0, b=x['pred_score']))
      for x in SAMPLES], 'b'),
], ids=['names', 'bare vectors', 'one of several scores'])  # yapf: disable
def test_clips_are_in_the_order_of_the_list(files, dump, key):
    clips = read_dump(*files(dump), key)
    assert clips.names == NAMES and clips.labels.tolist() == LABELS
    np.testing.assert_array_equal(clips.scores, SCORES)
    np.testing.assert_array_equal(clips.predictions, SCORES.argmax(axis=1))


@pytest.mark.parametrize('dump, lines, message', [
    (list(SCORES[:2]), LABELS, 'predictions of 2 clips, but .* lists 3'),
    (SAMPLES[:2], LABELS, '1 clips are missing'),
    (list(SCORES[:, :9]), LABELS, r'52 classes, but got the shape \(3, 9\)'),
    (SAMPLES, [4, 1, 51], r'of 1 clips \(first: b.mp4, 0 and'),
    (SAMPLES, NAMES, 'list.txt has no true labels'),
    (SAMPLES, [0, 0, 0], 'all 0, are dummies'),
    (SAMPLES, ['a.mp4 4', 'b.mp4 52'], 'list.txt:2: the label must be'),
    (list(SCORES * np.nan), LABELS, 'hold NaN'),
])
def test_refuses(files, dump, lines, message):
    with pytest.raises(ValueError, match=message):
        read_dump(*files(dump, lines))


def test_refuses_labels_of_other_classes():
    with pytest.raises(ValueError, match='labels must be 0 to 51'):
        AnalysedClips(NAMES, [0, 1, 52], SCORES)


def test_counts(files):
    _, path = files([], [7, 3, 7])
    counts = np.bincount([7, 3, 7], minlength=52).tolist()
    assert read_train_counts(path).tolist() == counts
    few = MA52.subset(MA52.names[:8])
    assert read_train_counts(path, few).tolist() == counts[:8]


def test_finds_the_folder_of_the_list(sample_root, tmp_path):
    names, _ = zip(*read_list(f'{sample_root}/val_list_videos.txt'))
    expected = [f'{sample_root}/videos_val/{name}' for name in names]
    assert find_clips(sample_root, names) == expected
    assert find_clips(f'{sample_root}/videos_val', names) == expected
    found = find_clips(sample_root, [names[0], 'none.mp4'])
    assert found == [expected[0], None]
    with pytest.raises(FileNotFoundError, match='none of the 52 listed'):
        find_clips(str(tmp_path), names)
