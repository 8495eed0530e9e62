# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets import list_subjects
from mmaction_microaction.datasets.expressions import check_fold

SUBJECTS = ['sub01', 'sub02', 'sub17']


def test_a_fold_by_name_or_index():
    for fold, name in ((0, 'sub01'), (2, 'sub17'), ('sub17', 'sub17'),
                       ('S2', 'sub02'), ('1', 'sub01')):
        assert check_fold(fold, SUBJECTS) == name
    composite = ['casme2/sub06', 'samm/006']
    assert check_fold('SAMM/6', composite) == 'samm/006'
    with pytest.raises(ValueError, match="no subject '6'"):
        check_fold('6', composite)
    with pytest.raises(ValueError, match='two or more'):
        check_fold(0, ['sub01'])


@pytest.mark.parametrize('kind, message, folds', [
    (ValueError, 'test_subject must be 0 to 2', [3, -1]),
    (ValueError, 'sub01, sub02, sub17', ['sub03', '', 'smic/1']),
    (TypeError, 'an index or None, but got', [True, 1., None, ['sub01']]),
])
def test_no_such_subject(kind, message, folds):
    for fold in folds:
        with pytest.raises(kind, match=message):
            check_fold(fold, SUBJECTS)


def test_list_subjects_of_a_config(make_casme2):
    root = make_casme2([(2, 'EP1', 10, 15, 20, 'happiness'),
                        (1, 'EP1', 10, 15, 20, 'disgust'),
                        (3, 'EP1', 10, 15, 20, 'others')])
    cfg = dict(
        type='MicroExpressionDataset',
        data_root=str(root),
        test_subject='sub01',
        pipeline=[dict(type='LoadOnsetApex')])
    assert list_subjects(dict(cfg, scheme=5)) == ['sub01', 'sub02', 'sub03']
    assert list_subjects(dict(type='RepeatDataset', times=2, dataset=cfg)) == \
        ['sub01', 'sub02']
    with pytest.raises(ValueError, match='MA52Dataset'):
        list_subjects(dict(type='MA52Dataset', ann_file='x'))
