# Copyright (c) mmaction-microaction contributors. All rights reserved.
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from benchmarks import compare_codecs, curves, loader
from mmaction_microaction.datasets.preparation import CODECS


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
    for name, bound in {
            loader.FAST: 2,
            loader.PREPARED: 12,
            loader.BOTH: 12
    }.items():
        sample, = contestants[name]()
        assert sample.shape == reference.shape
        assert np.abs(sample.astype(int) - reference).mean() <= bound, name
    assert '22,422' in loader.size_note(prepared)
    black, grey = np.zeros((2, 3), np.uint8), np.full((2, 3), 5, np.uint8)
    note = loader.difference_note('x', [black, grey], [grey, grey])
    assert note.startswith('x: values differ by 2.50 of 255')


def test_what_is_refused(raw):
    content = Path(raw[0]).read_bytes()
    with pytest.raises(ValueError, match='another folder'):
        loader.prepare_clips(raw, str(Path(raw[0]).parent))
    assert Path(raw[0]).read_bytes() == content  # not written over
    steps = [dict(type=x) for x in ('PyAVInit', 'SampleFrames', 'PyAVDecode')]
    with pytest.raises(ValueError, match='OpenVideo.*PyAVInit'):
        loader.loader_contestants(steps, [], [])


def test_loading_sweeps(tmp_path, tiny_manet, raw, monkeypatch):
    monkeypatch.setattr(curves, 'WIDTHS', (64, 80))
    clips, frames, width, workers = curves.loading_sweeps(
        tiny_manet.train_pipeline, raw, str(tmp_path), True)
    assert len(clips.contestants(3)[loader.STOCK]()) == 3
    assert frames.contestants(2)[loader.FAST]()[0].shape[0] == 2
    sample, = width.contestants(80)[loader.BOTH]()
    assert sample.shape[-2:] == (224, 224)
    assert workers.contestants(1)[loader.FAST]() == 4  # batches of 4


def test_codecs(raw, tmp_path, capsys):
    compare_codecs.main([*raw, '--short-side=64', '--repeats=3'])
    (name,
     *_), _, stock, *rows = [[cell.strip() for cell in line.split('|')[1:-1]]
                             for line in capsys.readouterr().out.splitlines()
                             if '|' in line]
    size = Path(raw[0]).stat().st_size
    assert name == 'codec'
    assert stock == [
        'raw', f'{size / 1e3:.0f}', f'{size * 22422 / 1e9:.2f}', '-', stock[4],
        '1.0'
    ]
    assert [row[0].split(',')[0] for row in rows] == list(CODECS)
    for row in rows:
        assert float(row[1]) < size / 1e3 and float(row[4]) > 0
        assert 5 < float(row[3]) < 60
    (tmp_path / 'a.mp4').write_text('text')
    assert compare_codecs.main([str(tmp_path / 'a.mp4')]) == 2
    line, = capsys.readouterr().err.splitlines()
    assert 'a.mp4' in line
