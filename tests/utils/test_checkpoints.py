# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader, load_from_http

from mmaction_microaction.utils.checkpoints import (load_from_local,
                                                    load_plain_pickle)

SCALAR = np.float32(0).__reduce__()[0]


class Call:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.parts = function, args

    def __reduce__(self):
        return self.parts


def saved(item):
    buffer = io.BytesIO()
    torch.save(item, buffer)
    return buffer.getvalue()


def _load(data):
    return load_plain_pickle(io.BytesIO(data))


def refused(data):
    with pytest.raises(pickle.UnpicklingError):
        _load(data)


#: Objects that would make a folder, or worse, when unpickled.
ATTACKS = [
    lambda folder: Call(os.mkdir, folder),
    lambda folder: Call(eval, f'__import__("os").mkdir({folder!r})'),
    lambda folder: dict(
        state_dict={}, meta=[Call(exec, f'import os; os.mkdir({folder!r})')]),
    lambda _: Call(getattr, HistoryBuffer, '__init__'),
    lambda _: Call(getattr, HistoryBuffer, '__class__'),
    lambda _: Call(getattr, Call(__import__, 'os'), 'mkdir'),
    lambda _: Call(getattr, np.ndarray, 'tofile'),
    lambda folder: Call(np.load, folder, None, True),
    lambda folder: np.array([Call(os.mkdir, folder)], dtype=object),
    lambda folder: dict(message_hub=buffer(Call(os.mkdir, folder))),
    # A storage is a torch file inside the pickle: the call is in there.
    lambda folder: Call(torch.storage._load_from_bytes,
                        saved(Call(os.mkdir, folder))),
    # No object pointers; with NumPy's own helpers some of these crash.
    lambda _: Call(np.ndarray, (1, ), 'O', b'A' * 8),
    lambda _: Call(np.ndarray, (1, ), np.dtype('O'), b'A' * 8),
    lambda _: Call(SCALAR, 'O', b'A' * 8),
    lambda _: Call(SCALAR, np.dtype('O'), b'A' * 8),
    lambda _: Call(SCALAR, np.dtype([('a', 'O')]), b'A' * 8),
]


def buffer(method):
    history = HistoryBuffer([1.], [1])
    history._statistics_methods = dict(mean=method)
    return history


@pytest.mark.parametrize('door', ['zip', 'old', 'pickle'])
@pytest.mark.parametrize('attack', ATTACKS)
def test_hostile_files_run_nothing(attack, door, tmp_path):
    folder, path = tmp_path / 'made_by_the_file', tmp_path / 'evil.pth'
    attack = attack(str(folder))
    if door == 'pickle':
        refused(pickle.dumps(attack))
    else:
        zipped = door == 'zip'
        torch.save(attack, path, _use_new_zipfile_serialization=zipped)
        # By mmengine's own door, as every tool uses it.
        with pytest.raises(ValueError, match='evil.pth'):
            CheckpointLoader.load_checkpoint(str(path), logger='silent')
    assert not folder.exists()


def test_config_inside_a_checkpoint_is_not_run(tmp_path):
    from mmaction.apis.inferencers import ActionRecogInferencer
    folder, path = tmp_path / 'made', str(tmp_path / 'evil.pth')
    code = f"_x = __import__('os').mkdir({str(folder)!r})\nmodel = dict()"
    torch.save(
        dict(
            state_dict={},
            meta=dict(cfg=code),
            message_hub=dict(runtime_info=dict(cfg=code))), path)
    with pytest.raises(ValueError, match='config file of'):
        ActionRecogInferencer(None, weights=path, device='cpu')
    assert not folder.exists()


def test_any_damage_names_the_file(tmp_path):
    good = saved(dict(state_dict=dict(a=torch.randn(20))))
    rng = np.random.default_rng(0)
    path = tmp_path / 'damaged.pth'
    for _ in range(150):
        data = bytearray(good)
        for position in rng.integers(0, len(data), 4):
            data[position] = rng.integers(256)
        path.write_bytes(data)
        try:
            load_from_local(path)  # damage to the numbers goes unseen
        except ValueError as error:
            assert 'damaged.pth' in str(error)


