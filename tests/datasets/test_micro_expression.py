# Copyright (c) mmaction-microaction contributors. All rights reserved.
import shutil

import pytest
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmaction_microaction.datasets import MicroExpressionDataset

# Subject, file name, onset, apex, offset, emotion.
ROWS = [
    (1, 'EP01', 10, 15, 20, 'happiness'),
    (1, 'EP02', 10, 15, 20, 'disgust'),
    ('sub01', 'EP03', 30, '/', 40, 'surprise'),
    (2, 'EP01', 10, 10, 20, 'surprise'),
    (2, 'EP02', 10, 12, 20, 'Repression'),
    (3, 'EP01', 10, 15, 20, 'others'),
    (4, 'EP01', 10, 15, 20, 'disgust'),
]  # yapf: disable


def build(root, **kwargs):
    return MicroExpressionDataset(data_root=str(root), **kwargs)


def names(dataset, key='clip_name'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


@pytest.fixture
def root(make_casme2):
    return make_casme2(ROWS)


#: A table of SAMM with a sound row.
SAMM = [('Subject', 'Filename', 'Onset Frame', 'Apex Frame', 'Offset Frame',
         'Estimated Emotion'), ('006', '006_1_2', 52, 58, 62, 'Anger')]


@pytest.fixture
def make_samm(tmp_path, write_book, write_frames):
    """A function that writes the table with more rows, and a clip's frames."""

    def make(*rows):
        write_frames(tmp_path / 'samm/006/006_1_2', '006_{:05d}.jpg',
                     range(50, 65))
        return write_book(tmp_path / 'samm' / 'SAMM_Micro_FACS_Codes_v2.xlsx',
                          [*SAMM, *rows]).parent

    return make


def test_clips_labels_and_what_was_put_right(root):
    dataset = build(root)
    assert dataset.metainfo['classes'] == ('negative', 'positive', 'surprise')
    assert dataset.subjects == ['sub01', 'sub02', 'sub04']
    assert names(dataset, 'label') == [1, 0, 2, 2, 0, 0]
    assert names(dataset, 'apex') == [15, 15, 35, 15, 12, 15]
    assert names(dataset, 'subject')[2] == 'sub01'
    assert set(names(dataset, 'source')) == {'casme2'}
    assert names(dataset, 'emotion')[4] == 'repression'
    assert names(dataset, 'action_units')[0] == '4+L7'
    assert dataset.get_cat_ids(0) == [1]
    assert [str(x) for x in dataset.notes] == [
        "sub01: is spelt '1', 'sub01' in the table; taken for one subject",
        "sub01: is spelt '1', 'sub01' in the folders; taken for one subject",
        "sub01/EP03: apex '/' is no frame number; took the middle, 35",
        'sub02/EP01: apex 10 is the onset; took the middle, 15'
    ]
    assert [str(x) for x in dataset.dropped
            ] == ['sub03/EP01: others is in none of the classes']


def test_other_schemes(root):
    assert len(build(root, scheme=4)) == len(build(root, scheme=5)) == 7
    own = build(root, scheme=dict(glad=['happiness'], tense=['repression']))
    assert names(own) == ['sub01/EP01', 'sub02/EP02']
    assert own.num_classes == 2


def test_folds_are_a_partition(root):
    everything = names(build(root))
    tested = []
    for index, subject in enumerate(build(root).subjects):
        test = build(root, test_subject=index, test_mode=True)
        train = build(root, test_subject=subject)
        assert {x.split('/')[0] for x in names(test)} == {subject}
        assert sorted(names(test) + names(train)) == sorted(everything)
        assert test.subjects == train.subjects
        tested += names(test)
    assert sorted(tested) == sorted(everything)
    # The last fold tests on one class only, which is as it should be.
    assert set(names(test, 'label')) == {0}


def test_missing_frames(root):
    frames = root / 'Cropped-updated' / 'Cropped'
    shutil.rmtree(frames / '4')
    (frames / '2' / 'EP02' / 'reg_img12.png').unlink()
    dataset = build(root)
    assert len(dataset) == 5 and dataset.subjects == ['sub01', 'sub02']
    assert 'sub04/EP01: no frames in any folder' in map(str, dataset.dropped)
    assert dataset.get_data_info(4)['apex'] == 11
    # Not looked at: the clip is there until it is loaded.
    unseen = build(root, check_files=False)
    assert len(unseen) == 6
    assert unseen.get_data_info(5)['frame_dir'].endswith('Cropped/sub04/EP01')
    shutil.rmtree(frames)
    frames.mkdir()
    with pytest.raises(FileNotFoundError, match='none of 6 clips'):
        build(root)


def test_rules_for_a_missing_apex(root):
    dropped = build(root, missing_apex='drop')
    assert len(dropped) == 4
    assert 'sub02/EP01: apex 10 is the onset' in map(str, dropped.dropped)
    found = build(root, missing_apex='find')
    assert 30 < found.get_data_info(2)['apex'] <= 40
    assert 'found' in str(found.notes[2])


@pytest.mark.parametrize('kwargs, message', [
    (dict(kind='mmew'), "got 'mmew'"),
    (dict(missing_apex='guess'), "got 'guess'"),
    (dict(kind='smic', check_files=False), 'check_files=False'),
    (dict(missing_apex='find', check_files=False), 'check_files=False'),
    (dict(kind='megc2019', scheme=5), 'has 3 classes'),
    (dict(test_subject='sub09'), 'the subjects are sub01, sub02, sub04'),
    (dict(test_subject='sub03'), 'with a clip in these classes'),
    (dict(test_subject=7), '0 to 2'),
])
def test_wrong_arguments(root, kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(root, **kwargs)


@pytest.mark.parametrize(
    'rows, kwargs, message',
    [
        (ROWS, dict(data_root=''), 'needs data_root'),
        ([(1, 'EP', 10, 15, 20, 'joy')], {}, "sub01/EP: .* got 'joy'"),
        # A typing error would leave a class out in silence.
        (ROWS, dict(scheme=dict(a=['hapiness'], b=['fear'])), "'hapiness', but"
         ),
        (ROWS[:3], dict(test_subject=0), 'two or more of them'),
        # Subject 1 left out, only negative clips are left to train on.
        ([*ROWS[:2], ROWS[6]], dict(test_subject='sub01'), "are 'negative'"),
    ])
def test_wrong_data(make_casme2, rows, kwargs, message):
    with pytest.raises(ValueError, match=message):
        MicroExpressionDataset(
            **dict(dict(data_root=str(make_casme2(rows))), **kwargs))


def test_composite(root, tmp_path, make_samm, write_frames):
    make_samm()
    write_frames(tmp_path / 'smic/HS/s1/micro/positive/s1_po_01',
                 'reg_image{:06d}.bmp', range(1, 12))
    (tmp_path / 'combined_3class_gt.csv').write_text(
        'smic,s1,s1_po_01,1\ncasme2,sub01,EP02,0\ncasme2,sub02,EP01,2\n'
        'samm,006,006_1_2,0\nsamm,007,007_1_1,0\nsmic,S01,s1_PO_01,1\n')
    dataset = build(tmp_path, kind='megc2019')
    assert names(dataset) == [
        'smic/s01/s1_po_01', 'casme2/sub01/EP02', 'casme2/sub02/EP01',
        'samm/006/006_1_2'
    ]
    assert names(dataset, 'label') == [1, 0, 2, 0]
    assert names(dataset, 'apex') == [6, 15, 15, 58]
    assert names(dataset, 'source') == ['smic', 'casme2', 'casme2', 'samm']
    assert [x.clip for x in dataset.dropped] == ['samm/007/007_1_1']
    assert 'line 6 repeats line 1' in str(dataset.notes[0])
    test = build(
        tmp_path, kind='megc2019', test_subject='samm/6', test_mode=True)
    assert names(test) == ['samm/006/006_1_2']
    # A data set elsewhere.
    (tmp_path / 'samm').rename(tmp_path / 'elsewhere')
    prefix = dict(samm='elsewhere')
    assert len(build(tmp_path, kind='megc2019', data_prefix=prefix)) == 4


def test_folders_are_found_without_looking_at_frames(root, make_samm):
    pipeline = [dict(type='LoadOnsetApex')]
    looked, unseen = (
        build(root, check_files=check, pipeline=pipeline)
        for check in (True, False))
    assert [x['frame_inds'].tolist() for x in unseen] == \
        [x['frame_inds'].tolist() for x in looked]
    assert unseen[0]['frame_dir'].endswith('Cropped/1/EP01')
    # The layout in docs/micro_expression.md, with its two kinds of defects.
    samm = make_samm(('006', '006_1_3', 62, 58, 52, 'Surprise'),
                     ('006', '006_1_4', None, 58, 62, 'Surprise'),
                     ('006', '006_1_5', 52, 58, 62, 'Surprise'))
    dataset = build(samm, kind='samm', check_files=False, pipeline=pipeline)
    assert dataset[0]['frame_inds'].tolist() == [52, 58]
    (reversed_ends, blank) = dataset.dropped
    assert 'offset 52 is not behind onset 62' in str(reversed_ends)
    assert 'no onset or no offset annotated' in str(blank)
    # Where there is no folder, the loader has one to name.
    with pytest.raises(FileNotFoundError, match='006/006_1_5'):
        dataset[1]


def test_annotation_without_any_frames(root, tmp_path):
    table = root / 'CASME2-coding-20190701.xlsx'
    dataset = build(tmp_path / 'later', ann_file=str(table), check_files=False)
    assert dataset.get_data_info(0)['frame_dir'] == str(
        tmp_path / 'later' / 'Cropped-updated' / 'Cropped' / 'sub01' / 'EP01')


@pytest.mark.parametrize('name', ['casme2', 'megc2019'])
def test_configs_give_pairs(repo, root, name):
    cfg = Config.fromfile(str(repo / f'configs/_base_/datasets/{name}.py'))
    loaders = [
        cfg[f'{x}_dataloader'].dataset for x in ('train', 'val', 'test')
    ]
    assert {x.kind for x in loaders} == {name}
    assert {x.test_subject for x in loaders} == {0}
    assert [x.get('test_mode', False) for x in loaders] == [False, True, True]
    for dataset in loaders:
        dataset.update(kind='casme2', data_root=str(root))
        built = DATASETS.build(dataset)
        batch = pseudo_collate([built[0], built[1]])
        assert batch['inputs'][0].shape == (2, 3, 224, 224)
        sample = batch['data_samples'][0]
        assert sample.metainfo.keys() >= {'clip_name', 'subject', 'source'}
        assert sample.gt_label.shape == (1, )


def test_clip_form(root):
    pipeline = [
        dict(type='LoadExpressionClip', num_frames=6),
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs')
    ]
    inputs = build(root, pipeline=pipeline)[0]['inputs']
    assert inputs.shape == (6, 3, 20, 16)
    # Red is the number of the frame: from onset to offset.
    assert inputs[:, 0, 0, 0].tolist() == [10, 12, 14, 16, 18, 20]
