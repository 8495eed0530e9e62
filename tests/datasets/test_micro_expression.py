# Copyright (c) mmaction-microaction contributors. All rights reserved.
import shutil

import pytest

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
]


def build(root, **kwargs):
    return MicroExpressionDataset(data_root=str(root), **kwargs)


def get(dataset, *keys):
    """What the data infos have, by key."""
    return [tuple(info[x] for x in keys) for info in dataset]


def names(dataset):
    return [info['clip_name'] for info in dataset]


@pytest.fixture
def root(make_casme2):
    return make_casme2(ROWS)


@pytest.fixture
def make_samm(tmp_path, write_book, write_frames):
    """A function that writes a table with a sound row and more rows, and the
    frames of a clip."""

    def make(*rows):
        root = tmp_path / 'samm'
        write_frames(root / '006/006_1_2', '006_{:05d}.jpg', range(50, 65))
        header = ('Subject', 'Filename', 'Onset Frame', 'Apex Frame',
                  'Offset Frame', 'Estimated Emotion')
        sound = ('006', '006_1_2', 52, 58, 62, 'Anger')
        write_book(root / 'SAMM_Micro_FACS_Codes_v2.xlsx',
                   [header, sound, *rows])
        return root

    return make


def test_clips_labels_and_what_was_put_right(root):
    dataset = build(root)
    assert dataset.metainfo['classes'] == ('negative', 'positive', 'surprise')
    assert dataset.subjects == ['sub01', 'sub02', 'sub04']
    keys = 'subject', 'clip_name', 'onset', 'apex', 'offset', 'emotion', \
        'label'
    assert get(dataset, *keys) == [
        ('sub01', 'sub01/EP01', 10, 15, 20, 'happiness', 1),
        ('sub01', 'sub01/EP02', 10, 15, 20, 'disgust', 0),
        ('sub01', 'sub01/EP03', 30, 35, 40, 'surprise', 2),
        ('sub02', 'sub02/EP01', 10, 15, 20, 'surprise', 2),
        ('sub02', 'sub02/EP02', 10, 12, 20, 'repression', 0),
        ('sub04', 'sub04/EP01', 10, 15, 20, 'disgust', 0),
    ]
    assert set(get(dataset, 'source', 'action_units')) == {('casme2', '4+L7')}
    assert [str(x) for x in dataset.notes] == [
        "sub01: is spelt '1', 'sub01' in the table; taken for one subject",
        "sub01: is spelt '1', 'sub01' in the folders; taken for one subject",
        "sub01/EP03: apex '/' is no frame number; took the middle, 35",
        'sub02/EP01: apex 10 is the onset; took the middle, 15'
    ]
    assert [str(x) for x in dataset.dropped
            ] == ['sub03/EP01: others is in none of the classes']


def test_own_scheme(root):
    own = build(root, scheme=dict(glad=['happiness'], tense=['repression']))
    assert names(own) == ['sub01/EP01', 'sub02/EP02']
    assert own.num_classes == 2


def test_folds_are_a_partition(root):
    everything = build(root)
    tested = []
    for index, subject in enumerate(everything.subjects):
        test = build(root, test_subject=index, test_mode=True)
        train = build(root, test_subject=subject)
        assert {x for x, in get(test, 'subject')} == {subject}
        assert sorted(names(test) + names(train)) == sorted(names(everything))
        assert test.subjects == train.subjects == everything.subjects
        tested += names(test)
    assert tested == names(everything)
    # The last fold tests on one class only, which is as it should be.
    assert get(test, 'label') == [(0, )]


def test_missing_frames(root):
    frames = root / 'Cropped-updated' / 'Cropped'
    shutil.rmtree(frames / '4')
    dataset = build(root)
    assert len(dataset) == 5 and dataset.subjects == ['sub01', 'sub02']
    assert 'sub04/EP01: no frames in any folder' in map(str, dataset.dropped)
    # Not looked at: the clip is there until it is loaded.
    unseen = build(root, check_files=False)
    assert len(unseen) == 6
    assert unseen[0]['frame_dir'].endswith('Cropped/1/EP01')
    assert unseen[5]['frame_dir'].endswith('Cropped/sub04/EP01')
    shutil.rmtree(frames)
    frames.mkdir()
    with pytest.raises(FileNotFoundError, match='none of 6 clips'):
        build(root)


