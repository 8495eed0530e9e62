# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets import list_subjects
from mmaction_microaction.datasets.expressions import check_fold

SUBJECTS = ['sub01', 'sub02', 'sub17']


@pytest.mark.parametrize('fold, name', [(0, 'sub01'), (2, 'sub17'),
                                        ('sub17', 'sub17'), ('S2', 'sub02'),
                                        ('1', 'sub01')])
def test_a_fold_by_name_or_index(fold, name):
    assert check_fold(fold, SUBJECTS) == name


def test_subjects_of_a_composite():
    subjects = ['casme2/sub06', 'samm/006']
    assert check_fold('SAMM/6', subjects) == 'samm/006'
    with pytest.raises(ValueError, match="no subject '6'"):
        check_fold('6', subjects)


@pytest.mark.parametrize('fold, message',
                         [(3, 'test_subject must be 0 to 2'),
                          (-1, 'test_subject must be 0 to 2'),
                          ('sub03', "'sub03' .* sub01, sub02, sub17"),
                          ('', "'' .* sub01, sub02, sub17"),
                          ('smic/1', "'smic/1' .* sub01, sub02, sub17")])
def test_no_such_subject(fold, message):
    with pytest.raises(ValueError, match=message):
        check_fold(fold, SUBJECTS)


def test_other_errors():
    for fold in (True, 1., None, ['sub01']):
        with pytest.raises(TypeError, match='a name, an index or None'):
            check_fold(fold, SUBJECTS)
    with pytest.raises(ValueError, match='two or more'):
        check_fold(0, ['sub01'])


def test_list_subjects_of_a_config(make_casme2):
    root = make_casme2([(2, 'EP1', 10, 15, 20, 'happiness'),
                        (1, 'EP1', 10, 15, 20, 'disgust'),
                        (3, 'EP1', 10, 15, 20, 'others')])
    cfg = dict(
        type='MicroExpressionDataset',
        data_root=str(root),
        test_subject='sub01',
        test_mode=True,
        pipeline=[dict(type='LoadOnsetApex')])
    assert list_subjects(cfg) == ['sub01', 'sub02']
    assert list_subjects(dict(cfg, scheme=5)) == ['sub01', 'sub02', 'sub03']
    assert list_subjects(dict(type='RepeatDataset', times=2, dataset=cfg)) == \
        ['sub01', 'sub02']
    with pytest.raises(ValueError, match='MA52Dataset'):
        list_subjects(dict(type='MA52Dataset', ann_file='x'))
