# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import io
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmaction_microaction.utils.video_writer import write_video

TOOL = Path(__file__).parents[2] / 'tools' / 'micro_expression/find_apex.py'
tool = runpy.run_path(str(TOOL))
main = tool['main']


def test_video_and_folder(tmp_path, capsys):
    frames = np.full((30, 64, 64, 3), 90, np.uint8)
    for t, frame in enumerate(frames):
        frame[26:26 + max(12 - abs(t - 10), 0), 20:44] = 160
    write_video(tmp_path / 'a.mp4', frames, fps=100)
    (tmp_path / 'b').mkdir()
    for t, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / 'b' / f'reg_img{t + 200}.png'), frame)
    main([str(tmp_path / 'a.mp4'), str(tmp_path / 'b')])
    video, folder = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert abs(int(video['apex']) - 10) <= 1 and video['frames'] == '30'
    assert float(video['seconds']) == pytest.approx(int(video['apex']) / 100)
    assert abs(int(folder['apex']) - 210) <= 1
    assert float(folder['seconds']) == pytest.approx(
        (int(folder['apex']) - 200) / 200)
    assert float(folder['departure']) > 2


def test_errors_are_one_line(tmp_path, capsys):
    (tmp_path / 'a.txt').write_text('hello')
    (tmp_path / 'c').mkdir()
    for i in range(3):
        (tmp_path / 'c' / f'img{i}.jpg').write_bytes(b'')
    for args, message in (([tmp_path / 'x.mp4'], 'does not exist'),
                          ([tmp_path / 'c'], 'img0.jpg is no picture'),
                          ([tmp_path / 'a.txt'],
                           'is no video'), ([tmp_path], 'has no frames'),
                          ([tmp_path, '--fps=0'], 'must be positive')):
        with pytest.raises(SystemExit) as stop:
            main([str(x) for x in args])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
