# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import io

import cv2
import numpy as np
import pytest

from mmaction_microaction.utils.video_writer import write_video

TOOL = 'micro_expression/find_apex.py'


def test_video_and_folder(tmp_path, run_tool):
    frames = np.full((30, 64, 64, 3), 90, np.uint8)
    for t, frame in enumerate(frames):
        frame[26:26 + max(12 - abs(t - 10), 0), 20:44] = 160
    write_video(tmp_path / 'a.mp4', frames, fps=100)
    (tmp_path / 'b').mkdir()
    for t, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / 'b' / f'reg_img{t + 200}.png'), frame)
    done = run_tool(TOOL, tmp_path / 'a.mp4', tmp_path / 'b')
    video, folder = csv.DictReader(io.StringIO(done.out))
    assert abs(int(video['apex']) - 10) <= 1 and video['frames'] == '30'
    assert float(video['seconds']) == pytest.approx(int(video['apex']) / 100)
    assert abs(int(folder['apex']) - 210) <= 1
    assert float(folder['seconds']) == pytest.approx(
        (int(folder['apex']) - 200) / 200)
    assert float(folder['departure']) > 2


def test_errors_are_one_line(tmp_path, run_tool, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.txt').write_text('hello')
    (tmp_path / 'c').mkdir()
    for i in range(3):
        (tmp_path / 'c' / f'img{i}.jpg').write_bytes(b'')
    for args, message in ((['x.mp4'], 'does not exist'),
                          (['c'], 'img0.jpg is no picture'),
                          (['a.txt'], 'is not a video'),
                          (['.'], 'has no frames'), (['.', '--fps=0'],
                                                     'must be positive')):
        done = run_tool(TOOL, *args)
        assert done.code == 2 and message in done.err
