# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MicroActionDataset, and MA52Dataset, which is the same for MA-52."""
import os

import numpy as np
import pytest
from mmaction.registry import DATASETS

from mmaction_microaction.datasets import subject_of
from mmaction_microaction.taxonomy import MA52, Taxonomy

SPLITS = dict(
    train=[(f'000{s}_01_{i:04d}.mp4', (s * i) % 52) for s in range(4)
           for i in range(3)],
    val=[(f'000{s}_02_{i:04d}.mp4', s) for s in range(5) for i in range(2)],
    test=[(f'test{i:04d}.mp4', 0) for i in range(3)])
NAMES = {split: [name for name, _ in x] for split, x in SPLITS.items()}

PIPELINE = [
    dict(type='OpenVideo'),
    dict(type='SampleFrames', clip_len=1, num_clips=2, test_mode=True),
    dict(type='DecodeResized', scale=(-1, 32)),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'clip_name')),
]


def build(type='MA52Dataset', **kwargs):
    return DATASETS.build(dict(type=type, **kwargs))


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def pairs(dataset):
    return [(info['clip_name'], info.get('label')) for info in infos(dataset)]


@pytest.fixture
def root(make_root):
    return str(make_root(SPLITS))


@pytest.mark.parametrize('layout', ['a', 'b', 'flat'])
def test_splits_are_found(make_root, layout):
    root = str(make_root(SPLITS, layout))
    for split in ('train', 'val'):
        dataset = build(data_root=root, split=split)
        assert pairs(dataset) == SPLITS[split]
        assert all(os.path.isfile(x['filename']) for x in infos(dataset))


def test_own_clips_and_taxonomy(root, five, tmp_path):
    path = tmp_path / 'my.txt'
    path.write_text('0000_02_0000.mp4 4\n0001_02_0000.mp4 0\n')
    options = dict(
        type='MicroActionDataset',
        taxonomy=five.to_dict(),
        ann_file=str(path),
        data_prefix=dict(video=f'{root}/videos_val'))
    dataset = build(**options)
    assert dataset.class_counts().tolist() == [1, 0, 0, 0, 1]
    assert dataset.metainfo['classes'] == list(five.names)
    assert Taxonomy.load(dataset.metainfo['taxonomy']) == five
    assert build(**dict(options, type='MA52Dataset')).num_classes == 5
    meta = build(data_root=root, metainfo=dict(a=1)).metainfo
    assert meta['dataset_type'] == 'ma52' and meta['a'] == 1
    assert meta['classes'] == list(MA52.names)
    assert Taxonomy.load(meta['taxonomy']) == MA52
    path.write_text('0000_02_0000.mp4 5\n')
    with pytest.raises(ValueError, match='my.txt:1: .* from 0 to 4, .*5'):
        build(**options)
    with pytest.raises(FileNotFoundError, match='no taxonomy none'):
        build(**dict(options, taxonomy='none'))
    with pytest.raises(FileNotFoundError) as error:
        build('MicroActionDataset', data_root=str(tmp_path))
    assert 'MA-52' not in str(error.value)
    # Of one's own test list the labels are true.
    own = build('MicroActionDataset', data_root=root, split='test')
    assert pairs(own) == SPLITS['test']


@pytest.mark.parametrize('serialize_data', [True, False])
def test_name_and_label_reach_the_sample(root, serialize_data):
    dataset = build(
        data_root=root, pipeline=PIPELINE, serialize_data=serialize_data)
    sample = dataset[4]['data_samples']
    name, label = SPLITS['train'][4]
    assert sample.clip_name == name and sample.gt_label.tolist() == [label]
    assert dataset[4]['inputs'].shape == (2, 3, 32, 40)


def test_official_test_split_has_no_labels(root):
    dataset = build(
        data_root=root, split='test', pipeline=PIPELINE, test_mode=True)
    assert pairs(dataset) == [(name, None) for name in NAMES['test']]
    sample = dataset[1]['data_samples']
    assert sample.clip_name == 'test0001.mp4' and 'gt_label' not in sample
    with pytest.raises(ValueError, match='no true labels'):
        dataset.class_counts()
    true = build(data_root=root, split='test', test_labels=True)
    assert pairs(true) == SPLITS['test']


def test_explicit_list_and_folder(root, tmp_path):
    (tmp_path / 'my.txt').write_text('0003_02_0001.mp4 7\n0000_02_0000.mp4 9')
    expected = [('0003_02_0001.mp4', 7), ('0000_02_0000.mp4', 9)]
    mine, folder = str(tmp_path / 'my.txt'), os.path.join(root, 'videos_val')
    # As MMAction2's VideoDataset, with everything given.
    dataset = build(ann_file=mine, data_prefix=dict(video=folder))
    assert pairs(dataset) == expected
    assert infos(dataset)[0]['filename'] == f'{folder}/0003_02_0001.mp4'
    # List given, folder found; labels count in the test split as well.
    assert pairs(build(ann_file=mine, data_root=root, split='val')) == expected
    dataset = build(
        ann_file=mine, data_prefix=dict(video='videos_val'), data_root=root,
        split='test')  # yapf: disable
    assert pairs(dataset) == expected
    # Folder given, list found.
    dataset = build(data_root=root, data_prefix=dict(video='videos_train'))
    assert pairs(dataset) == SPLITS['train']
    # Names that are paths.
    (tmp_path / 'paths.txt').write_text(f'{folder}/0000_02_0000.mp4 9')
    dataset = build(ann_file=str(tmp_path / 'paths.txt'))
    assert os.path.isfile(infos(dataset)[0]['filename'])


