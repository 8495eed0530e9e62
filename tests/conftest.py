# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fixtures that several test files share."""
import copy
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections import namedtuple
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
import pytest
import torch
from filelock import FileLock
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

import mmaction_microaction  # noqa: F401  installs the shims
from mmaction_microaction.pose import estimators
from mmaction_microaction.synthetic import (generate_casme2, generate_ma52,
                                            generate_mma52)
from mmaction_microaction.taxonomy import Taxonomy

# Every core has a worker of pytest-xdist; threads of one that wait for the
# other's spin, and a test of seconds takes minutes.
torch.set_num_threads(1)
REPO = Path(__file__).resolve().parents[1]
#: What a tool gave: its exit code, what it printed.
Ran = namedtuple('Ran', 'code out err')


@pytest.fixture(scope='session')
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope='session')
def five() -> Taxonomy:
    """A made-up label set: 5 classes in 2 groups, not in their order."""
    return Taxonomy('five', ('wave', 'kick', 'open', 'close', 'stamp'),
                    ('H1', 'F1', 'H2', 'H3', 'F2'), ('hand', 'foot'),
                    (0, 1, 0, 0, 1), ('#112233', '#445566'), ((2, 3), ), (),
                    'Five')


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Real clips and vectors that lie beside the checkout in some places."""
    folder = REPO.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip('no ../shared/data here')
    return folder


@pytest.fixture(scope='session')
def once(tmp_path_factory):
    """A function: name of a folder, function that fills the path it is given
    -> the path, read only, made by one of all xdist workers."""
    base = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        base = base.parent

    def get(name, make):
        folder, ready = base / name, base / f'{name}.ready'
        with FileLock(base / f'{name}.lock'):
            if not ready.exists():
                make(folder)
                ready.touch()
        return str(folder)

    return get


@pytest.fixture(scope='session')
def sample_root(once) -> str:
    """MA-52: of each class 2 training clips, 1 of val and 1 of test."""
    options = dict(size=(64, 80), num_frames=(20, 24), balanced=True)
    return once('ma52',
                lambda folder: generate_ma52(folder, 2, 1, 1, **options))


@pytest.fixture(scope='session')
def mma52_root(once) -> str:
    """MMA-52: 4 training videos, 3 of val, 2 of test."""
    options = dict(size=(64, 80), duration=(2., 3.))
    return once('mma52',
                lambda folder: generate_mma52(folder, 4, 3, 2, **options))


@pytest.fixture(scope='session')
def casme2_root(once) -> str:
    """CASME II: 3 people with 5 clips of frequent emotions and a rare one."""
    options = dict(size=48, num_frames=(12, 16))
    return once('casme2',
                lambda folder: generate_casme2(folder, 3, 1, **options))


@pytest.fixture(autouse=True)
def mmaction_scope():
    """Let registries find the host's modules, as a config does."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        yield


def cut_pictures(cfg: Config, size: int = 32) -> Config:
    """Make a config's pipelines give square pictures of that size."""
    changes = dict(
        DecodeResized=dict(scale=(-1, size), keep_ratio=True),
        Resize=dict(scale=(size, size)),
        CenterCrop=dict(crop_size=size),
        ThreeCrop=dict(crop_size=size),
        MultiScaleCrop=dict(input_size=size))
    for split in ('train', 'val', 'test'):
        for step in cfg[f'{split}_dataloader'].dataset.pipeline:
            step.update(changes.get(step.type, {}))
    return cfg


@pytest.fixture
def shrink(sample_root, tmp_path):
    """A function that makes a config run on a few generated clips, in this
    process, from random weights; ``size`` cuts the pictures."""

    def apply(cfg: Config, clips=2, size=None, root=sample_root) -> Config:
        cfg.load_from = None
        if cfg.model.backbone.get('pretrained'):
            cfg.model.backbone.pretrained = None
        for split in ('train', 'val', 'test'):
            loader = cfg[f'{split}_dataloader']
            loader.update(
                batch_size=2, num_workers=0, persistent_workers=False)
            dataset = loader.dataset
            if dataset.type == 'ActionWindows':
                dataset.update(window=1., per_epoch=clips)
                dataset = dataset.dataset
            dataset.update(data_root=root, indices=clips)
        cfg.train_cfg.max_epochs = 1
        cfg.work_dir = str(tmp_path / 'work')
        return cut_pictures(cfg, size) if size else cfg

    return apply


