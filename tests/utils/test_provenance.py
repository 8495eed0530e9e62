# Copyright (c) mmaction-microaction contributors. All rights reserved.
import hashlib
import json
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmaction_microaction.utils.provenance import (compare_records,
                                                   describe_data,
                                                   describe_file,
                                                   describe_software,
                                                   git_state, plain)


def git(folder, *words):
    return subprocess.check_output([
        'git', '-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@y.z',
        *words
    ],
                                   text=True).strip()


def test_git_state(tmp_path):
    clone = tmp_path / 'clone'
    package, inside = clone / 'package', clone / 'env' / 'package'
    for folder in (package, inside):
        folder.mkdir(parents=True)
        (folder / '__init__.py').touch()
    assert git_state(str(package)) is None
    git(clone, 'init', '-q')
    git(clone, 'add', 'package')
    git(clone, 'commit', '-qm', 'x')
    commit = git(clone, 'rev-parse', 'HEAD')
    assert git_state(str(package)) == dict(commit=commit, dirty=False)
    assert git_state(str(inside)) is None  # another's clone
    (package / '__init__.py').write_text('1')
    assert git_state(str(package)) == dict(commit=commit, dirty=True)


def test_software():
    record = describe_software()
    assert record == json.loads(json.dumps(record))
    assert record['versions']['torch'].split('+')[0] == \
        torch.__version__.split('+')[0]
    assert record['versions']['numpy'] == np.__version__
    assert record['machine']['threads'] == torch.get_num_threads()


class Clips:

    def __init__(self, root, names):
        self.ann_file = str(root / 'list.txt')
        self.sources = [self.ann_file, str(root / 'missing.txt')]
        self.paths = [str(root / x) for x in names]

    def __len__(self):
        return len(self.paths)

    def get_data_info(self, index):
        return dict(filename=self.paths[index])


@pytest.fixture
def data(tmp_path):
    """A function: name of a root, made with two clips -> its data set."""

    def make(name, names=('a/1.mp4', 'b/2.mp4'), text='x'):
        root = tmp_path / name
        for part in 'ab':
            (root / part).mkdir(parents=True, exist_ok=True)
        (root / 'list.txt').write_text('a/1.mp4 0')
        (root / 'a/1.mp4').write_text('four')
        (root / 'b/2.mp4').write_text(text)
        return Clips(root, names)

    return make


def test_manifest(data):
    digest = hashlib.sha256(b'a/1.mp4\t4\nb/2.mp4\t1\n').hexdigest()
    expected = dict(
        dataset='Clips',
        annotations={'list.txt': hashlib.sha256(b'a/1.mp4 0').hexdigest()},
        clips=2,
        bytes=5,
        missing=0,
        clips_sha256=digest)
    assert describe_data(data('one')) == expected
    assert describe_data(data('other/place')) == expected
    wrapped = SimpleNamespace(dataset=data('one'))
    assert describe_data(wrapped) == dict(expected, dataset='SimpleNamespace')
    for change in (dict(names=('b/2.mp4', 'a/1.mp4')), dict(text='longer'),
                   dict(names=('a/1.mp4', 'b/3.mp4'))):
        found = describe_data(data('one', **change))
        assert found['clips_sha256'] != digest
        assert found['missing'] == ('b/3.mp4' in change.get('names', ()))
    folders = describe_data(data('one', names=('a', 'b')))
    assert (folders['bytes'], folders['missing']) == (5, 0)


def test_no_clips_on_the_disk():
    poses = type(
        'Poses', (),
        dict(
            __len__=lambda _: 3,
            get_data_info=lambda _, i: dict(clip_name=str(i))))()
    found = describe_data(poses)
    assert (found['clips'], found['bytes'], found['missing']) == (3, 0, 3)
    digest = hashlib.sha256(b'0\t-1\n1\t-1\n2\t-1\n').hexdigest()
    assert found['clips_sha256'] == digest
    foreign = type('Foreign', (), dict(__len__=lambda _: 3))()
    assert describe_data(foreign) == dict(
        found,
        dataset='Foreign',
        clips_sha256=hashlib.sha256(3 * b'\t-1\n').hexdigest())


def test_a_file(tmp_path):
    path = tmp_path / 'a.pth'
    assert describe_file('weights', str(path)) == dict(weights='a.pth')
    path.write_bytes(b'x')
    assert describe_file('weights', str(path)) == dict(
        weights='a.pth', weights_sha256=hashlib.sha256(b'x').hexdigest())


def test_plain_types():
    """``TorchVersion`` is a str that no checkpoint may hold."""
    made = plain(dict(version=torch.__version__, x=(np.float64(.5), {1: set})))
    assert type(made['version']) is str and type(made['x'][0]) is float
    assert made['x'] == [.5, {'1': str(set)}]


A = dict(
    seed=1,
    git=None,
    settings=dict(lr=.1, work_dir='a', steps=[1, 2]),
    scores=dict(top1=.5, bad=float('nan')),
    weights=np.zeros(3))


@pytest.mark.parametrize('change, options, lines', [
    ({}, {}, []),
    (dict(seed=2), {}, ['seed: 1 | 2']),
    (dict(git=dict(dirty=True)), {},
     ['git: null | -', 'git.dirty: - | true']),
    (dict(settings=dict(lr=.2, work_dir='b', steps=[1, 3])), {},
     ['settings.lr: 0.1 | 0.2', 'settings.steps.1: 2 | 3']),
    (dict(settings=dict(lr=.2, work_dir='b', steps=[1, 2])),
     dict(tolerance=1.), ['settings.lr: 0.1 | 0.2']),
    (dict(settings=dict(lr=.2)), dict(ignore=['settings']), []),
    (dict(settings=dict(A['settings'], lr=.2)), dict(ignore=['set']),
     ['settings.lr: 0.1 | 0.2']),
    (dict(scores=dict(top1=.6, bad=1)), {},
     ['scores.bad: NaN | 1', 'scores.top1: 0.5 | 0.6']),
    (dict(scores=dict(top1=.6, bad=float('nan'))), dict(tolerance=.2), []),
    (dict(weights=np.array([0, .25, 0])), {},
     ['weights: differ by up to 0.25']),
    (dict(weights=np.array([0, .25, 0])), dict(tolerance=.25), []),
    (dict(weights=np.array([0, np.nan, 0])), dict(tolerance=9),
     ['weights: differ by up to nan']),
    (dict(weights=np.array([np.nan, np.inf, .1])),
     dict(tolerance=.2, other=dict(weights=np.array([np.nan, np.inf, 0]))),
     []),
    (dict(weights=np.zeros(2)), dict(tolerance=9),
     ['weights: numbers of shape (3,) | numbers of shape (2,)']),
])  # yapf: disable
def test_differences(change, options, lines):
    one = dict(A, **options.pop('other', {}))
    assert compare_records(one, dict(A, **change), **options) == lines
