# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import pickle

import numpy as np
import pytest

from mmaction_microaction.taxonomy import MA52, Taxonomy

FIVE = '''
title: Five
groups: {hand: '#112233', foot: null}
classes:
- {name: wave, group: hand, code: H1}
- {name: kick, group: foot}
- {name: open, group: hand, code: H2}
- {name: close, group: hand, code: H3}
- {name: stamp, group: foot}
time_reversed: [[open, close]]
aliases: {waving: wave}
'''


@pytest.fixture
def from_file(tmp_path):
    (tmp_path / 'five.yaml').write_text(FIVE)
    return Taxonomy.load(tmp_path / 'five.yaml')


def test_ma52_equals_the_published_table(shared_data):
    with open(shared_data.parent / 'facts' / 'ma52_labels.csv') as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == MA52.num_classes == 52
    for row, label in zip(rows, MA52.labels):
        assert (str(label.index), label.name, label.code, str(label.group),
                label.group_name) == tuple(row.values())


def test_ma52():
    assert np.bincount(MA52.group_index).tolist() == [5, 6, 13, 8, 6, 10, 4]
    # The manual's codes are not in index order; six coincide.
    order = sorted(MA52.labels, key=lambda a: (a.code[0], int(a.code[1:])))
    same = [a.code for i, a in enumerate(order) if a.index == i]
    assert same == ['A1', 'A5', 'E3', 'F9', 'G3', 'G4']
    members = [i for pair in MA52.reversed_pairs for i in pair]
    assert len(members) == len(set(members)) == 10
    with pytest.raises(ValueError):
        MA52.group_index[0] = 1


@pytest.mark.parametrize('which', ['ma52', 'five'])
def test_look_ups_agree_both_ways(which, five):
    taxonomy = MA52 if which == 'ma52' else five
    for label in taxonomy.labels:
        for key in (label.index, np.int64(label.index), label.name,
                    label.code):
            assert taxonomy.find(key) is label
        assert label in taxonomy.members(label.group)
        assert label in taxonomy.members(label.group_name)


def test_a_file(from_file, tmp_path):
    own = from_file
    assert (own.name, own.title) == ('five', 'Five')
    assert own.groups == ('hand', 'foot') and own.group_of == (0, 1, 0, 0, 1)
    assert own.codes == ('H1', '1', 'H2', 'H3', '4')
    assert own.colours[0] == '#112233' and own.colours[1] in MA52.colours
    assert own.reversed_pairs == ((2, 3), )
    assert own.find('waving').name == 'wave'
    for again in (own, own.to_dict(), pickle.loads(pickle.dumps(own))):
        assert Taxonomy.load(again) == own
    (tmp_path / 'a.csv').write_text('index,name,body_name,code\n'
                                    '1.0,kick,foot,F\n0,wave,hand,H\n')
    table = Taxonomy.load(str(tmp_path / 'a.csv'))
    assert table.names == ('wave', 'kick') and table.codes == ('H', 'F')
    assert table.groups == ('hand', 'foot')
    (tmp_path / 'b.csv').write_text('name\nwave\nkick\n')
    assert Taxonomy.load(str(tmp_path / 'b.csv')).groups == ('all', )


def test_subset(from_file):
    few = from_file.subset(['close', 'wave', 'open'])
    assert few.names == ('close', 'wave', 'open')
    assert few.codes == ('H3', 'H1', 'H2') and few.groups == from_file.groups
    assert few.reversed_pairs == ((2, 0), ) and few.members('foot') == ()
    assert few.find('waving').index == 1 and few.name == from_file.name
    assert from_file.subset(['kick']).reversed_pairs == ()
    assert from_file.subset(from_file.names) == from_file
    with pytest.raises(ValueError, match='more than once'):
        from_file.subset(['kick', 'kick'])
    with pytest.raises(ValueError, match="unknown class 'jump'"):
        from_file.subset(['jump'])


@pytest.mark.parametrize('name, content, message', [
    ('a.yaml', '{', 'is no taxonomy'),
    ('a.csv', 'index,name\nx,a\n', "'x'"),
    ('a.csv', 'index,name\n0,a\n1.5,b\n', "'1.5'"),
    ('a.yaml', 'classes: [{code: 1}]', 'is no taxonomy'),
    ('a.yaml', 'classes: [{name: a, group: b}]\ngroups: [c]', 'not among'),
    ('a.yaml', 'classes: [{name: a}, {name: a}]', 'a is there more than once'),
    ('a.yaml', 'classes: []', 'for each class'),
    ('a.yaml', 'classes: [{name: no}]', 'name False is no text; quote it'),
    ('a.yaml', 'classes: [{name: a, group: on}]', 'True is no text; quote'),
    ('a.yaml', 'classes: [{name: a}]\nreversed: []',
     "unknown keys .'reversed"),
    ('a.yaml', 'classes: [{name: a}]\ntime_reversed: [[a, b]]', "'b'"),
    ('a.csv', 'index,name\n0,a\n2,b\n', 'once each'),
    ('a.csv', 'name,group\na,x\nb,\n', r"no group: \['b'\]"),
    ('a.yaml', 'groups: {x: red}\nclasses: [{name: a, group: x}]',
     'colours such'),
])
def test_files_of_another_form(name, content, message, tmp_path):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message) as caught:
        Taxonomy.load(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError):
        Taxonomy.load(tmp_path / name)


@pytest.mark.parametrize('key, error', [(52, ValueError), (-1, ValueError),
                                        ('nod', ValueError), (1.5, TypeError),
                                        (True, TypeError)])
def test_no_such_class_group_or_set(key, error):
    with pytest.raises(error):
        MA52.find(key)
    with pytest.raises(ValueError, match='leg-hand'):
        MA52.members('tail')
    with pytest.raises(FileNotFoundError, match='shipped are .*ma52'):
        Taxonomy.load('ma53')


@pytest.mark.parametrize('which', ['ma52', 'five'])
def test_group_scores_equal_a_plain_loop(which, five):
    taxonomy = MA52 if which == 'ma52' else five
    scores = np.random.default_rng(0).random((3, 4, taxonomy.num_classes))
    expected = np.zeros((3, 4, taxonomy.num_groups))
    for label in taxonomy.labels:
        expected[..., label.group] += scores[..., label.index]
    np.testing.assert_allclose(taxonomy.group_scores(scores), expected)
    few = taxonomy.subset(taxonomy.names[1::2])
    assert few.num_groups == taxonomy.num_groups
    expected = np.zeros((3, 4, few.num_groups))
    for label in few.labels:
        expected[..., label.group] += scores[..., label.index]
    np.testing.assert_allclose(
        few.group_scores(scores[..., :few.num_classes]), expected)
    with pytest.raises(ValueError, match=str(taxonomy.num_classes)):
        taxonomy.group_scores(scores[..., :-1])


def test_plain_types_of_other_versions():
    content = MA52.to_dict()
    assert Taxonomy.load(dict(content, of_a_later_version=1)) == MA52
    with pytest.raises(ValueError, match='no taxonomy'):
        Taxonomy.load(dict(name='q'))


def test_it_is_short_in_signatures_and_messages():
    assert repr(MA52) == '<Taxonomy ma52: 52 classes>'
