# Copyright (c) mmaction-microaction contributors. All rights reserved.
import time

import pytest
from PIL import Image

from benchmarks import curves
from benchmarks.cost_curves import draw_cost_curves


def test_sweep_records_every_value():
    calls = []

    def contestants(n):
        return dict(
            sleep=lambda: time.sleep(0.002 * n), none=lambda: calls.append(n))

    sweep = curves.Sweep('x', 'n', (1, 4), contestants, lambda n: 2, 'wall')
    records = sweep.run(3, lambda text: None)
    assert [f'{r["value"]} {r["name"]}'
            for r in records] == ['1 sleep', '1 none', '4 sleep', '4 none']
    assert records[0]['unit'] == 'wall ms a clip'
    assert all(r['low'] <= r['ms'] <= r['high'] for r in records)
    assert records[2]['ms'] >= 4  # 8 ms for 2 clips
    assert set(calls) == {1, 4}


def test_inference_sweeps(tiny_manet):
    batch, frames, side = curves.inference_sweeps(tiny_manet, True)
    for sweep, value, clips in ((batch, 2, 2), (frames, 4, 1), (side, 32, 1)):
        for name, run in sweep.contestants(value).items():
            assert [x.shape for x in run()] == [(52, )] * clips, name


@pytest.mark.parametrize('panels, rows', [(4, 1), (5, 2)])
def test_a_row_for_every_four_panels(panels, rows, tmp_path):
    path = tmp_path / 'x.png'
    draw_cost_curves([
        dict(
            title=('loading', 'inference')[i % 2],
            quantity=f'q{i}',
            unit='ms',
            value=v,
            name=name,
            ms=1. + v,
            low=1.,
            high=3. + v) for i in range(panels) for v in (0, 1, 4)
        for name in 'ab'
    ], str(path))
    with Image.open(path) as picture:
        assert picture.height == int((3.4 * rows + 0.6) * 80)
        assert len(picture.convert('RGB').getcolors(2**24)) > 20
    with pytest.raises(ValueError, match='no measurements'):
        draw_cost_curves([], str(path))