@pytest.fixture
def tiny_manet(repo, shrink) -> Config:
    """The config of MANet, as small as it gets, on generated data."""
    path = repo / 'configs/manet_r50_ma52.py'
    cfg = shrink(Config.fromfile(str(path)), size=64)
    cfg.model.backbone.update(depth=18, base_channels=16)
    cfg.model.cls_head.in_channels = 128
    return cfg


#: Method -> changes of its backbone, in_channels of its head or None, shape of
#: one clip in the data loader. Depth 14 is one bottleneck in each stage.
SMALL = {
    'manet_r50': (
        dict(depth=18, base_channels=16), 128, (8, 3, 32, 32)),
    'tsn_r50': (dict(depth=14), None, (8, 3, 32, 32)),
    'tsm_r50': (dict(depth=14), None, (8, 3, 32, 32)),
    'tin_r50': (dict(depth=14), None, (8, 3, 32, 32)),
    'c3d': (dict(out_dim=2048), None, (1, 3, 16, 32, 32)),
    # oneDNN's bfloat16 gradient of a 3 x 1 x 1 convolution is not finite for
    # two time steps, which are left of 16 frames (torch 2.13).
    'i3d_r50': (
        dict(depth=18, base_channels=8,
             inflate=((1, 1), (1, 0), (1, 0), (0, 1))),
        64, (1, 3, 32, 32, 32)),
    'slowfast_r50': (
        dict(channel_ratio=2,
             slow_pathway=dict(depth=18, base_channels=8, fusion_kernel=5),
             fast_pathway=dict(depth=18, base_channels=4)),
        64 + 32, (1, 3, 32, 32, 32)),
    'timesformer_divst': (
        dict(img_size=32, embed_dims=96, num_heads=2,
             num_transformer_layers=2),
        96, (1, 3, 8, 32, 32)),
    'swin_tiny': (
        dict(arch=dict(_delete_=True, embed_dims=24, depths=[1, 1, 1, 1],
                       num_heads=[1, 1, 2, 2])),
        192, (1, 3, 8, 32, 32)),
    'uniformer_small': (dict(depth=[1, 1, 1, 1]), None, (1, 3, 16, 32, 32)),
}  # yapf: disable


class SmallMethod(NamedTuple):
    """One of the ten methods, as small as it gets."""
    cfg: Config  # for pictures of 32 x 32 pixels
    checkpoint: str  # of :func:`save_decisive`
    shape: tuple  # of one clip, as the model's ``inputs`` want it

    def build(self) -> nn.Module:
        """The model with those weights, for evaluation."""
        model = MODELS.build(copy.deepcopy(self.cfg.model))
        model.load_state_dict(torch.load(self.checkpoint)['state_dict'])
        return model.eval()


def save_decisive(cfg: Config, path) -> None:
    """Save random weights whose scores differ clearly from clip to clip."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(cfg.model)
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            nn.init.normal_(module.running_mean, std=.1)
            nn.init.uniform_(module.running_var, .8, 1.2)
    last = [m for m in model.cls_head.modules() if isinstance(m, nn.Linear)]
    nn.init.normal_(getattr(model.cls_head, 'fc_cls', last[-1]).weight)
    torch.save(dict(state_dict=model.state_dict()), path)


@pytest.fixture(scope='session')
def small_method(repo, once):
    """A function: ``'manet_r50'`` -> the caller's own :class:`SmallMethod`."""
    from mmaction.models.backbones.resnet import Bottleneck, ResNet
    ResNet.arch_settings = {**ResNet.arch_settings, 14: (Bottleneck, [1] * 4)}

    @cache
    def made(name):
        cfg = Config.fromfile(str(repo / f'configs/{name}_ma52.py'))
        backbone, width, shape = SMALL[name]
        cfg.merge_from_dict(
            {'model.backbone': dict(backbone, pretrained=None)})
        if width:
            cfg.model.cls_head.in_channels = width
        cfg.load_from = None
        cut_pictures(cfg)

        def make(folder):
            folder.mkdir()
            save_decisive(cfg, folder / 'weights.pth')

        return SmallMethod(cfg, f'{once(name, make)}/weights.pth', shape)

    return lambda name: copy.deepcopy(made(name))


