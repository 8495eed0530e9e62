# Copyright (c) mmaction-microaction contributors. All rights reserved.
import time

import pytest
from PIL import Image

from benchmarks import curves, loader
from benchmarks.cost_curves import draw_cost_curves


def test_sweep_records_every_value():
    calls = []

    def contestants(n):
        return dict(
            sleep=lambda: time.sleep(0.002 * n), none=lambda: calls.append(n))

    sweep = curves.Sweep('x', 'n', (1, 4), contestants, lambda n: 2, 'wall')
    records = sweep.run(3, lambda text: None)
    assert [(r['value'], r['name']) for r in records] == [
        (1, 'sleep'), (1, 'none'), (4, 'sleep'), (4, 'none')]  # yapf: disable
    assert records[0]['unit'] == 'wall ms a clip'
    for record in records:
        assert record['low'] <= record['ms'] <= record['high']
    assert records[2]['ms'] >= 4  # 8 ms for 2 clips
    assert set(calls) == {1, 4}


def test_loading_sweeps(tmp_path, tiny_manet, monkeypatch):
    monkeypatch.setattr(curves, 'WIDTHS', (64, 80))
    raw = [str(tmp_path / 'clip.mp4')]
    loader.make_raw_clip(raw[0], 3, size=(64, 80), num_frames=12)
    sweeps = curves.loading_sweeps(tiny_manet.train_pipeline, raw,
                                   str(tmp_path / 'out'), True)
    clips, frames, width, workers = sweeps
    assert len(clips.contestants(3)[loader.STOCK]()) == 3
    assert frames.contestants(2)[loader.FAST]()[0].shape[0] == 2
    sample, = width.contestants(80)[loader.BOTH]()
    assert sample.shape[-2:] == (224, 224)
    assert workers.contestants(1)[loader.FAST]() == 4  # batches of 4


def test_inference_sweeps(tiny_manet):
    batch, frames, side = curves.inference_sweeps(tiny_manet, True)
    for sweep, value in ((batch, 2), (frames, 4), (side, 32)):
        for name, run in sweep.contestants(value).items():
            scores = run()
            assert len(scores) == (2 if sweep is batch else 1), name
            assert scores[0].shape == (52, )


@pytest.mark.parametrize('panels, rows', [(4, 1), (5, 2)])
def test_a_row_for_every_four_panels(panels, rows, tmp_path):
    path = tmp_path / 'x.png'
    records = [
        dict(title=('loading', 'inference')[i % 2], quantity=f'q{i}',
             unit='ms', value=v, name=name, ms=1. + v, low=1., high=3. + v)
        for i in range(panels) for v in (0, 1, 4) for name in 'ab'
    ]  # yapf: disable
    draw_cost_curves(records, str(path))
    with Image.open(path) as picture:
        assert picture.height == int((3.4 * rows + 0.6) * 80)
        assert len(picture.convert('RGB').getcolors(2**24)) > 20
    with pytest.raises(ValueError, match='no measurements'):
        draw_cost_curves([], str(path))
