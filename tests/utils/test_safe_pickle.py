# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

from mmaction_microaction.utils.safe_pickle import load_plain_pickle


def _load(data):
    return load_plain_pickle(io.BytesIO(data))


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_round_trip(protocol):
    tensor = torch.arange(12.0).reshape(3, 4)
    content = dict(
        text='nodding', number=1.5, nothing=None, shape=(1, 2),
        ordered=OrderedDict(a=1), data=bytes(range(256)),
        size=torch.Size([2, 3]), scalar=np.float32(2.5),
        tensors=[tensor, tensor.T, tensor[1:, 1], tensor.half(),
                 torch.tensor([3])],
        arrays=[np.arange(6).reshape(2, 3), np.asfortranarray(np.eye(3)),
                np.arange(3, dtype='>i4'), np.zeros((0, 52)),
                np.array([True, False])])  # yapf: disable
    loaded = _load(pickle.dumps(content, protocol=protocol))
    for ours, theirs in zip(loaded.pop('tensors'), content.pop('tensors')):
        assert ours.dtype == theirs.dtype and torch.equal(ours, theirs)
    for ours, theirs in zip(loaded.pop('arrays'), content.pop('arrays')):
        assert np.array_equal(ours, theirs) and ours.shape == theirs.shape
    assert loaded == content


def test_name_of_numpy_core_before_2():
    data = pickle.dumps(np.arange(3.0), protocol=2)
    data = data.replace(b'numpy._core', b'numpy.core')
    assert np.array_equal(_load(data), np.arange(3.0))


class _Calls:
    """Pickles into a call of any function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def _nested(folder):
    # A storage is a torch file inside the pickle: hide the call in there.
    inner = io.BytesIO()
    torch.save(_Calls(os.mkdir, folder), inner)
    return _Calls(torch.storage._load_from_bytes, inner.getvalue())


@pytest.mark.parametrize('attack', [
    lambda folder: _Calls(os.mkdir, folder),
    lambda folder: _Calls(eval, f'__import__("os").mkdir({folder!r})'),
    lambda folder: [dict(pred_score=_Calls(os.mkdir, folder))],
    lambda folder: _Calls(getattr, np.ndarray, 'tofile'),
    lambda folder: _Calls(np.load, folder),
    _nested,
])
def test_hostile_pickle_runs_nothing(attack, tmp_path):
    folder = tmp_path / 'made_by_the_pickle'
    with pytest.raises(pickle.UnpicklingError):
        _load(pickle.dumps(attack(str(folder))))
    assert not folder.exists()


@pytest.mark.parametrize('attack', [
    _Calls(np.ndarray, (1, ), 'O', b'A' * 8),
    _Calls(np.ndarray, (1, ), np.dtype('O'), b'A' * 8),
    _Calls(np.float32(0).__reduce__()[0], np.dtype('O'), b'A' * 8),
    _Calls(np.float32(0).__reduce__()[0], np.dtype([('a', 'O')]), b'A' * 8),
    np.array([None]),
])
def test_numpy_gets_no_object_pointers(attack):
    # With NumPy's own helpers some of these crash the interpreter.
    with pytest.raises(pickle.UnpicklingError):
        _load(pickle.dumps(attack))


@pytest.mark.parametrize('name', [
    'torch._utils\n_rebuild_tensor_v2', 'torch.storage\n_load_from_bytes',
    'collections\nOrderedDict', 'numpy\ndtype'
])
def test_functions_cannot_be_changed(name):
    # GLOBAL, then BUILD with a slot state that sets __defaults__.
    data = b'c' + name.encode() + b'\n(N(dX\x0c\x00\x00\x00__defaults__' \
        b'(K\x01K\x02tstb.'
    before = torch._utils._rebuild_tensor_v2.__defaults__
    with pytest.raises(pickle.UnpicklingError):
        _load(data)
    assert torch._utils._rebuild_tensor_v2.__defaults__ == before


@pytest.mark.parametrize('data', [
    b'', b'not a pickle',
    pickle.dumps([1, 2, 3])[:-3],
    pickle.dumps(torch.ones(3))[:-40]
])
def test_damaged_pickle(data):
    with pytest.raises(pickle.UnpicklingError):
        _load(data)