def test_labels_that_are_missing_or_dummies(root, tmp_path, monkeypatch):
    path = tmp_path / 'my.txt'
    path.write_text('a.mp4\nb.mp4\n')
    options = dict(ann_file=str(path), check_files=False)
    assert pairs(build(test_mode=True, **options)) == [('a.mp4', None),
                                                       ('b.mp4', None)]
    with pytest.raises(ValueError, match='my.txt:1: .*no label'):
        build(**options)
    said = []
    monkeypatch.setattr('mmaction_microaction.datasets.micro_action.print_log',
                        lambda text, **_: said.append(text))
    options['ann_file'] = f'{root}/test_list_videos.txt'
    build(test_mode=True, **options)
    assert len(said) == 1 and 'dummy labels' in said[0]


def test_class_subset(root):
    wanted = ['D3', 'shaking body', 4]
    dataset = build(data_root=root, split='val', classes=wanted, num_classes=3)
    actions = [MA52.find(key) for key in wanted]
    assert dataset.metainfo['classes'] == [a.name for a in actions]
    taxonomy = Taxonomy.load(dataset.metainfo['taxonomy'])
    assert [x.group_name
            for x in taxonomy.labels] == [a.group_name for a in actions]
    new = {action.index: i for i, action in enumerate(actions)}
    assert pairs(dataset) == [(name, new[label])
                              for name, label in SPLITS['val'] if label in new]
    assert dataset.class_counts().tolist() == [0, 2, 2]
    # Clips without labels are of any class.
    assert len(build(data_root=root, split='test', classes=wanted)) == 3


@pytest.mark.parametrize('options, message', [
    (dict(classes=['yawning']), 'yawning'),
    (dict(classes=[52]), '52'),
    (dict(classes=[0, 'A1']), 'shaking body is there more than once'),
    (dict(classes=[]), 'classes'),
    (dict(classes='nodding'), 'classes'),
    (dict(classes=[51]), 'no clip of the classes'),
    (dict(num_classes=51), 'num_classes .* 51, but there are 52'),
    (dict(num_classes=52, classes=[0, 1]), 'num_classes'),
    (dict(split='trian'), 'trian'),
    (dict(data_root=''), 'MA52_ROOT'),
    (dict(subject_split=dict(ratio=2)), 'ratio'),
    (dict(subject_split=dict(part='test')), 'part'),
    (dict(subject_split=dict(fold=1)), 'fold'),
    (dict(subject_split=dict(), ann_file='a.txt'), 'ann_file'),
])
def test_bad_options(root, options, message):
    with pytest.raises(ValueError, match=message):
        build(**{'data_root': root, **options})


def test_subject_split(root):
    options = dict(ratio=0.4, seed=1)
    train = build(data_root=root, subject_split=options)
    val = build(data_root=root, split='val', subject_split=options)
    assert sorted(pairs(train) + pairs(val)) == sorted(SPLITS['train'] +
                                                       SPLITS['val'])
    people = [{subject_of(name)
               for name, _ in pairs(part)} for part in (train, val)]
    assert not people[0] & people[1] and len(people[1]) == 2
    assert all(os.path.isfile(info['filename']) for info in infos(val))
    again = build(data_root=root, subject_split=dict(part='val', **options))
    assert pairs(again) == pairs(val)


def test_missing_clips(root):
    for name in ('0000_01_0001.mp4', '0002_01_0002.mp4'):
        os.remove(os.path.join(root, 'videos_train', name))
    with pytest.raises(FileNotFoundError, match='2 of 12 .*10 were found'):
        build(data_root=root)
    os.rename(os.path.join(root, 'videos_train'), os.path.join(root, 'away'))
    with pytest.raises(FileNotFoundError, match='video folder'):
        build(data_root=root)
    # The annotations alone are enough.
    assert pairs(build(data_root=root, check_files=False)) == SPLITS['train']


def test_lazy_init_and_indices(root, tmp_path):
    # Nothing is read before it is needed.
    dataset = build(data_root=str(tmp_path / 'nowhere'), lazy_init=True)
    assert 'not read' in repr(dataset)
    assert len(dataset.metainfo['classes']) == 52
    with pytest.raises(FileNotFoundError, match='make_sample_data.py'):
        dataset.full_init()
    lazy = build(data_root=root, lazy_init=True)
    assert lazy.class_counts().sum() == 12
    assert pairs(build(data_root=root, indices=3)) == SPLITS['train'][:3]
    few = lazy.get_subset([5, 0])
    assert pairs(few) == [SPLITS['train'][5], SPLITS['train'][0]]
    assert few.class_counts().sum() == 2


def test_statistics_and_repr(root):
    dataset = build(data_root=root)
    labels = np.array([label for _, label in SPLITS['train']])
    counts = [int((labels == k).sum()) for k in range(52)]
    assert dataset.class_counts().tolist() == counts
    assert dataset.long_tail_stats()['counts'] == counts
    assert dataset.get_cat_ids(4) == [SPLITS['train'][4][1]]
    assert repr(dataset).startswith('MA52Dataset(train, 12 clips, 52 classes')
    assert "'seed': 7" in repr(
        build(data_root=root, subject_split=dict(seed=7)))
