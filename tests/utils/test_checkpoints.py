# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io
import os
import pickle
import zipfile
from argparse import Namespace
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.apis.inferencers import ActionRecogInferencer
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader, load_from_http

from mmaction_microaction.utils.checkpoints import load_from_local
from mmaction_microaction.utils.state_dicts import as_mmengine
from mmaction_microaction.utils.unpickling import load_plain_pickle


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


def with_method(method):
    history = HistoryBuffer([1.], [1])
    history._statistics_methods = dict(mean=method)
    return history


MADE = Call(os.mkdir, 'made')
SCALAR = np.float32(0).__reduce__()[0]
ATTACKS = [
    MADE,
    Call(eval, '__import__("os").mkdir("made")'),
    dict(state_dict={}, meta=[Call(exec, 'import os; os.mkdir("made")')]),
    Call(getattr, HistoryBuffer, '__init__'),
    Call(getattr, Call(__import__, 'os'), 'mkdir'),
    Call(getattr, np.ndarray, 'tofile'),
    Call(np.load, 'made', None, True),
    Call(bytes, 10),
    np.array([MADE], dtype=object),
    dict(message_hub=with_method(MADE)),
    # A storage is a torch file inside the pickle: the call is in there.
    Call(torch.storage._load_from_bytes, saved(MADE)),
    # No object pointers; with NumPy's own helpers some of these crash.
    Call(np.ndarray, (1, ), 'O', b'A' * 8),
    *(Call(SCALAR, kind, b'A' * 8)
      for kind in ('O', np.dtype('O'), np.dtype([('a', 'O')]))),
]


@pytest.fixture(autouse=True)
def nothing_has_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not os.path.exists('made')


def _load(data):
    return load_plain_pickle(io.BytesIO(data))


@pytest.mark.parametrize('attack', ATTACKS)
def test_hostile_files_run_nothing(attack):
    with pytest.raises(pickle.UnpicklingError):
        _load(pickle.dumps(attack))
    for zipped in (True, False):
        torch.save(attack, 'evil', _use_new_zipfile_serialization=zipped)
        # By mmengine's own door, as every tool uses it.
        with pytest.raises(ValueError, match='checkpoint evil is refused'):
            CheckpointLoader.load_checkpoint('evil', logger='silent')


def test_config_inside_a_checkpoint_is_not_run():
    code = "_x = __import__('os').mkdir('made')\nmodel = dict()"
    meta = dict(cfg=code)
    hub = dict(runtime_info=meta)
    torch.save(dict(state_dict={}, meta=meta, message_hub=hub), 'evil.pth')
    with pytest.raises(ValueError, match='config file of'):
        ActionRecogInferencer(None, weights='evil.pth', device='cpu')


def test_config_of_a_training_is_not_run():
    """Runner.resume would run that in ``meta``."""
    torch.save(dict(state_dict={}, meta=dict(config='1/0', epoch=1)), 'x.pth')
    assert load_from_local('x.pth')['meta'] == dict(epoch=1)


