# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io
from pathlib import Path

import pandas as pd
import pytest
import torch
from PIL import Image

from mmaction_microaction.analysis import (ExpressionReader, build_test_set,
                                           load_model, score_expression)
from mmaction_microaction.datasets.expressions import open_clip
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'micro_expression/infer_expression.py'
CLASSES = ['happiness', 'disgust', 'repression', 'surprise', 'others']


@pytest.fixture(scope='module')
def experiment(tiny_mmnet):
    return tiny_mmnet('mmnet_casme2sample')


def test_a_clip_of_the_data_set(experiment):
    """Without its annotation, and then with it, by the stock data set."""
    cfg, _, checkpoint = experiment
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


def test_the_tool(experiment, casme2_root, tmp_path, run_tool):
    cfg, config, checkpoint = experiment
    folders = sorted(Path(casme2_root).glob('Cropped*/*/sub01/*'))[:2]
    frames = open_clip(str(folders[0]))
    video = tmp_path / 'a.mp4'
    write_video(video, frames.read(frames.numbers), fps=200, crf=8)
    picture = tmp_path / 'maps.png'
    code, out, err = run_tool(TOOL, config, checkpoint, folders[0],
                              tmp_path / 'none.mp4', folders[1], video,
                              '--picture', picture)
    # One of the clips is not there; the others are done all the same.
    assert code == 1 and 'none.mp4 does not exist' in err
    rows = pd.read_csv(io.StringIO(out))
    assert rows['clip'].tolist() == [*map(str, folders), str(video)]
    assert rows[CLASSES].sum(axis=1).tolist() == pytest.approx([1] * 3, 1e-3)
    assert (rows['class'] == rows[CLASSES].idxmax(axis=1)).all()
    # The video's frames count from 0.
    assert abs(rows.apex[2] + frames.numbers[0] - rows.apex[0]) <= 1
    with Image.open(picture) as image:
        assert image.height > 3 * 100


def test_nothing_moves(experiment, frames, tmp_path, run_tool):
    for i in range(12):
        Image.fromarray(frames[0]).save(tmp_path / f'img{i}.png')
    code, out, err = run_tool(TOOL, *experiment[1:], tmp_path)
    assert code == 0
    assert 'hardly anything moves (departure 0.00)' in err
    assert len(out.splitlines()) == 2


def test_errors(experiment, repo, run_tool, one_line, tmp_path):
    cfg, config, checkpoint = experiment
    done = run_tool(TOOL, config, checkpoint, tmp_path)
    one_line(done, 'has no frames', code=1)
    assert 'INFO' not in done.out  # that is the table's
    other = repo / 'configs/manet_r50_ma52.py'
    one_line(run_tool(TOOL, other, checkpoint, tmp_path), 'MA52Dataset')
    cfg = cfg.copy()
    cfg.test_dataloader.dataset.pipeline = [dict(type='DecordInit')]
    with pytest.raises(ValueError, match='LoadOnsetApex'):
        ExpressionReader(cfg)
