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


def texts(findings):
    return [str(x) for x in findings]


@pytest.fixture
def root(make_casme2):
    return make_casme2(ROWS)


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
    assert texts(dataset.notes) == [
        "sub01: is spelt '1', 'sub01' in the table; taken for one subject",
        "sub01: is spelt '1', 'sub01' in the folders; taken for one subject",
        "sub01/EP03: apex '/' is no frame number; took the middle, 35",
        'sub02/EP01: apex 10 is the onset; took the middle, 15'
    ]
    assert texts(
        dataset.dropped) == ['sub03/EP01: others is in none of the classes']
    own = build(root, scheme=dict(glad=['happiness'], tense=['repression']))
    assert names(own) == ['sub01/EP01', 'sub02/EP02']
    assert own.num_classes == 2
    # The rules for a missing apex.
    dropped = build(root, missing_apex='drop')
    assert len(dropped) == 4
    assert 'sub02/EP01: apex 10 is the onset' in texts(dropped.dropped)
    found = build(root, missing_apex='find')
    assert 30 < found[2]['apex'] <= 40 and 'found' in str(found.notes[2])


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


def test_missing_frames(root, monkeypatch):
    said = []
    monkeypatch.setattr(
        'mmaction_microaction.datasets.expressions.clips.print_log',
        lambda text, *_: said.append(text))
    frames = root / 'Cropped-updated' / 'Cropped'
    shutil.rmtree(frames / '4')
    dataset = build(root)
    assert [x.count(str(frames)) for x in said] == [1] * 3  # of each list
    assert len(dataset) == 5 and dataset.subjects == ['sub01', 'sub02']
    assert 'sub04/EP01: no frames in any folder' in texts(dataset.dropped)
    shutil.rmtree(frames)
    frames.mkdir()
    for options in {}, dict(data_prefix=dict(img=str(frames))):
        with pytest.raises(FileNotFoundError) as error:
            build(root, **options)
        assert 'folders <subject>/<clip> in\n' in str(error.value)
        assert str(error.value).count(f'    {frames}\n') == 1


def test_without_looking_at_frames(make_casme2, tmp_path):
    root = make_casme2([
        *ROWS, (4, 'EP02', 62, 58, 52, 'disgust'),
        (4, 'EP03', None, 58, 62, 'disgust')
    ])
    table, = root.glob('*.xlsx')
    shutil.rmtree(root / 'Cropped-updated' / 'Cropped' / '4')
    dataset = build(
        root, pipeline=[dict(type='LoadOnsetApex')], check_files=False)
    assert dataset[0]['frame_inds'].tolist() == [10, 15]
    assert texts(dataset.dropped)[1:] == [
        'sub04/EP02: offset 52 is not behind onset 62',
        'sub04/EP03: no onset or no offset annotated; only check_files=True '
        'finds the first and the last frame'
    ]
    # Where there is no folder, the loader has one to name.
    with pytest.raises(FileNotFoundError, match='Cropped/sub04/EP01'):
        dataset[5]
    # The annotation alone.
    dataset = build(tmp_path / 'x', ann_file=str(table), check_files=False)
    assert dataset[0]['frame_dir'].endswith('x/Cropped-updated/Cropped/sub01/'
                                            'EP01')


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
        # Subject 1 left out, only negative clips are left to train on.
        ([*ROWS[:2], ROWS[6]], dict(test_subject='sub01'), "are 'negative'"),
    ])
def test_what_cannot_be_used(make_casme2, rows, options, message):
    options = dict(dict(data_root=str(make_casme2(rows))), **options)
    with pytest.raises(ValueError, match=message):
        MicroExpressionDataset(**options)


def test_composite(root, tmp_path, write_frames):
    write_frames(tmp_path / 'smic/HS/s1/micro/positive/s1_po_01',
                 'reg_image{:06d}.bmp', range(1, 12))
    (tmp_path / 'combined_3class_gt.csv').write_text(
        'smic,s1,s1_po_01,1\ncasme2,sub01,EP02,0\ncasme2,sub02,EP01,2\n'
        'casme2,7,EP01,0\nsmic,S01,s1_PO_01,1\n')
    dataset = build(tmp_path, kind='megc2019')
    assert get(dataset, 'clip_name', 'label', 'apex', 'source') == [
        ('smic/s01/s1_po_01', 1, 6, 'smic'),
        ('casme2/sub01/EP02', 0, 15, 'casme2'),
        ('casme2/sub02/EP01', 2, 15, 'casme2'),
    ]
    root = root.rename(tmp_path / 'CASME II')
    assert len(build(tmp_path, kind='megc2019')) == 3
    assert [x.clip for x in dataset.dropped] == ['casme2/sub07/EP01']
    assert 'line 5 repeats line 1' in str(dataset.notes[0])
    # A data set elsewhere.
    root.rename(tmp_path / 'elsewhere')
    test = build(
        tmp_path,
        kind='megc2019',
        data_prefix=dict(casme2='elsewhere'),
        test_subject='CASME2/2',
        test_mode=True)
    assert names(test) == ['casme2/sub02/EP01']