def test_rules_for_a_missing_apex(root):
    dropped = build(root, missing_apex='drop')
    assert len(dropped) == 4
    assert 'sub02/EP01: apex 10 is the onset' in map(str, dropped.dropped)
    found = build(root, missing_apex='find')
    assert 30 < found[2]['apex'] <= 40 and 'found' in str(found.notes[2])


@pytest.mark.parametrize(
    'rows, options, message',
    [
        (ROWS, dict(kind='mmew'), "got 'mmew'"),
        (ROWS, dict(missing_apex='guess'), "got 'guess'"),
        (ROWS, dict(kind='smic', check_files=False), 'check_files=False'),
        (ROWS, dict(kind='megc2019', scheme=5), 'has 3 classes'),
        (ROWS, dict(test_subject='sub09'), 'subjects are sub01, sub02, sub04'),
        (ROWS, dict(data_root=''), 'needs data_root'),
        ([(1, 'EP', 10, 15, 20, 'joy')], {}, "sub01/EP: .* got 'joy'"),
        # A typing error would leave a class out in silence.
        (ROWS, dict(scheme=dict(a=['hapiness'], b=['fear'])), "'hapiness', but"
         ),
        (ROWS[:3], dict(test_subject=0), 'two or more of them'),
        # Subject 1 left out, only negative clips are left to train on.
        ([*ROWS[:2], ROWS[6]], dict(test_subject='sub01'), "are 'negative'"),
    ])
def test_what_cannot_be_used(make_casme2, rows, options, message):
    options = dict(dict(data_root=str(make_casme2(rows))), **options)
    with pytest.raises(ValueError, match=message):
        MicroExpressionDataset(**options)


def test_composite(root, tmp_path, make_samm, write_frames):
    make_samm()
    write_frames(tmp_path / 'smic/HS/s1/micro/positive/s1_po_01',
                 'reg_image{:06d}.bmp', range(1, 12))
    (tmp_path / 'combined_3class_gt.csv').write_text(
        'smic,s1,s1_po_01,1\ncasme2,sub01,EP02,0\ncasme2,sub02,EP01,2\n'
        'samm,006,006_1_2,0\nsamm,007,007_1_1,0\nsmic,S01,s1_PO_01,1\n')
    dataset = build(tmp_path, kind='megc2019')
    assert get(dataset, 'clip_name', 'label', 'apex', 'source') == [
        ('smic/s01/s1_po_01', 1, 6, 'smic'),
        ('casme2/sub01/EP02', 0, 15, 'casme2'),
        ('casme2/sub02/EP01', 2, 15, 'casme2'),
        ('samm/006/006_1_2', 0, 58, 'samm'),
    ]
    assert [x.clip for x in dataset.dropped] == ['samm/007/007_1_1']
    assert 'line 6 repeats line 1' in str(dataset.notes[0])
    # A data set elsewhere.
    (tmp_path / 'samm').rename(tmp_path / 'elsewhere')
    test = build(
        tmp_path,
        kind='megc2019',
        data_prefix=dict(samm='elsewhere'),
        test_subject='samm/6',
        test_mode=True)
    assert names(test) == ['samm/006/006_1_2']


def test_without_looking_at_frames(make_samm, tmp_path):
    # The layout in docs/micro_expression.md, with its two kinds of defects.
    samm = make_samm(('006', '006_1_3', 62, 58, 52, 'Surprise'),
                     ('006', '006_1_4', None, 58, 62, 'Surprise'),
                     ('006', '006_1_5', 52, 58, 62, 'Surprise'))
    options = dict(kind='samm', check_files=False)
    dataset = build(samm, pipeline=[dict(type='LoadOnsetApex')], **options)
    assert dataset[0]['frame_inds'].tolist() == [52, 58]
    reversed_ends, blank = map(str, dataset.dropped)
    assert 'offset 52 is not behind onset 62' in reversed_ends
    assert 'no onset or no offset annotated' in blank
    # Where there is no folder, the loader has one to name.
    with pytest.raises(FileNotFoundError, match='006/006_1_5'):
        dataset[1]
    # The annotation alone.
    table, later = samm / 'SAMM_Micro_FACS_Codes_v2.xlsx', tmp_path / 'later'
    dataset = build(later, ann_file=str(table), **options)
    assert dataset[0]['frame_dir'] == str(later / 'SAMM' / '006' / '006_1_2')
