# Copyright (c) mmaction-microaction contributors. All rights reserved.
import unicodedata

import pytest
from mmaction.registry import DATASETS

CLIPS = ['0001_01_1.mp4', '0001_01_2.mp4', '0001_02_1.mp4', '0002_01_1.mp4']
#: Two forms of accents.
NFC, NFD = (unicodedata.normalize(x, 'Zoé') for x in ('NFC', 'NFD'))
LISTS = dict(
    classes=['calm', 'joy'],
    clips=[f'{CLIPS[0]} joy', f'{CLIPS[3]} calm'],
    names=CLIPS,
    # Four clips of three sessions of two people.
    mapping=map(' '.join, zip(CLIPS, ['0001_01', '0001_01', NFD, '0002_01'])),
    sessions=['0001_01 joy', f'{NFC} calm'],
    subjects=['0002 joy', '0001 calm'],
    lost=['0001_01 joy', '0009_01 calm'])
LISTS = {name: '\n'.join(lines) for name, lines in LISTS.items()}


@pytest.fixture
def build(tmp_path):
    """Function that builds a data set in a folder with those lists."""
    (tmp_path / 'clips').mkdir()
    for name in CLIPS:
        (tmp_path / 'clips' / name).write_bytes(b'x')
    for name, text in LISTS.items():
        (tmp_path / f'{name}.txt').write_text(text, 'utf-8')

    def make(ann_file, classes='classes.txt', **kwargs):
        return DATASETS.build(
            dict(
                type='EmotionDataset',
                ann_file=ann_file,
                classes=classes,
                data_root=str(tmp_path),
                data_prefix=dict(video='clips'),
                **kwargs))

    return make


def infos(dataset):
    return [(x['clip_name'], x.get('label')) for x in dataset]


def test_labels_of_clips(build, tmp_path):
    dataset = build('clips.txt')
    assert infos(dataset) == [(CLIPS[0], 1), (CLIPS[3], 0)]
    assert dataset[0]['filename'] == str(tmp_path / 'clips' / CLIPS[0])
    assert 'session' not in dataset[0]
    assert dataset.metainfo['classes'] == ('calm', 'joy')
    # The order of `classes` numbers them.
    other = build('clips.txt', classes=['joy', 'calm', 'awe'])
    assert infos(other) == [(CLIPS[0], 0), (CLIPS[3], 1)]
    bare = build('names.txt', test_mode=True)
    assert infos(bare) == [(name, None) for name in CLIPS]
    assert 'label' not in bare[0]


def test_labels_of_sessions(build):
    dataset = build('sessions.txt', clip_sessions='mapping.txt')
    # The clip of session 0002_01 is of no session of this list.
    assert infos(dataset) == [(CLIPS[0], 1), (CLIPS[1], 1), (CLIPS[2], 0)]
    assert dataset[1]['session'] == '0001_01'
    dataset = build('subjects.txt', clip_sessions='names.txt')
    assert [label for _, label in infos(dataset)] == [0, 0, 0, 1]


def test_bad_input(build, tmp_path):
    with pytest.raises(ValueError, match='names.txt:1: .*no emotion'):
        build('names.txt')
    with pytest.raises(ValueError, match='1 of 2 sessions .*0009_01'):
        build('lost.txt', clip_sessions='mapping.txt')
    (tmp_path / 'clips' / CLIPS[0]).unlink()
    with pytest.raises(FileNotFoundError, match='1 of 2 listed clips'):
        build('clips.txt')
    assert len(build('clips.txt', check_files=False)) == 2
