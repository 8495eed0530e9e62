# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io

import cv2
import numpy as np
import pandas as pd
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
    rows = pd.read_csv(io.StringIO(done.out))
    assert rows.apex.tolist() == pytest.approx([10, 210], abs=1)
    assert rows.frames[0] == 30 and rows.departure[1] > 2
    seconds = [rows.apex[0] / 100, (rows.apex[1] - 200) / 200]
    assert rows.seconds.tolist() == pytest.approx(seconds)


@pytest.mark.parametrize('args, message', [
    (['a.txt'], 'is not a video'),
    (['.', '--fps=0'], 'must be positive'),
])
def test_errors(tmp_path, run_tool, monkeypatch, args, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.txt').write_text('hello')
    done = run_tool(TOOL, *args)
    assert done.code == 2 and message in done.err
