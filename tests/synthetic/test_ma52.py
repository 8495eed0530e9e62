# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
import re
from collections import Counter
from pathlib import Path

import decord
import numpy as np
import pandas as pd
import pytest

from mmaction_microaction.synthetic import generate_ma52
from mmaction_microaction.synthetic.ma52 import class_counts


def _rows(path, stem=r'\w+'):
    """Names and labels of a list in the form of the real ones."""
    rows = path.read_bytes().decode().split('\r\n')
    assert all(re.fullmatch(rf'{stem}\.mp4 \d+', row) for row in rows)
    return [row.split() for row in rows]


@pytest.mark.parametrize('split, people', [('train', range(1, 61)),
                                           ('val', range(61, 77)),
                                           ('test', None)])
def test_all_files_agree(sample_root, split, people):
    root = Path(sample_root)
    stem = r'\d{4}_\d\d_\d{4}' if people else r'test00\d\d'
    rows = _rows(root / f'{split}_list_videos.txt', stem)
    if people:
        assert {int(name[:4]) for name, _ in rows} <= {*people}
    else:
        truth = _rows(root / 'test_labels.txt')
        assert rows == [[name, '0'] for name, _ in truth]
        rows = truth
    clips = 2 if split == 'train' else 1
    assert Counter(int(x) for _, x in rows) == dict.fromkeys(range(52), clips)
    segments = pd.read_csv(root / f'segments_{split}.csv')
    assert segments[['filename', 'label']].astype(str).values.tolist() == rows
    poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
    for pose, (name, label), segment in zip(
            poses, rows, segments.itertuples(), strict=True):
        video = decord.VideoReader(str(root / f'videos_{split}' / name))
        count = len(video)
        assert 0 <= segment.start < segment.end <= count / 30 + 1e-3
        assert (f'{pose["frame_dir"]}.mp4', str(pose['label'])) \
            == (name, label)
        assert pose['total_frames'] == count
        assert pose['img_shape'] == video[0].shape[:2] == (80, 64)
        assert pose['keypoint'].shape == (1, count, 28, 2)
        assert pose['keypoint_score'].shape == (1, count, 28)


def test_long_tail(tmp_path):
    counts = class_counts(52, 80, False)
    assert (counts[0], counts[-1]) == (80, 10) and (np.diff(counts) <= 0).all()
    assert class_counts(52, 4, False).min() == 2
    assert class_counts(1, 1, False) == [1]
    root = generate_ma52(
        tmp_path / 'ma52', 8, classes=[0, 'nodding', 51], size=(32, 40))
    labels = [x for _, x in _rows(root / 'train_list_videos.txt')]
    assert sorted(Counter(labels).values()) == [2, 3, 8]