@pytest.fixture(scope='session')
def load_tool(repo):
    """A function: path below tools/ -> the module, loaded once."""

    @cache
    def load(path):
        file = (repo / 'tools' / path).resolve()
        spec = importlib.util.spec_from_file_location(f'tool_{file.stem}',
                                                      file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope='session')
def run_tool(repo, load_tool):
    """A function that runs a tool's ``main`` in this process: path below
    tools/, arguments of any type -> :class:`Ran`."""

    def run(path, *argv):
        main, argv = load_tool(path).main, [str(word) for word in argv]
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(
                out), redirect_stderr(err):
            patch.setattr(sys, 'argv', [str(repo / 'tools' / path), *argv])
            try:
                code = main(argv) or 0
            except SystemExit as stop:
                code = stop.code or 0
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope='session')
def tool_env() -> dict:
    """Environment for a script in a process of its own."""
    changes = dict(CUDA_VISIBLE_DEVICES='-1', OMP_NUM_THREADS='1')
    changes['PYTHONPATH'] = f'{REPO}:{os.environ.get("PYTHONPATH", "")}'
    return dict(os.environ, PYTHONWARNINGS='ignore', **changes)


@pytest.fixture(scope='session')
def run_python(tool_env):
    """A function that runs code in an interpreter of its own, with changes of
    the environment, and returns what it printed."""

    def run(code, python=sys.executable, cwd=None, **changes):
        done = subprocess.run(
            [str(python), '-c', textwrap.dedent(code)],
            env=dict(tool_env, **changes),
            cwd=cwd,
            capture_output=True,
            text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


class Browser:
    """A headless Chromium; a test may need more of its ``driver``."""

    def __init__(self, driver) -> None:
        self.driver = driver

    def open(self, page, dark: bool = False, width: int = 1200) -> None:
        """Show a file or an address; what was logged before is forgotten."""
        scheme = dict(
            name='prefers-color-scheme', value='dark' if dark else 'light')
        self.driver.execute_cdp_cmd('Emulation.setEmulatedMedia',
                                    dict(features=[scheme]))
        screen = dict(width=width, height=900, deviceScaleFactor=1)
        self.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
                                    dict(screen, mobile=False))
        self.driver.get('about:blank')
        self.messages(), self.requests()
        self.driver.get(page if '://' in str(page) else Path(page).as_uri())

    def cut(self) -> list:
        """Texts of table cells that are out of sight to the right."""
        return self.driver.execute_script('''
            const right = (x) => x.getBoundingClientRect().right;
            return [...document.querySelectorAll('td, th')].filter(
              (x) => right(x) > .5 + Math.min(innerWidth, right(
                x.closest('.scroll, .ma-scroll') ?? document.body))
            ).map((x) => x.textContent)''')

    def messages(self) -> list:
        """What the page has written to the console, errors included."""
        return [entry['message'] for entry in self.driver.get_log('browser')]

    def requests(self) -> list:
        """Addresses that were asked for, in order."""
        entries = (
            json.loads(entry['message'])['message']
            for entry in self.driver.get_log('performance'))
        return [
            entry['params']['request']['url'] for entry in entries
            if entry['method'] == 'Network.requestWillBeSent'
        ]


