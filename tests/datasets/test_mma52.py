# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import os
import shutil

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.dataset import ClassBalancedDataset

from mmaction_microaction.taxonomy import MA52

HEADER = 'id,video_id,start_frame,end_frame,class,total_frames,fps'
# Case twins, two actions at once; the good clip has 12 frames.
ROWS = [
    'x_L,0,6,9,12,30.0', 'x_l,1,11,3,12,30.0', 'x_L,2,9,0,12,30.0',
    'x_L,8,11,9,12,30.0', 'y[1]__,0,12,51,12,30.0'
]


def build(data_root='', **kwargs):
    return DATASETS.build(
        dict(type='MMA52Dataset', data_root=data_root, **kwargs))


@pytest.fixture
def said(monkeypatch):
    """What the data set logs."""
    texts = []
    monkeypatch.setattr('mmaction_microaction.datasets.mma52.print_log',
                        lambda text, *_: texts.append(text))
    return texts


@pytest.fixture
def make(tmp_path, good_clip):
    """Function that makes a root of links to one tiny video."""

    def make(rows=ROWS, split='train'):
        root = tmp_path / 'mma52'
        (root / split).mkdir(parents=True, exist_ok=True)
        lines = [HEADER] + [f'{i},{row}' for i, row in enumerate(rows)]
        (root / f'{split}.csv').write_text('\n'.join(lines) + '\n')
        for name in {row.split(',')[0] for row in rows}:
            os.link(good_clip, root / split / f'{name}.mp4')
        return str(root)

    return make


def test_fields(make, said):
    root = make()
    dataset = build(root)
    first, *others = dataset
    assert said == []
    assert [v['clip_name'] for v in others] == ['x_l', 'y[1]__']
    found = [first[x] for x in ('filename', 'total_frames', 'fps', 'duration')]
    assert found == [f'{root}/train/x_L.mp4', 12, 30., .4]
    assert first['gt_segments'].dtype == np.float64
    np.testing.assert_allclose(
        first['gt_segments'] * 30, [[0, 6], [2, 9], [8, 11]], rtol=1e-6)
    assert first['gt_labels'].dtype == np.int64
    assert first['gt_labels'].tolist() == [9, 0, 9]
    assert first['label'] == dataset.get_cat_ids(0) == [0, 9]
    assert len(ClassBalancedDataset(dataset, oversample_thr=.5)) >= 3
    assert dataset.metainfo['classes'] == list(MA52.names)
    # Nothing is read before it is needed.
    build('nowhere', lazy_init=True)


def test_own_taxonomy(make, five):
    root = make(['a,0,6,4,12,30.0', 'a,2,9,0,12,30.0'])
    dataset = build(root, taxonomy=five, task='multilabel', metainfo=dict(a=1))
    assert dataset[0]['label'].tolist() == [1, 0, 0, 0, 1]
    assert dataset.metainfo == dict(
        dataset_type='mma52',
        taxonomy=five.to_dict(),
        classes=list(five.names),
        a=1)
    with pytest.raises(ValueError, match="train.csv:2: class .* 4, .*'5'"):
        build(make(['b,0,6,5,12,30.0']), taxonomy=five)


def test_official_test_split_has_no_labels(make, said):
    names = ['test0000', 'test0001']
    root = make([f'{name},0,20,0,12,30.0' for name in names], 'test')
    for task in 'detection', 'multilabel':
        dataset = build(root, split='test', task=task)
        assert [v['clip_name'] for v in dataset] == names
        assert not {'label', 'gt_segments', 'gt_labels'} & set(dataset[0])
    assert said == []
    # An explicit file counts as true; what is odd in it is pointed out.
    options = dict(ann_file='test.csv', split='test')
    build(root, **options)
    [text] = said
    assert 'test.csv:2: end_frame 20' in text and 'dummies' in text
    assert 'label' not in build(root, labels=False, **options)[0]


def test_explicit_file_and_folder(make, tmp_path):
    options = dict(
        ann_file=str(tmp_path / 'mine.csv'),
        data_prefix=dict(video=f'{make()}/train'))
    (tmp_path / 'mine.csv').write_text(
        ',video_id,start_frame,end_frame,class,total_frames\n'
        '0,x_l,2,10,7,12\n')
    [video] = build(default_fps=20., **options)
    assert video['gt_segments'].tolist() == [[pytest.approx(.1), .5]]
    assert build(**options)[0]['fps'] == 30.


def test_json_gives_the_videos_of_the_split(make, tmp_path):
    path = tmp_path / 'mma.json'
    content = {
        name: dict(duration=.4, actions=[[9, .1, .3]], subset=subset)
        for name, subset in (('x_L', 'training'), ('x_l', 'validation'))
    }
    path.write_text(json.dumps(content))
    options = dict(
        ann_file=str(path), data_prefix=dict(video=f'{make()}/train'))
    for split, name in (('train', 'x_L'), ('val', 'x_l')):
        [video] = build(split=split, **options)
        assert video['clip_name'] == name
    with pytest.raises(ValueError, match="split 'test'; its subsets"):
        build(split='test', **options)
    del content['x_l']['subset']
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='1 videos name no subset.*x_l'):
        build(**options)


def test_missing_and_unlisted_videos(make, said):
    root = make()
    os.rename(f'{root}/train/x_l.mp4', f'{root}/train/other.mp4')
    with pytest.raises(FileNotFoundError, match='x_l .there is x_L.mp4'):
        build(root)
    dataset = build(root, check_files=False)
    assert dataset[1]['filename'] == f'{root}/train/x_l.mp4'
    shutil.copy(f'{root}/train/other.mp4', f'{root}/train/x_l.mp4')
    build(root)
    [text] = said
    assert '1 videos without a row' in text and 'other.mp4' in text


@pytest.mark.parametrize('options, text', [
    (dict(split='trian'), "'trian'"),
    (dict(task='recognition'), "task one of .*'recognition'"),
    (dict(data_root=''), 'MMA52_ROOT'),
    (dict(data_root='', ann_file='a.csv'), 'data_prefix'),
])
def test_bad_options(options, text):
    with pytest.raises(ValueError, match=text):
        build(**{'data_root': 'nowhere', **options})
