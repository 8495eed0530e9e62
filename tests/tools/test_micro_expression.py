# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tools that look at single clips of faces."""
import io
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from mmaction_microaction.analysis import (ExpressionReader, build_test_set,
                                           load_model, score_expression)
from mmaction_microaction.datasets.expressions import open_clip
from mmaction_microaction.utils.video_writer import write_video

APEX = 'micro_expression/find_apex.py'
INFER = 'micro_expression/infer_expression.py'
DRAW = 'micro_expression/draw_attention.py'
CLASSES = ['happiness', 'disgust', 'repression', 'surprise', 'others']


def test_find_apex_of_a_video_and_a_folder(expect, tmp_path):
    frames = np.full((30, 64, 64, 3), 90, np.uint8)
    (tmp_path / 'b').mkdir()
    for t, frame in enumerate(frames):
        frame[26:26 + max(12 - abs(t - 10), 0), 20:44] = 160
        cv2.imwrite(str(tmp_path / 'b' / f'reg_img{t + 200}.png'), frame)
    write_video(tmp_path / 'a.mp4', frames, fps=100)
    done = expect(0, APEX, tmp_path / 'a.mp4', tmp_path / 'b')
    rows = pd.read_csv(io.StringIO(done.out))
    assert rows.apex.tolist() == pytest.approx([10, 210], abs=1)
    assert rows.frames[0] == 30 and rows.departure[1] > 2
    seconds = [rows.apex[0] / 100, (rows.apex[1] - 200) / 200]
    assert rows.seconds.tolist() == pytest.approx(seconds)


def test_a_clip_of_the_data_set(tiny_mmnet):
    """Without its annotation, and then with it, by the stock data set."""
    cfg, _, checkpoint = tiny_mmnet
    reader, dataset = ExpressionReader(cfg), build_test_set(cfg)
    assert list(reader.classes) == CLASSES
    info = dataset.get_data_info(0)
    found = reader(info['frame_dir'])
    assert abs(found.apex - info['apex']) <= 3
    assert found.onset == open_clip(info['frame_dir']).numbers[0]
    assert found.seconds == pytest.approx((found.apex - found.onset) / 200)
    # The same frames give the same pixels and scores.
    info.update(onset=found.onset, apex=found.apex)
    sample = dataset.pipeline(dict(info))
    assert torch.equal(sample['inputs'], found.sample['inputs'])
    model = load_model(cfg, checkpoint)
    scores = score_expression(model, found.sample)
    assert scores == pytest.approx(score_expression(model, sample))


def test_infer_expression(tiny_mmnet, casme2_root, tmp_path, expect):
    folders = sorted(Path(casme2_root).glob('Cropped*/*/sub01/*'))[:2]
    frames, video = open_clip(str(folders[0])), tmp_path / 'a.mp4'
    write_video(video, frames.read(frames.numbers), fps=200, crf=8)
    picture = tmp_path / 'maps.png'
    # One of the clips is not there; the others are done all the same.
    done = expect(1, INFER, *tiny_mmnet[1:], folders[0], tmp_path / 'none.mp4',
                  folders[1], video, '--picture', picture)
    assert 'none.mp4 does not exist' in done.err
    rows = pd.read_csv(io.StringIO(done.out))
    assert rows['clip'].tolist() == [*map(str, folders), str(video)]
    assert rows[CLASSES].sum(axis=1).tolist() == pytest.approx([1] * 3, 1e-3)
    assert (rows['class'] == rows[CLASSES].idxmax(axis=1)).all()
    # The video's frames count from 0.
    assert abs(rows.apex[2] + frames.numbers[0] - rows.apex[0]) <= 1
    with Image.open(picture) as image:
        assert image.height > 3 * 100


def test_infer_expression_where_there_is_none(tiny_mmnet, frames, repo, expect,
                                              one_line, tmp_path):
    cfg, config, checkpoint = tiny_mmnet
    done = expect(1, INFER, config, checkpoint, tmp_path)
    one_line(done, 'has no frames', code=1)
    assert 'INFO' not in done.out  # that is the table's
    for i in range(12):
        Image.fromarray(frames[0]).save(tmp_path / f'img{i}.png')
    done = expect(0, INFER, config, checkpoint, tmp_path)
    assert 'hardly anything moves (departure 0.00)' in done.err
    assert len(done.out.splitlines()) == 2
    other = repo / 'configs/manet_r50_ma52.py'
    one_line(expect(2, INFER, other, checkpoint, tmp_path), 'MA52Dataset')
    cfg = cfg.copy()
    cfg.test_dataloader.dataset.pipeline = [dict(type='DecordInit')]
    with pytest.raises(ValueError, match='LoadOnsetApex'):
        ExpressionReader(cfg)


def test_draw_attention(tiny_mmnet, expect, one_line, tmp_path):
    cfg, *files = tiny_mmnet
    out, dataset = tmp_path / 'out.png', build_test_set(cfg)
    for option, value, message in (
        ('--clips', 'sub09/EP01', "clips in the test set: ['sub09/EP01"),
        ('--number', 0, '--number must be at least 1'),
        ('--cfg-options', 'test_dataloader.dataset.data_root=no',
         "no folder 'no'"),
    ):
        one_line(expect(2, DRAW, *files, '--out', out, option, value), message)
    assert not out.exists()
    names = [dataset.get_data_info(i)['clip_name'] for i in (1, 0)]
    expect(0, DRAW, *files, '--out', out, '--clips', *names)
    picture = np.asarray(Image.open(out))
    # Two rows of eight pictures.
    assert picture.shape[1] / picture.shape[0] == pytest.approx(2.8, abs=0.2)
    assert picture.std() > 20
