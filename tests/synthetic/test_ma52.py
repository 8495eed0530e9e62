# Copyright (c) mmaction-microaction contributors. All rights reserved.
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import generate_ma52
from mmaction_microaction.synthetic.ma52 import SPLITS, class_counts

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


def _rows(path):
    text = path.read_bytes().decode()
    assert not text.endswith('\n')
    assert text.count('\n') == text.count('\r\n')
    return [row.split(' ') for row in text.split('\r\n')]


@pytest.mark.parametrize('split', SPLITS)
def test_lists_videos_and_truth_agree(root, split, check_poses):
    rows = _rows(root / f'{split}_list_videos.txt')
    if split == 'test':
        assert {label for _, label in rows} == {'0'}
        truth = _rows(root / 'test_labels.txt')
        assert [r[0] for r in rows] == [r[0] for r in truth]
        assert rows[0][0] == 'test0000.mp4'
        rows = truth
    assert {int(label) for _, label in rows} == {0, 9, 51}
    lengths = check_poses(root, split, [(Path(name).stem, int(label))
                                        for name, label in rows])
    segments = pd.read_csv(root / f'segments_{split}.csv')
    assert segments[['filename', 'label']].astype(str).values.tolist() == rows
    assert ((0 <= segments.start) & (segments.start < segments.end) &
            (segments.end <= np.divide(lengths, 30) + 1e-3)).all()


def test_names_carry_the_subject_and_no_subject_is_in_two_splits(root):
    people = []
    for split in ('train', 'val'):
        names = [name for name, _ in _rows(root / f'{split}_list_videos.txt')]
        assert all(re.fullmatch(r'\d{4}_\d\d_\d{4}\.mp4', x) for x in names)
        people.append({name[:4] for name in names})
    assert people[0] == {'0001', '0002', '0003'}
    assert people[1] <= {'0004', '0005'}


def test_long_tail_and_balance(root, tmp_path):
    counts = class_counts(52, 80, False)
    assert counts[0] == 80 and counts[-1] == 10
    assert (np.diff(counts) <= 0).all()
    assert class_counts(52, 4, False).min() == 2
    assert class_counts(1, 1, False).tolist() == [1]
    assert class_counts(3, 7, True).tolist() == [7, 7, 7]
    balanced = generate_ma52(tmp_path / 'ma52', balanced=True, **TINY)
    for folder, wanted in ((balanced, [8, 8, 8]),
                           (root, class_counts(3, 8, False)[::-1].tolist())):
        labels = [x for _, x in _rows(folder / 'train_list_videos.txt')]
        assert sorted(Counter(labels).values()) == wanted
