# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""MicroActionDataset, and MA52Dataset, which is the same for MA-52."""
import os

import pytest
from mmaction.registry import DATASETS

from mmaction_microaction.datasets import labels_of, subject_of
from mmaction_microaction.taxonomy import MA52

SPLITS = dict(
    train=[(f'000{s}_01_{i:04d}.mp4', (s * i) % 52) for s in range(4)
           for i in range(3)],
    val=[(f'000{s}_02_{i:04d}.mp4', s) for s in range(5) for i in range(2)],
    test=[(f'test{i:04d}.mp4', 0) for i in range(3)])


def build(type='MA52Dataset', **kwargs):
    return DATASETS.build(dict(type=type, **kwargs))


def pairs(dataset):
    return [(info['clip_name'], info.get('label')) for info in dataset]


@pytest.fixture
def root(tmp_path, good_clip):
    """As the official one; every clip is a link to the same tiny video."""
    for split, entries in SPLITS.items():
        (tmp_path / f'videos_{split}').mkdir()
        for name, _ in entries:
            os.link(good_clip, tmp_path / f'videos_{split}' / name)
        # Windows line ends, none after the last.
        (tmp_path / f'{split}_list_videos.txt').write_text('\r\n'.join(
            f'{name} {label}' for name, label in entries))
    return str(tmp_path)


def test_own_clips_and_taxonomy(root, five, tmp_path):
    path = tmp_path / 'my.txt'
    path.write_text('0000_02_0000.mp4 4\n0001_02_0000.mp4 0\n')
    options = dict(
        type='MicroActionDataset',
        taxonomy=five.to_dict(),
        ann_file=str(path),
        data_prefix=dict(video=f'{root}/videos_val'))
    own = build(metainfo=dict(a=1), **options)
    assert labels_of(own).tolist() == [4, 0]
    assert own.metainfo == dict(
        dataset_type='micro_action',
        taxonomy=five.to_dict(),
        classes=list(five.names),
        a=1)
    path.write_text('0000_02_0000.mp4 5\n')
    with pytest.raises(ValueError, match='my.txt:1: .* from 0 to 4, .*5'):
        build(**options)
    with pytest.raises(FileNotFoundError) as error:
        build('MicroActionDataset', data_root='nowhere')
    assert 'MA-52' not in str(error.value)


def test_official_test_split_has_no_labels(root):
    options = dict(data_root=root, split='test')
    dataset = build(**options)
    assert pairs(dataset) == [(name, None) for name, _ in SPLITS['test']]
    assert 'label' not in dataset[0]
    assert pairs(build(test_labels=True, **options)) == SPLITS['test']
    # Of one's own test list the labels are true.
    assert pairs(build('MicroActionDataset', **options)) == SPLITS['test']


def test_explicit_list_and_folder(root, tmp_path):
    expected = [('0003_02_0001.mp4', 7), ('0000_02_0000.mp4', 9)]
    mine, folder = tmp_path / 'my.txt', f'{root}/videos_val'
    mine.write_text('\n'.join(f'{name} {label}' for name, label in expected))
    given, prefix = dict(ann_file=str(mine)), dict(video='videos_val')
    for options in (
            # As MMAction2's VideoDataset, with everything given.
            dict(given, data_prefix=dict(video=folder)),
            # List given, folder found.
            dict(given, data_root=root, split='val'),
            # Labels count in the test split as well.
            dict(given, data_root=root, data_prefix=prefix, split='test')):
        dataset = build(**options)
        assert pairs(dataset) == expected
        assert dataset[0]['filename'] == f'{folder}/0003_02_0001.mp4'
    # Folder given, list found.
    dataset = build(data_root=root, data_prefix=prefix, split='val')
    assert pairs(dataset) == SPLITS['val']
    # Names that are paths.
    mine.write_text(f'{folder}/0000_02_0000.mp4 9')
    assert os.path.isfile(build(**given)[0]['filename'])


def test_labels_that_are_missing_or_dummies(root, tmp_path, monkeypatch):
    (tmp_path / 'my.txt').write_text('a.mp4')
    options = dict(ann_file=str(tmp_path / 'my.txt'), check_files=False)
    assert pairs(build(test_mode=True, **options)) == [('a.mp4', None)]
    with pytest.raises(ValueError, match='my.txt:1: .*its label'):
        build(**options)
    said = []
    monkeypatch.setattr('mmaction_microaction.datasets.micro_action.print_log',
                        lambda text, *_: said.append(text))
    options['ann_file'] = f'{root}/test_list_videos.txt'
    build(test_mode=True, **options)
    assert len(said) == 1 and 'dummy labels' in said[0]


def test_class_subset(root):
    wanted = ['D3', 'shaking body', 4]
    dataset = build(data_root=root, split='val', classes=wanted)
    few = MA52.subset(wanted)
    assert dataset.metainfo == dict(
        dataset_type='ma52', taxonomy=few.to_dict(), classes=list(few.names))
    new = {MA52.find(key).index: i for i, key in enumerate(wanted)}
    assert pairs(dataset) == [(name, new[label])
                              for name, label in SPLITS['val'] if label in new]
    # Clips without labels are of any class.
    assert len(build(data_root=root, split='test', classes=wanted)) == 3


@pytest.mark.parametrize('options, message', [
    (dict(classes=['yawning']), 'yawning'),
    (dict(classes=[51]), 'no clip of the classes'),
    (dict(split='trian'), 'trian'),
    (dict(data_root=''), 'MA52_ROOT'),
    (dict(subject_split=dict(part='test')), 'part'),
    (dict(subject_split=dict(fold=1)), 'fold'),
    (dict(subject_split=dict(), ann_file='a.txt'), 'ann_file'),
])
def test_bad_options(root, options, message):
    with pytest.raises(ValueError, match=message):
        build(**{'data_root': root, **options})


def test_subject_split(root):
    options = dict(ratio=0.4, seed=1)
    train = pairs(build(data_root=root, subject_split=options))
    val = pairs(build(data_root=root, split='val', subject_split=options))
    assert sorted(train + val) == sorted(SPLITS['train'] + SPLITS['val'])
    people = [{subject_of(name) for name, _ in x} for x in (train, val)]
    assert not people[0] & people[1] and len(people[1]) == 2
    options['part'] = 'val'
    assert val == pairs(build(data_root=root, subject_split=options))


def test_missing_clips(root):
    for name in ('0000_01_0001.mp4', '0002_01_0002.mp4'):
        os.remove(f'{root}/videos_train/{name}')
    with pytest.raises(FileNotFoundError, match='2 of 12 .*10 were found'):
        build(data_root=root)
    os.rename(f'{root}/videos_train', f'{root}/away')
    with pytest.raises(FileNotFoundError, match='video folder'):
        build(data_root=root)
    # The annotations alone are enough.
    assert pairs(build(data_root=root, check_files=False)) == SPLITS['train']
    # Nothing is read before it is needed.
    dataset = build(data_root='nowhere', lazy_init=True)
    assert len(dataset.metainfo['classes']) == 52