def test_downloads_are_as_safe(tmp_path, monkeypatch):
    """Through mmengine's own loader of addresses."""
    monkeypatch.setenv('TORCH_HOME', 'cache')
    torch.save(dict(w=torch.ones(2)), 'good.pth')
    torch.save(MADE, 'evil.pth')
    good = load_from_http((tmp_path / 'good.pth').as_uri())
    assert good['w'].tolist() == [1, 1]
    with pytest.raises(ValueError, match='evil.pth'):
        load_from_http((tmp_path / 'evil.pth').as_uri())
    with pytest.raises(
            RuntimeError, match='none.pth cannot .*pretrained=None'):
        load_from_http((tmp_path / 'none.pth').as_uri())
    with zipfile.ZipFile('bomb.pth', 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('a/data.pkl', bytes(3 * 2**20))
    monkeypatch.setenv('MICROACTION_MAX_MB', '2')
    for _ in range(2):  # the second time from the cache
        with pytest.raises(ValueError, match='bomb.pth.* unpacked'):
            load_from_http((tmp_path / 'bomb.pth').as_uri())


# Goes after a GLOBAL: BUILD with a slot state.
SETS_DEFAULTS = b'\n(N(dX\x0c\x00\x00\x00__defaults__(K\x01K\x02tstb.'


@pytest.mark.parametrize('name', [
    b'torch._utils\n_rebuild_tensor_v2', b'collections\nOrderedDict',
    b'numpy\ndtype'
])
def test_functions_cannot_be_changed(name):
    before = torch._utils._rebuild_tensor_v2.__defaults__
    with pytest.raises(pickle.UnpicklingError):
        _load(b'c' + name + SETS_DEFAULTS)
    assert torch._utils._rebuild_tensor_v2.__defaults__ == before


def test_any_damage_names_the_file(tmp_path):
    good = saved(dict(state_dict=dict(a=torch.randn(20))))
    rng = np.random.default_rng(0)
    for _ in range(150):
        data = bytearray(good)
        for position in rng.integers(0, len(data), 4):
            data[position] = rng.integers(256)
        (tmp_path / 'damaged.pth').write_bytes(data)
        try:
            load_from_local('damaged.pth')  # that of numbers goes unseen
        except ValueError as error:
            assert 'damaged.pth' in str(error)


@pytest.mark.parametrize('content', [
    b'', b'not a checkpoint', b'PK\x03\x04',
    saved([torch.ones(1)]),
    saved(torch.randn(1000))[:2000],
    pickle.dumps(torch.ones(3))[:-40]
])
def test_files_that_are_none(content, tmp_path):
    (tmp_path / 'broken.pth').write_bytes(content)
    with pytest.raises(ValueError, match='checkpoint broken.pth'):
        load_from_local('broken.pth')
    with pytest.raises(pickle.UnpicklingError):
        _load(content)
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        load_from_local('nowhere.pth')


@pytest.mark.parametrize('content, message', [
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:a', 'LFS'),
    (b'<html>404</html>', 'web page'),
    (b'\n<!DOCTYPE html><title>', 'web page'),
    (b'{"message": "Not Found"}', 'JSON'),
    (b'\x90\0\0\0\0\0\0\0{"w":{}}', 'safetensors'),
    (b'\x1f\x8b\x08', 'unpack it'),
])
def test_files_of_another_kind(content, message, tmp_path, monkeypatch):
    (tmp_path / 'w.pth').write_bytes(content)
    with pytest.raises(ValueError, match=f'w.pth is no ch.*{message}'):
        load_from_local('w.pth')
    monkeypatch.setenv('TORCH_HOME', 'cache')
    with pytest.raises(ValueError, match=f'cache.*w.pth, is no.*{message}'):
        load_from_http((tmp_path / 'w.pth').as_uri())
    with pytest.raises(FileNotFoundError, match='is a folder'):
        load_from_local('.')


W = OrderedDict({'a.w': torch.ones(2), 'b': torch.zeros(3)})
OPTIMIZER = dict(state={0: dict(step=torch.ones(1), exp_avg=torch.ones(2))})


@pytest.mark.parametrize('content, said', [
    (W, ''),
    (dict(model=W, optimizer=OPTIMIZER, epoch=3, loss=torch.ones(1)), ''),
    (dict(model_state_dict=W, optimizer_state_dict=OPTIMIZER), ''),
    (dict(state=dict(model=W)), ''),
    (dict(model=W, args=Namespace(out=Path('a/b'), none=Namespace())), ''),
    (dict(state_dict=W, ema_state_dict=dict(W, c=torch.ones(1))), ''),
    (dict(model_ema=dict(W, b=W['b'] + 1), model=W), "not of 'model_ema'"),
    (dict(semantic=W, head=dict(b=W['b'] + 1)), "not of 'head'"),
    (dict(EMA=dict(W, b=W['b'] + 1), semantic=W), "not of 'EMA'"),
    ({
        f'_orig_mod.{k}': v
        for k, v in W.items()
    }, ''),
    ({
        f'module.module.{k}': v
        for k, v in W.items()
    }, ''),
    (dict(model={
        'module.a._orig_mod.w': W['a.w'],
        'b': W['b']
    }), ''),
    (dict(state_dict=dict(W, ema_a_w=W['a.w'] + 1, ema_b=W['b'])), '2 run'),
])
def test_checkpoints_of_other_tools(content, said, capsys):
    torch.save(content, 'other.pth')
    found = load_from_local('other.pth')
    assert_same(
        dict(tensors=dict(found.get('state_dict', found))),
        dict(tensors=dict(W)))
    err = capsys.readouterr().err
    assert said in err and bool(said) == bool(err)


def test_running_means_are_better_than_a_few_tensors(capsys):
    means = dict(W, c=torch.ones(1))
    content = dict(model=dict(ema=means, head=dict(b=W['b'])), step=W['b'])
    found = as_mmengine(content, 'other.pth')['state_dict']
    assert found == means and not capsys.readouterr().err


def make_content():
    grid, tensor = np.arange(12).reshape(3, 4), torch.ones(3, 4).cumsum(1)
    tensors = tensor, tensor.T, tensor[1:, 1], tensor.half()
    arrays = grid, grid.T, grid.astype('>i4'), grid > 5
    objects = OrderedDict(a=1), torch.Size([2]), np.float32(2.5), np.float64(1)
    plain = ['nodding', 1.5, None, True, b'\0\xff', dict(shape=(1, 2))]
    return dict(tensors=tensors, arrays=arrays, objects=objects, plain=plain)


def assert_same(found, expected):
    tensors = found.pop('tensors'), expected.pop('tensors')
    torch.testing.assert_close(*tensors, rtol=0, atol=0)
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_comes_back(protocol):
    content = dict(make_content(), empty=np.zeros((0, 52)))
    data = pickle.dumps(content, protocol=protocol)
    if protocol == 2:  # as NumPy 1 writes it, and without frame lengths
        data = data.replace(b'numpy._core', b'numpy.core')
    assert_same(_load(data), content)


def test_training_state_comes_back():
    buffer = HistoryBuffer([1., 2., 6.], [1, 1, 1])
    hub = dict(
        log_scalars=dict(loss=buffer),
        empty=np.zeros((0, 52)),
        runtime_info=make_content())
    torch.save(dict(state_dict={}, message_hub=hub), 'full.pth')
    for _ in range(2):  # what was read can be saved and read again
        hub = load_from_local('full.pth')['message_hub']
        torch.save(dict(message_hub=hub), 'full.pth')
    loss = hub['log_scalars']['loss']
    assert hub['empty'].shape == (0, 52)
    assert type(loss) is HistoryBuffer
    assert loss.statistics('mean', 2) == 4 and loss.max() == 6
    loss.update(9.)
    assert loss.current() == 9
    arrays = hub['runtime_info']['arrays']
    assert {type(array) for array in arrays} == {np.ndarray}
    assert_same(hub['runtime_info'], make_content())
