# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from mmaction_microaction.datasets import read_list
from mmaction_microaction.evaluation import MicroActionMetric, ma52_scores
from mmaction_microaction.taxonomy import MA52

TOOL = 'analysis_tools/analyze.py'
CSVS = {
    'confusion_action.csv', 'confusion_body.csv', 'confused_pairs.csv',
    'confused_clips.csv', 'per_class.csv'
}


@pytest.fixture(scope='module')
def val_list(sample_root):
    return Path(sample_root, 'val_list_videos.txt')


@pytest.fixture(scope='module')
def samples(val_list):
    chance = np.random.default_rng(0)
    return [
        dict(
            pred_score=torch.from_numpy(
                np.float32(chance.random(52) + 0.4 * np.eye(52)[label])),
            gt_label=torch.tensor([label]),
            clip_name=name) for name, label in read_list(str(val_list))
    ]


@pytest.fixture
def run(expect, samples, val_list, tmp_path):
    """A function that looks into the samples' dump."""
    path = tmp_path / 'p.pkl'
    path.write_bytes(pickle.dumps(samples[::-1]))
    return lambda *args: expect(0, TOOL, 'dump', path, '--ann-file', val_list,
                                *args)


def test_dump(run, samples, val_list, sample_root, read_rows, tmp_path):
    out, other = tmp_path / 'out', tmp_path / 'other'
    done = run('--out', out, '--data-root', sample_root, '--pairs', 3)
    assert f'wrote {out}/index.html' in done.out
    assert {p.name for p in out.glob('*.csv')} == CSVS
    assert len(list(out.glob('pair_*.png'))) == 3
    scores = ma52_scores(
        np.stack([x['pred_score'] for x in samples]),
        [int(x['gt_label']) for x in samples])
    page = (out / 'index.html').read_text()
    assert f'>{100 * scores["action_f1_macro"]:.1f} %<' in page
    # The metric writes the same tables.
    metric = MicroActionMetric(out_dir=str(other))
    metric.process(None, samples)
    metric.evaluate(len(samples))
    for name in ('confusion_action.csv', 'confusion_body.csv'):
        assert (out / name).read_text() == (other / name).read_text()
    # A folder of clips, and another list; what is not ours stays.
    table = (other / 'per_class.csv').read_text()
    done = run('--out', other, '--data-root', f'{sample_root}/videos_val',
               '--pairs', 1, '--train-list', val_list)
    assert len(list(other.glob('pair_*.png'))) == 1
    assert 'the new one is per_class.new.csv' in done.err
    assert (other / 'per_class.csv').read_text() == table
    for path, clips in ((out / 'per_class.csv', '2'),
                        (other / 'per_class.new.csv', '1')):
        rows = read_rows(path)
        assert {row['train_clips'] for row in rows} == {clips}


def test_model(expect, tiny_manet, read_rows, tmp_path):
    for split in ('train', 'test'):
        tiny_manet[f'{split}_dataloader'].dataset.pop('indices')
    out, *files = (tmp_path / x for x in ('out', 'tiny.py', 'tiny.pth'))
    tiny_manet.dump(str(files[0]))
    torch.save(MODELS.build(tiny_manet.model).state_dict(), files[1])
    expect(0, TOOL, 'model', *files, '--out', out, '--clips', 8, '--cams', 2,
           '--tsne', '--pairs', 2)
    found = {p.name for p in out.glob('*.csv')}
    assert found == CSVS | {'embedding.csv', 'grad_cam.csv'}
    assert len(list(out.glob('grad_cam_*.png'))) == 2
    rows = read_rows(out / 'embedding.csv')
    assert [row['kind'] for row in rows] == ['video'] * 8 + ['label'] * 52
    assert [row['name'] for row in rows[8:]] == list(MA52.names)
    page = (out / 'index.html').read_text()
    assert '8 clips, predicted by tiny.py with tiny.pth' in page
    assert 't-SNE' in page and str(tmp_path) not in page


@pytest.mark.slow
@pytest.mark.parametrize('dark', [False, True])
def test_page_in_a_browser(run, tmp_path, browser, dark):
    """It opens alone and offline, without errors, in light and dark."""
    run('--out', tmp_path / 'out')
    alone = tmp_path / 'alone.html'
    shutil.copy(tmp_path / 'out' / 'index.html', alone)
    browser.open(alone, dark)
    images, paper, parts = browser.driver.execute_script('''return [
      [...document.images].map(i => i.complete && i.naturalWidth),
      getComputedStyle(document.body).backgroundColor,
      document.querySelectorAll('section').length]''')
    assert len(images) == parts == 3 and all(images)
    assert (paper == 'rgb(255, 255, 255)') != dark
    image = browser.driver.find_elements('tag name', 'img')[1]
    shown = image.size['width']
    image.click()
    assert image.size['width'] == images[1] > shown  # full size
    assert browser.messages() == []
    loaded = [x for x in browser.requests() if not x.startswith('data:')]
    assert loaded == [alone.as_uri()]
