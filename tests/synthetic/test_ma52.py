# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import generate_ma52
from mmaction_microaction.synthetic.ma52 import class_counts

TINY = dict(
    clips_per_class=8,
    val_clips_per_class=1,
    test_clips_per_class=1,
    size=(32, 40),
    num_frames=(10, 12),
    classes=[0, 'nodding', 51],
    subjects=(3, 2, 2))


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return generate_ma52(tmp_path_factory.mktemp('data') / 'ma52', **TINY)


def _rows(path, stem=r'\w+'):
    """Names and labels of a list in the form of the real ones."""
    rows = path.read_bytes().decode().split('\r\n')
    assert all(re.fullmatch(rf'{stem}\.mp4 \d+', row) for row in rows)
    return [row.split() for row in rows]


@pytest.mark.parametrize('split, stem', [('train', r'000[123]_\d\d_\d{4}'),
                                         ('val', r'000[45]_\d\d_\d{4}'),
                                         ('test', 'test000[012]')])
def test_lists_poses_and_segments_agree(root, split, stem):
    rows = _rows(root / f'{split}_list_videos.txt', stem)
    if split == 'test':
        truth = _rows(root / 'test_labels.txt')
        assert rows == [[name, '0'] for name, _ in truth]
        rows = truth
    assert {label for _, label in rows} == {'0', '9', '51'}
    poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
    assert [[f'{pose["frame_dir"]}.mp4',
             str(pose['label'])] for pose in poses] == rows
    segments = pd.read_csv(root / f'segments_{split}.csv')
    assert segments[['filename', 'label']].astype(str).values.tolist() == rows
    seconds = np.array([pose['total_frames'] / 30 for pose in poses])
    assert ((0 <= segments.start) & (segments.start < segments.end) &
            (segments.end <= seconds + 1e-3)).all()


def test_long_tail_and_balance(root, tmp_path):
    counts = class_counts(52, 80, False)
    assert (counts[0], counts[-1]) == (80, 10) and (np.diff(counts) <= 0).all()
    assert class_counts(52, 4, False).min() == 2
    assert class_counts(1, 1, False).tolist() == [1]
    balanced = generate_ma52(tmp_path / 'ma52', balanced=True, **TINY)
    for folder, wanted in ((balanced, [8, 8, 8]),
                           (root, class_counts(3, 8, False)[::-1].tolist())):
        labels = [x for _, x in _rows(folder / 'train_list_videos.txt')]
        assert sorted(Counter(labels).values()) == wanted
