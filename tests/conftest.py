# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fixtures that several test files share."""
import json
import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

import mmaction_microaction  # noqa: F401  installs the shims
from mmaction_microaction.synthetic import (generate_casme2, generate_ma52,
                                            generate_mma52)

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='session')
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Real clips and vectors that lie beside the checkout in some places."""
    folder = REPO.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip('no ../shared/data here')
    return folder


@pytest.fixture(scope='session')
def sample_root(tmp_path_factory) -> str:
    """A generated MA-52 root: 2 training clips of each class, 1 of val and
    test."""
    root = generate_ma52(
        str(tmp_path_factory.mktemp('sample') / 'ma52'),
        clips_per_class=2,
        val_clips_per_class=1,
        test_clips_per_class=1,
        size=(64, 80),
        num_frames=(20, 24),
        balanced=True)
    return str(root)


@pytest.fixture(scope='session')
def mma52_root(tmp_path_factory) -> str:
    """A generated MMA-52 root: 4 training videos, 3 of val, 2 of test."""
    root = generate_mma52(
        str(tmp_path_factory.mktemp('sample') / 'mma52'),
        4,
        3,
        2,
        size=(64, 80),
        duration=(2., 3.))
    return str(root)


@pytest.fixture(scope='session')
def casme2_root(tmp_path_factory) -> str:
    """A generated CASME II of three subjects, 5 clips of the frequent emotions
    and one of a rare one each."""
    return str(
        generate_casme2(
            tmp_path_factory.mktemp('sample') / 'casme2',
            subjects=3,
            clips_per_emotion=1,
            size=48,
            num_frames=(12, 16)))


@pytest.fixture(autouse=True)
def mmaction_scope():
    """Let registries find the host's modules, as a config does."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        yield


@pytest.fixture
def shrink(sample_root, tmp_path):
    """A function that makes a config run on a few generated clips, in this
    process, from random weights."""

    def apply(cfg: Config, clips: int = 2) -> Config:
        cfg.load_from = None
        if cfg.model.backbone.get('pretrained'):
            cfg.model.backbone.pretrained = None
        for split in ('train', 'val', 'test'):
            loader = cfg[f'{split}_dataloader']
            loader.update(
                batch_size=2, num_workers=0, persistent_workers=False)
            loader.dataset.update(data_root=sample_root, indices=clips)
        cfg.train_cfg.max_epochs = 1
        cfg.work_dir = str(tmp_path / 'work')
        return cfg

    return apply


@pytest.fixture
def tiny_manet(repo, shrink) -> Config:
    """The config of MANet, as small as it gets, on generated data."""
    cfg = shrink(Config.fromfile(str(repo / 'configs/manet_r50_ma52.py')))
    cfg.model.backbone.update(depth=18, base_channels=16)
    cfg.model.cls_head.in_channels = 128
    return cfg


@pytest.fixture(scope='session')
def tool_env() -> dict:
    """Environment for a script in a process of its own."""
    path = f'{REPO}{os.pathsep}{os.environ.get("PYTHONPATH", "")}'
    return dict(
        os.environ,
        PYTHONPATH=path,
        CUDA_VISIBLE_DEVICES='-1',
        PYTHONWARNINGS='ignore',
        OMP_NUM_THREADS='1')


class Browser:
    """A headless Chromium.

    Attributes:
        driver (selenium.webdriver.Chrome): For whatever else a test needs.
    """

    def __init__(self, driver) -> None:
        self.driver = driver

    def open(self, page, dark: bool = False, width: int = 1200) -> None:
        """Show a file or an address; what was logged before is forgotten."""
        self.driver.execute_cdp_cmd(
            'Emulation.setEmulatedMedia',
            dict(features=[
                dict(
                    name='prefers-color-scheme',
                    value='dark' if dark else 'light')
            ]))
        self.driver.set_window_size(width, 900)
        self.driver.get('about:blank')
        self.messages(), self.requests()
        self.driver.get(page if '://' in str(page) else Path(page).as_uri())

    def messages(self) -> list:
        """What the page has written to the console, errors included."""
        return [entry['message'] for entry in self.driver.get_log('browser')]

    def requests(self) -> list:
        """Addresses that were asked for, in order."""
        entries = [
            json.loads(entry['message'])['message']
            for entry in self.driver.get_log('performance')
        ]
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
def write_sound():
    """A function that writes an mp4 file with sound and no picture."""

    def write(path) -> None:
        with av.open(str(path), 'w') as container:
            stream = container.add_stream('aac', rate=8000, layout='mono')
            sound = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format='fltp', layout='mono')
            sound.sample_rate = 8000
            container.mux(stream.encode(sound))
            container.mux(stream.encode())

    return write
