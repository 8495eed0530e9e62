# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import pickle
from collections import Counter
from pathlib import Path

import decord
import numpy as np
import pytest

from mmaction_microaction.synthetic import generate_ma52
from mmaction_microaction.synthetic.ma52 import SPLITS, class_counts

TINY = dict(
    clips_per_class=3,
    val_clips_per_class=1,
    test_clips_per_class=1,
    size=(32, 40),
    num_frames=(20, 22),
    classes=[0, 'nodding', 51],
    subjects=(3, 2, 2))


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return generate_ma52(tmp_path_factory.mktemp('data') / 'ma52', **TINY)


def _rows(path):
    text = Path(path).read_bytes().decode()
    assert not text.endswith('\n')
    assert text.count('\n') == text.count('\r\n')
    return [row.split(' ') for row in text.split('\r\n')]


def _contents(root):
    return {
        p.relative_to(root): p.read_bytes()
        for p in sorted(root.rglob('*'))
        # The same objects can be pickled in more than one way, and x264 is
        # free to encode the same frames in more than one way.
        if p.is_file() and p.suffix not in ('.pkl', '.mp4')
    }


def test_lists_videos_and_truth_agree(root):
    for split in SPLITS:
        rows = _rows(root / f'{split}_list_videos.txt')
        if split == 'test':
            assert {label for _, label in rows} == {'0'}
            truth = _rows(root / 'test_labels.txt')
            assert [r[0] for r in rows] == [r[0] for r in truth]
            assert rows[0][0] == 'test0000.mp4'
            rows = truth
        files = {p.name for p in (root / f'videos_{split}').iterdir()}
        assert files == {name for name, _ in rows}
        assert {int(label) for _, label in rows} == {0, 9, 51}
        poses = pickle.loads((root / f'pose_{split}.pkl').read_bytes())
        with open(root / f'segments_{split}.csv') as file:
            segments = list(csv.DictReader(file))
        for (name, label), pose, segment in zip(rows, poses, segments):
            video = decord.VideoReader(str(root / f'videos_{split}' / name))
            frames = len(video)
            assert pose['frame_dir'] + '.mp4' == segment['filename'] == name
            assert pose['label'] == int(segment['label']) == int(label)
            assert pose['total_frames'] == frames
            assert pose['img_shape'] == video[0].shape[:2] == (40, 32)
            assert pose['keypoint'].shape == (1, frames, 28, 2)
            assert pose['keypoint_score'].shape == (1, frames, 28)
            start, end = float(segment['start']), float(segment['end'])
            assert 0 <= start < end <= frames / 30


def test_names_carry_the_subject_and_no_subject_is_in_two_splits(root):
    people = []
    for split in ('train', 'val'):
        names = [name for name, _ in _rows(root / f'{split}_list_videos.txt')]
        parts = [name[:-len('.mp4')].split('_') for name in names]
        assert {tuple(map(len, p)) for p in parts} == {(4, 2, 4)}
        people.append({p[0] for p in parts})
    assert people[0] == {'0001', '0002', '0003'}
    assert people[1] <= {'0004', '0005'}


def test_result_depends_on_the_seed_but_not_on_the_workers(root, tmp_path):
    again = generate_ma52(tmp_path / 'again', workers=2, **TINY)
    assert _contents(again) == _contents(root)
    for split in SPLITS:
        name = f'pose_{split}.pkl'
        for one, two in zip(*(pickle.loads((folder / name).read_bytes())
                              for folder in (root, again))):
            np.testing.assert_equal(one, two)
    for path in root.rglob('*.mp4'):
        one, two = (
            decord.VideoReader(str(
                folder / path.relative_to(root)))[:].asnumpy().astype(int)
            for folder in (root, again))
        assert np.abs(one - two).mean() < 1
    other = generate_ma52(tmp_path / 'other', seed=1, **TINY)
    assert _contents(other) != _contents(root)


def test_class_counts():
    counts = class_counts(52, 80)
    assert counts[0] == 80 and counts[-1] == 10
    assert (np.diff(counts) <= 0).all()
    assert class_counts(52, 4).min() == 2
    assert class_counts(1, 1).tolist() == [1]
    assert class_counts(3, 7, balanced=True).tolist() == [7, 7, 7]


def test_long_tail_and_balance_reach_the_list(tmp_path):
    config = dict(TINY, clips_per_class=8)
    spread = {}
    for balanced in (False, True):
        out = generate_ma52(
            tmp_path / str(balanced), balanced=balanced, **config)
        labels = [int(x) for _, x in _rows(out / 'train_list_videos.txt')]
        spread[balanced] = sorted(Counter(labels).values())
    assert spread[True] == [8, 8, 8]
    assert spread[False] == class_counts(3, 8)[::-1].tolist()


def test_a_full_folder_is_left_alone_unless_told(root, tmp_path):
    before = _contents(root)
    with pytest.raises(FileExistsError, match='--overwrite'):
        generate_ma52(root, **TINY)
    assert _contents(root) == before
    out = tmp_path / 'ma52'
    generate_ma52(out, **TINY)
    (out / 'notes.txt').write_text('mine')
    (out / 'videos_train' / 'old.mp4').write_text('old')
    generate_ma52(out, overwrite=True, **TINY)
    assert (out / 'notes.txt').read_text() == 'mine'
    assert not (out / 'videos_train' / 'old.mp4').exists()


@pytest.mark.parametrize('change, message',
                         [(dict(clips_per_class=0), 'clips per class'),
                          (dict(val_clips_per_class=0), 'clips per class'),
                          (dict(size=(33, 40)), 'even'),
                          (dict(appearance='x'), 'appearance'),
                          (dict(num_frames=(30, 20)), 'num_frames'),
                          (dict(workers=0), 'workers'),
                          (dict(classes=['juggling']), 'juggling'),
                          (dict(classes=[]), 'classes'),
                          (dict(subjects=(3, 2)), 'subjects'),
                          (dict(subjects=(3, 0, 2)), 'subjects')])
def test_bad_arguments_write_nothing(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        generate_ma52(tmp_path / 'ma52', **{**TINY, **change})
    assert not (tmp_path / 'ma52').exists()


def test_the_real_data_set_is_never_overwritten(tmp_path):
    clip = tmp_path / 'videos_train' / '0003_01_0001.mp4'
    clip.parent.mkdir()
    clip.write_bytes(b'real')
    (tmp_path / 'train_list_videos.txt').write_text('0003_01_0001.mp4 3')
    with pytest.raises(FileExistsError, match='real data set'):
        generate_ma52(tmp_path, 2, overwrite=True)
    assert clip.read_bytes() == b'real'
