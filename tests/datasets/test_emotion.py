# Copyright (c) mmaction-microaction contributors. All rights reserved.
import unicodedata

import pytest
from mmaction.registry import DATASETS

CLIPS = ['0001_01_1.mp4', '0001_01_2.mp4', '0001_02_1.mp4', '0002_01_1.mp4']


@pytest.fixture
def root(tmp_path):
    """Four clips of three sessions of two people."""
    (tmp_path / 'clips').mkdir()
    for name in CLIPS:
        (tmp_path / 'clips' / name).write_bytes(b'x')
    # Two forms of accents.
    one, other = (unicodedata.normalize(x, 'Zoé') for x in ('NFC', 'NFD'))
    for name, lines in dict(
            classes='calm joy'.split(),
            clips=[f'{CLIPS[0]} joy', f'{CLIPS[3]} calm'],
            sessions=['0001_01 joy', f'{one} calm'],
            subjects=['0002 joy', '0001 calm'],
            mapping=[
                f'{x} {y}'
                for x, y in zip(CLIPS, ['0001_01'] * 2 + [other, '0002_01'])
            ],
            names=CLIPS,
            lost=['0001_01 joy', '0009_01 calm']).items():
        (tmp_path / f'{name}.txt').write_text('\n'.join(lines), 'utf-8')
    return tmp_path


def build(root, ann_file='clips.txt', classes='classes.txt', **kwargs):
    return DATASETS.build(
        dict(
            type='EmotionDataset',
            ann_file=ann_file,
            classes=classes,
            data_root=str(root),
            data_prefix=dict(video='clips'),
            **kwargs))


def infos(dataset):
    return [(x['clip_name'], x.get('label')) for x in dataset]


def test_labels_of_clips(root):
    dataset = build(root)
    assert infos(dataset) == [(CLIPS[0], 1), (CLIPS[3], 0)]
    assert dataset[0]['filename'] == str(root / 'clips' / CLIPS[0])
    assert 'session' not in dataset[0]
    assert dataset.metainfo['classes'] == ('calm', 'joy')
    # The order of `classes` numbers them.
    other = build(root, classes=['joy', 'calm', 'awe'])
    assert infos(other) == [(CLIPS[0], 0), (CLIPS[3], 1)]
    bare = build(root, 'names.txt', test_mode=True)
    assert infos(bare) == [(name, None) for name in CLIPS]
    assert 'label' not in bare[0]


def test_labels_of_sessions(root):
    dataset = build(root, 'sessions.txt', clip_sessions='mapping.txt')
    # The clip of session 0002_01 is of no session of this list.
    assert infos(dataset) == [(CLIPS[0], 1), (CLIPS[1], 1), (CLIPS[2], 0)]
    assert dataset[1]['session'] == '0001_01'
    dataset = build(root, 'subjects.txt', clip_sessions='names.txt')
    assert [label for _, label in infos(dataset)] == [0, 0, 0, 1]


@pytest.mark.parametrize('options, message', [
    (dict(ann_file='names.txt'), 'names.txt:1: .*no emotion'),
    (dict(classes=['calm', 'rage']), 'unknown emotion'),
    (dict(ann_file='lost.txt',
          clip_sessions='mapping.txt'), '1 of 2 sessions.*0009_01'),
])
def test_bad_input(root, options, message):
    with pytest.raises(ValueError, match=message):
        build(root, **options)


def test_missing_files(root):
    with pytest.raises(FileNotFoundError, match='nothing.txt'):
        build(root, classes='nothing.txt')
    (root / 'clips' / CLIPS[0]).unlink()
    with pytest.raises(FileNotFoundError, match='1 of 2 listed clips'):
        build(root)
    assert len(build(root, check_files=False)) == 2
