# Copyright (c) mmaction-microaction contributors. All rights reserved.
from fractions import Fraction

import numpy as np
import pytest

from mmaction_microaction.visualization import contact_sheet


def test_frames_are_spread_evenly(write_clip, tmp_path):
    source = write_clip(tmp_path / 'clip.mp4', range(0, 960, 40))  # 24 frames
    sheet = contact_sheet(source, 12, 1209)
    assert sheet.dtype == np.uint8 and sheet.shape == (3 * 240 + 6, 1209, 3)
    greys = [
        sheet[243 * (i // 4) + 60, 303 * (i % 4) + 150].mean()
        for i in range(12)
    ]
    np.testing.assert_allclose(greys, 20 + 8 * (2 * np.arange(12) + 1), atol=3)
    # The caption: dark, with white letters on it.
    corner = sheet[215:240, :40]
    assert corner.max() > 200 and corner.min() < 20


def test_frames_of_uneven_times(write_clip, tmp_path):
    times = [0, 40, 80, 120, 160, 900, 940, 980]  # shown for 40 ms or 740
    source = write_clip(tmp_path / 'clip.mp4', times)
    sheet = contact_sheet(source, 4, 409)
    greys = [sheet[40, 103 * i + 50].mean() for i in range(4)]
    # In the middle of quarters: 127, 382, 637 and 892 ms.
    assert sheet.shape[1] == 409
    np.testing.assert_allclose(greys[:2], [20 + 8 * 3, 20 + 8 * 4], atol=3)
    np.testing.assert_array_equal(sheet[:, 206:], 0)  # no frame twice


@pytest.mark.parametrize('frames, size', [(1, (64, 80)), (3, (96, 48))])
def test_a_short_video_has_fewer(frames, size, write_clip, tmp_path):
    source = write_clip(tmp_path / 'c.mp4', range(0, 40 * frames, 40), size)
    sheet = contact_sheet(source, 12, 300)
    assert sheet.shape[1] == 300
    assert sheet.shape[0] == round(
        (300 - 3 * (frames - 1)) // frames * size[0] / size[1])


def test_pixels_become_square(write_clip, tmp_path):
    source = write_clip(
        tmp_path / 'c.mp4', [0], (240, 360), aspect=Fraction(4, 3))
    assert contact_sheet(source, 1, 480).shape == (240, 480, 3)


def test_a_broken_video_has_what_can_be_read(write_clip, tmp_path):
    source = tmp_path / 'clip.mkv'
    write_clip(source, range(0, 4000, 40), g='10')
    data = source.read_bytes()
    source.write_bytes(data[:int(0.6 * len(data))])
    assert contact_sheet(str(source)).mean() > 20


def test_refuses(write_clip, tmp_path):
    with pytest.raises(FileNotFoundError, match='none.mp4'):
        contact_sheet(str(tmp_path / 'none.mp4'))
    with pytest.raises(ValueError, match='positive.*0 and 1200'):
        contact_sheet(write_clip(tmp_path / 'c.mp4', [0]), 0)
