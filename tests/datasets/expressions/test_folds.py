# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets import list_subjects
from mmaction_microaction.datasets.expressions import check_fold

SUBJECTS = ['sub01', 'sub02', 'sub17']

COMPOSITE = ['casme2/sub06', 'samm/006']


@pytest.mark.parametrize('fold, subjects, name',
                         [(0, SUBJECTS, 'sub01'), (2, SUBJECTS, 'sub17'),
                          ('sub17', SUBJECTS, 'sub17'),
                          ('S2', SUBJECTS, 'sub02'), ('1', SUBJECTS, 'sub01'),
                          ('SAMM/6', COMPOSITE, 'samm/006')])
def test_a_fold_by_name_or_index(fold, subjects, name):
    assert check_fold(fold, subjects) == name


@pytest.mark.parametrize('fold, subjects, message', [
    (3, SUBJECTS, 'test_subject must be 0 to 2'),
    (-1, SUBJECTS, 'test_subject must be 0 to 2'),
    ('sub03', SUBJECTS, "'sub03' .* sub01, sub02, sub17"),
    ('', SUBJECTS, "'' .* sub01, sub02, sub17"),
    ('smic/1', SUBJECTS, "'smic/1' .* sub01, sub02, sub17"),
    ('6', COMPOSITE, "no subject '6'"),
    (0, ['sub01'], 'two or more'),
    *((fold, SUBJECTS, 'a name, an index or None')
      for fold in (True, 1., None, ['sub01'])),
])
def test_no_such_subject(fold, subjects, message):
    is_type = 'index or None' in message
    with pytest.raises(TypeError if is_type else ValueError, match=message):
        check_fold(fold, subjects)


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