@pytest.fixture(scope='session')
def browser():
    """A :class:`Browser`, one for all tests."""
    selenium = pytest.importorskip('selenium.webdriver')
    programs = [shutil.which(name) for name in ('chromium', 'chromedriver')]
    if None in programs:
        pytest.skip('no Chromium here')
    options = selenium.ChromeOptions()
    options.binary_location = programs[0]
    for flag in ('--headless=new', '--no-sandbox', '--disable-gpu',
                 '--disable-dev-shm-usage'):
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs',
                           dict(browser='ALL', performance='ALL'))
    service = selenium.ChromeService(programs[1])
    driver = selenium.Chrome(options=options, service=service)
    yield Browser(driver)
    driver.quit()


@pytest.fixture(scope='session')
def frames_of():
    """A function that draws (T, H, W, 3) uint8: a pattern that moves, no two
    frames alike."""

    def draw(count, height=48, width=64):
        noise = np.random.default_rng(0).integers(
            0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        still = cv2.resize(
            noise, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.stack([
            np.roll(still, (i, 3 * i), (0, 1)) // 2 + np.uint8(i % 120)
            for i in range(count)
        ])

    return draw


@pytest.fixture(scope='session')
def encode():
    """A function that writes frames with any codec; ``ticks`` are their times
    in 1/1000 s, ``kwargs`` for ``av.open``."""

    def write(path,
              frames,
              codec='libx264',
              pix_fmt='yuv420p',
              options=(('bf', '2'), ('preset', 'veryfast')),
              gop=12,
              fps=30,
              ticks=None,
              **kwargs):
        with av.open(str(path), 'w', **kwargs) as container:
            stream = container.add_stream(codec, rate=Fraction(fps))
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pix_fmt
            stream.codec_context.gop_size = gop
            stream.options = dict(options)
            if ticks is not None:
                stream.codec_context.time_base = Fraction(1, 1000)
            for i, picture in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(
                    np.ascontiguousarray(picture), format='rgb24')
                frame.pts = i if ticks is None else int(ticks[i])
                if ticks is not None:
                    frame.time_base = Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return str(path)

    return write


@pytest.fixture(scope='session')
def lossless(encode):
    """``encode``, but frames are read again to the bit."""
    return partial(encode, codec='ffv1', pix_fmt='bgr0', options=())


@pytest.fixture
def fake_pose_env(tmp_path, monkeypatch):
    """An environment of pose/estimator_program.py in mediapipe's place."""
    python = tmp_path / 'pose_env/bin/python'
    python.parent.mkdir(parents=True)
    program = REPO / 'tests/pose/estimator_program.py'
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}"\n')
    python.chmod(0o755)
    monkeypatch.setenv('MICROACTION_POSE_ENV', str(python.parents[1]))
    monkeypatch.setattr(estimators, '_RUNNING', running := {})
    yield
    for estimator in running.values():
        estimator.close()


@pytest.fixture(scope='session')
def write_sound():
    """A function that writes an mp4 file with sound and no picture."""

    def write(path) -> None:
        with av.open(str(path), 'w') as container:
            stream = container.add_stream('aac', rate=8000, layout='mono')
            sound = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format='fltp', layout='mono')
            sound.sample_rate = 8000
            container.mux([*stream.encode(sound), *stream.encode()])

    return write


@pytest.fixture
def detector(repo, tmp_path):
    """Config and checkpoint of a small detector that finds things."""
    cfg = Config.fromfile(str(repo / 'configs/manet_r18_mma52sample.py'))
    cfg.merge_from_dict({
        'model.backbone.base_channels': 8,
        'model.neck.in_channels': 64,
        'model.auxiliary_head.in_channels': 64
    })
    cfg.test_dataloader.dataset.pipeline[2].scale = (48, 40)
    from mmaction.registry import MODELS
    model = MODELS.build(cfg.model)
    for value in model.head.parameters():
        torch.nn.init.normal_(value, std=.3)
    torch.save(
        dict(state_dict=model.state_dict(), meta=dict(cfg="domain = 'cats'")),
        tmp_path / 'weights.pth')
    return cfg, str(tmp_path / 'weights.pth')