@pytest.mark.parametrize('content', [
    b'', b'not a checkpoint', b'PK\x03\x04',
    saved(dict(state_dict=dict(a=torch.randn(1000))))[:2000],
    saved([torch.ones(1)]),
    pickle.dumps(Call(os.mkdir, 'made')),
])  # yapf: disable
def test_files_that_are_none(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'broken.pth').write_bytes(content)
    with pytest.raises(ValueError, match='checkpoint broken.pth'):
        load_from_local('broken.pth')
    assert os.listdir() == ['broken.pth']
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        load_from_local('nowhere.pth')


def test_training_state_comes_back(tmp_path):
    buffer = HistoryBuffer([1., 2., 6.], [1, 1, 1])
    given = dict(
        meta=dict(epoch=3, classes=('a', 'b'), best=np.float64(0.5)),
        state_dict=dict(w=torch.arange(4.).half()),
        optimizer=dict(param_groups=[dict(lr=0.1)]),
        message_hub=dict(
            log_scalars=dict(loss=buffer),
            runtime_info=dict(scores=np.arange(6).reshape(2, 3)),
            resumed_keys=dict(loss=True)))
    path = str(tmp_path / 'full.pth')
    torch.save(given, path)
    for _ in range(2):  # what was read can be saved and read again
        read = load_from_local(path)
        loss = read['message_hub']['log_scalars']['loss']
        assert type(loss) is HistoryBuffer
        assert loss.statistics('mean', 2) == 4 and loss.max() == 6
        loss.update(9.)
        assert loss.current() == 9
        scores = read['message_hub']['runtime_info']['scores']
        assert type(scores) is np.ndarray and scores[1].tolist() == [3, 4, 5]
        assert torch.equal(read['state_dict']['w'], given['state_dict']['w'])
        assert read['meta'] == given['meta']
        read['message_hub']['log_scalars']['loss'] = buffer
        torch.save(read, path)


def test_downloads_are_as_safe(tmp_path, monkeypatch):
    """Through mmengine's own loader of addresses."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    good, evil = tmp_path / 'good.pth', tmp_path / 'evil.pth'
    torch.save(dict(w=torch.ones(2)), good)
    torch.save(Call(os.mkdir, str(tmp_path / 'made')), evil)
    assert load_from_http(good.as_uri())['w'].tolist() == [1, 1]
    with pytest.raises(ValueError, match='evil.pth'):
        load_from_http(evil.as_uri())
    assert not (tmp_path / 'made').exists()


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
    data = pickle.dumps(content, protocol=protocol)
    if protocol == 2:  # as NumPy 1 writes it, and without frame lengths
        data = data.replace(b'numpy._core', b'numpy.core')
    loaded = _load(data)
    tensors = loaded.pop('tensors'), content.pop('tensors')
    torch.testing.assert_close(*tensors, rtol=0, atol=0)
    np.testing.assert_equal(loaded, content)


@pytest.mark.parametrize('name', [
    'torch._utils\n_rebuild_tensor_v2', 'torch.storage\n_load_from_bytes',
    'collections\nOrderedDict', 'numpy\ndtype'
])
def test_functions_cannot_be_changed(name):
    # GLOBAL, then BUILD with a slot state that sets __defaults__.
    data = b'c' + name.encode() + b'\n(N(dX\x0c\x00\x00\x00__defaults__' \
        b'(K\x01K\x02tstb.'
    before = torch._utils._rebuild_tensor_v2.__defaults__
    refused(data)
    assert torch._utils._rebuild_tensor_v2.__defaults__ == before


@pytest.mark.parametrize('data', [
    b'', b'not a pickle',
    pickle.dumps([1, 2, 3])[:-3],
    pickle.dumps(torch.ones(3))[:-40]
])
def test_damaged_pickle(data):
    refused(data)
