# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from PIL import Image

from mmaction_microaction.visualization import Strip, draw_strips


def pixels(path):
    return np.asarray(Image.open(path).convert('RGB')).reshape(-1, 3)


def test_shows_every_frame(tmp_path):
    path = str(tmp_path / 's.png')
    red = np.full((8, 60, 50, 3), (200, 0, 0), np.uint8)
    blue = np.full((3, 40, 60, 3), (0, 0, 0.5))  # of another size and type
    draw_strips([Strip('a', red), Strip('b', blue)], path)
    found = pixels(path)
    area = 135**2  # pixels of a square of a row
    reds = (found == (200, 0, 0)).all(axis=1).sum()
    blues = (np.abs(found - (0, 0, 127.5)) < 1).all(axis=1).sum()
    assert reds == pytest.approx(8 * 50 / 60 * area, rel=0.1)
    assert blues == pytest.approx(3 * 60 / 40 * area, rel=0.1)


def test_titles_are_no_formulas(tmp_path):
    frames = np.zeros((1, 4, 4, 3))
    draw_strips([Strip(r'$\frac{$ a_b', frames)], str(tmp_path / 's.png'))


def test_nothing_to_draw(tmp_path):
    with pytest.raises(ValueError, match='no strips'):
        draw_strips([], str(tmp_path / 's.png'))
