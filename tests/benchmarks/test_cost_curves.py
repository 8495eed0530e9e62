# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest
from PIL import Image

from benchmarks.cost_curves import draw_cost_curves


def records(panels):
    return [
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
    ]


@pytest.mark.parametrize('panels, rows', [(1, 1), (4, 1), (5, 2)])
def test_a_row_for_every_four_panels(panels, rows, tmp_path):
    path = tmp_path / 'x.png'
    draw_cost_curves(records(panels), str(path))
    with Image.open(path) as picture:
        assert picture.height == int((3.4 * rows + 0.6) * 80)
        assert len(picture.convert('RGB').getcolors(2**24)) > 20


def test_nothing_measured(tmp_path):
    with pytest.raises(ValueError, match='no measurements'):
        draw_cost_curves([], str(tmp_path / 'x.png'))
