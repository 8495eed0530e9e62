# Copyright (c) mmaction-microaction contributors. All rights reserved.
from fractions import Fraction

import numpy as np
import pytest

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.visualization import (PredictedClip, Strip,
                                                contact_sheet,
                                                draw_predictions, draw_strips)
from mmaction_microaction.visualization.style import mix


def test_shows_every_frame(tmp_path, like):
    path = str(tmp_path / 's.png')
    red = np.full((8, 60, 50, 3), (200, 0, 0), np.uint8)
    blue = np.full((3, 40, 60, 3), (0, 0, 0.5))  # of another size and type
    # The title is no formula.
    draw_strips([Strip(r'$\frac{$ a_b', red), Strip('b', blue)], path)
    area = 135**2  # pixels of a square of a row
    found = [like(path, *x).sum() for x in (('#c80000', 0), ('#000080', 1))]
    assert found == pytest.approx([8 * 50 / 60 * area, 3 * 60 / 40 * area],
                                  rel=0.1)


def test_a_prediction_shows_frames_bars_and_the_label(tmp_path, like):
    frames = np.full((8, 60, 50, 3), 200, np.uint8)
    scores = np.where(np.arange(52) == 9, 0.9, 0.001)
    for labels in ([None], [9], [10], [9, 9, 10]):
        clips = [PredictedClip('a', frames, scores, label) for label in labels]
        path = tmp_path / f'{labels}.png'
        draw_predictions(clips, str(path))
        # The frames' grey, and the (lightened) colour of the head's bar.
        assert like(path, '#c8c8c8', 0).mean() > 0.2
        assert like(path, mix(MA52.colours[1], '#ffffff', 0.6)).mean() > 0.02
    assert len({p.read_bytes() for p in tmp_path.glob('*.png')}) == 4
    for draw in (draw_strips, draw_predictions):
        with pytest.raises(ValueError, match='there are no'):
            draw([], 'unused.png')


@pytest.mark.parametrize(
    'times, number, width, shape, shown',
    [
        (range(0, 960, 40), 12, 1209, (726, 1209), range(1, 25, 2)),
        # In the middle of quarters, 127, 382, 637 and 892 ms; no frame twice.
        ([0, 40, 80, 120, 160, 900, 940, 980], 4, 409, (80, 409), [3, 4]),
    ])
def test_frames_of_a_sheet_are_spread_evenly(times, number, width, shape,
                                             shown, write_clip, tmp_path):
    source = write_clip(tmp_path / 'c.mp4', times)
    sheet = contact_sheet(source, number, width)
    assert sheet.dtype == np.uint8 and sheet.shape == (*shape, 3)
    step = (width + 3) // 4
    greys = sheet[step // 4::step * 4 // 5, step // 2::step].mean(-1).ravel()
    expected = np.zeros(len(greys))
    expected[:len(shown)] = 20 + 8 * np.array(shown)
    assert greys == pytest.approx(expected, abs=3)
    # The caption: dark, with white letters on it.
    corner = sheet[step * 7 // 10:step * 4 // 5 - 3, :step // 8]
    assert corner.max() > 200 and corner.min() < 20


@pytest.mark.parametrize('frames, size, aspect, shape', [
    (1, (64, 80), None, (384, 480)),
    (3, (96, 48), None, (316, 480)),
    (1, (240, 360), Fraction(4, 3), (240, 480)),
])
def test_short_videos_and_square_pixels(frames, size, aspect, shape,
                                        write_clip, tmp_path):
    times = range(0, 40 * frames, 40)
    source = write_clip(tmp_path / 'c.mp4', times, size, aspect=aspect)
    assert contact_sheet(source, 12, 480).shape == (*shape, 3)


def test_broken_videos_and_none(write_clip, tmp_path):
    source = tmp_path / 'clip.mkv'
    write_clip(source, range(0, 4000, 40), g='10')
    data = source.read_bytes()
    source.write_bytes(data[:int(0.6 * len(data))])
    assert contact_sheet(str(source)).mean() > 20
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        contact_sheet(str(tmp_path / 'none.mp4'))
    with pytest.raises(ValueError, match='positive.*0 and 1200'):
        contact_sheet(str(source), 0)
