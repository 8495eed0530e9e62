# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
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


@pytest.fixture
def run(run_tool):

    def run(*args, fails=None):
        done = run_tool(TOOL, *args)
        assert done.code == (2 if fails else 0), done.err
        if fails:
            assert fails in done.err and 'Traceback' not in done.err
        return done

    return run


@pytest.fixture(scope='module')
def val_list(sample_root):
    return Path(sample_root, 'val_list_videos.txt')


@pytest.fixture(scope='module')
def samples(val_list):
    names, labels = zip(*read_list(str(val_list)))
    scores = np.random.default_rng(0).random((len(names), 52))
    scores += 0.4 * np.eye(52)[list(labels)]
    return [
        dict(
            pred_score=torch.from_numpy(score),
            gt_label=torch.tensor([label]),
            clip_name=name)
        for name, label, score in zip(names, labels, np.float32(scores))
    ]


@pytest.fixture
def dump(samples, tmp_path):
    path = tmp_path / 'p.pkl'
    path.write_bytes(pickle.dumps(samples[::-1]))
    return path


def test_dump(run, dump, samples, val_list, sample_root, tmp_path):
    out = tmp_path / 'out'
    done = run('dump', dump, '--ann-file', val_list, '--out', out,
               '--data-root', sample_root, '--pairs', '3')
    assert f'wrote {out}/index.html' in done.out
    assert {p.name for p in out.glob('*.csv')} == CSVS
    assert len(list(out.glob('pair_*.png'))) == 3
    page = (out / 'index.html').read_text()
    scores = ma52_scores(
        np.stack([x['pred_score'] for x in samples]),
        [int(x['gt_label']) for x in samples])
    assert f'>{100 * scores["action_f1_macro"]:.1f} %<' in page
    # The tables are those that the metric writes.
    metric = MicroActionMetric(out_dir=str(tmp_path / 'metric'))
    metric.process(None, samples)
    metric.evaluate(len(samples))
    for name in ('confusion_action.csv', 'confusion_body.csv'):
        assert (out / name).read_text() == (tmp_path / 'metric' /
                                            name).read_text()
    with open(out / 'per_class.csv') as file:
        rows = list(csv.DictReader(file))
    assert {row['train_clips'] for row in rows} == {'2'}


def test_dump_with_a_folder_of_clips_and_a_list(run, dump, val_list,
                                                sample_root, tmp_path):
    run('dump', dump, '--ann-file', val_list, '--out', tmp_path / 'out',
        '--data-root', f'{sample_root}/videos_val', '--pairs', '1',
        '--train-list', val_list)
    assert len(list((tmp_path / 'out').glob('pair_*.png'))) == 1
    header = (tmp_path / 'out' / 'per_class.csv').read_text().split('\n')[0]
    assert header.endswith(',train_clips')


def test_dump_refuses(run, dump, val_list, sample_root, tmp_path):
    out = ('--out', tmp_path / 'out')
    short, wrong = tmp_path / 'short.txt', tmp_path / 'wrong.txt'
    short.write_text('\n'.join(val_list.read_text().splitlines()[:9]))
    wrong.write_text('a.mp4 1\nb.mp4 99\n')
    (tmp_path / 'file').touch()
    cases = {
        'are dummies': (Path(sample_root, 'test_list_videos.txt'), *out),
        '43 clips are not in the list': (short, *out),
        f'analyze.py: error: {wrong}:2: the label must': (wrong, *out),
        'none of the 52 listed clips':
        (val_list, *out, '--data-root', tmp_path),
        'File exists': (val_list, '--out', tmp_path / 'file'),
        '-1 is less than none': (val_list, *out, '--pairs', '-1')
    }
    for message, args in cases.items():
        run('dump', dump, '--ann-file', *args, fails=message)
    assert not (tmp_path / 'out').exists()


@pytest.fixture
def model_files(tiny_manet, tmp_path):
    """A config and a checkpoint."""
    for split in ('train', 'test'):
        tiny_manet[f'{split}_dataloader'].dataset.pop('indices')
    config, checkpoint = tmp_path / 'tiny.py', tmp_path / 'tiny.pth'
    tiny_manet.dump(str(config))
    torch.save(MODELS.build(tiny_manet.model).state_dict(), str(checkpoint))
    return config, checkpoint


def test_model(run, model_files, tmp_path):
    out = tmp_path / 'out'
    run('model', *model_files, '--out', out, '--clips', '8', '--cams', '2',
        '--tsne', '--pairs', '2')
    assert {p.name
            for p in out.glob('*.csv')
            } == CSVS | {'embedding.csv', 'grad_cam.csv'}
    assert len(list(out.glob('grad_cam_*.png'))) == 2
    with open(out / 'embedding.csv') as file:
        rows = list(csv.DictReader(file))
    assert [row['kind'] for row in rows] == ['video'] * 8 + ['label'] * 52
    assert [row['name'] for row in rows[8:]] == list(MA52.names)
    page = (out / 'index.html').read_text()
    assert '8 clips, predicted by tiny.py with tiny.pth' in page
    assert 't-SNE' in page and str(tmp_path) not in page


@pytest.mark.parametrize('message, args', [
    ('test split of MA-52 has no true labels',
     ('--cfg-options', 'test_dataloader.dataset.split=test')),
    ('is of another model', ('--cfg-options', 'model.backbone.depth=34')),
    ("no layer 'backbone/none'", ('--cam-layer', 'backbone/none')),
    ('at least 1 clip', ('--clips', '0')),
])
def test_model_refuses(run, model_files, tmp_path, message, args):
    run('model', *model_files, '--out', tmp_path / 'o', *args, fails=message)


@pytest.mark.slow
@pytest.mark.parametrize('dark', [False, True])
def test_page_in_a_browser(run, dump, val_list, tmp_path, browser, dark):
    """It opens alone and offline, without errors, in light and dark."""
    run('dump', dump, '--ann-file', val_list, '--out', tmp_path / 'out')
    alone = tmp_path / 'alone.html'
    shutil.copy(tmp_path / 'out' / 'index.html', alone)
    browser.open(alone, dark)
    seen = browser.driver.execute_script('''return {
      images: [...document.images].map(i => i.complete && i.naturalWidth),
      paper: getComputedStyle(document.body).backgroundColor,
      parts: document.querySelectorAll('section').length}''')
    assert len(seen['images']) == seen['parts'] == 3 and all(seen['images'])
    assert (seen['paper'] == 'rgb(255, 255, 255)') != dark
    image = browser.driver.find_elements('tag name', 'img')[1]
    shown = image.size['width']
    image.click()
    assert image.size['width'] == seen['images'][1] > shown  # full size
    assert browser.messages() == []
    loaded = [x for x in browser.requests() if not x.startswith('data:')]
    assert loaded == [alone.as_uri()]
