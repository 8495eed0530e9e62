# Copyright (c) mmaction-microaction contributors. All rights reserved.
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from benchmarks import loader


@pytest.fixture(scope='module')
def raw(tmp_path_factory):
    path = str(tmp_path_factory.mktemp('raw') / 'clip.mp4')
    loader.make_raw_clip(path, 3, size=(270, 324), num_frames=24)
    return [path]


def test_all_load_the_same(raw, repo, tmp_path):
    prepared = loader.prepare_clips(raw, str(tmp_path / 'prepared'))
    cfg = Config.fromfile(str(repo / 'configs' / 'manet_r50_ma52.py'))
    contestants = loader.loader_contestants(cfg.train_pipeline, raw, prepared)
    assert next(iter(contestants)) == loader.STOCK
    named = {t.name for t in loader.TARGETS}
    assert named | {t.against for t in loader.TARGETS} <= set(contestants)
    assert contestants[loader.DECODING]() is None
    reference, = contestants[loader.STOCK]()
    assert reference.shape == (8, 3, 224, 224)
    # Again the same frames and crops.
    assert (contestants[loader.STOCK]()[0] == reference).all()
    fast = contestants[loader.FAST]()
    assert np.abs(fast[0].astype(int) - reference).mean() <= 2
    for name in (loader.PREPARED, loader.BOTH):
        sample, = contestants[name]()
        assert sample.shape == reference.shape
        assert np.abs(sample.astype(int) - reference).mean() < 12
    assert '22,422' in loader.size_note(prepared)


def test_clips_are_not_written_over(raw):
    content = Path(raw[0]).read_bytes()
    with pytest.raises(ValueError, match='another folder'):
        loader.prepare_clips(raw, str(Path(raw[0]).parent))
    assert Path(raw[0]).read_bytes() == content


def test_differences_are_stated():
    black, grey = np.zeros((2, 3), np.uint8), np.full((2, 3), 5, np.uint8)
    note = loader.difference_note('x', [black, grey], [grey, grey])
    assert note.startswith('x: values differ by 2.50 of 255')


def test_other_pipelines_are_refused():
    steps = [dict(type=x) for x in ('PyAVInit', 'SampleFrames', 'PyAVDecode')]
    with pytest.raises(ValueError, match='OpenVideo.*PyAVInit'):
        loader.loader_contestants(steps, [], [])
