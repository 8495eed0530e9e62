# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
import pickle
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import DefaultScope

from mmaction_microaction.datasets import read_list
from mmaction_microaction.evaluation import MicroActionMetric, ma52_scores
from mmaction_microaction.labels import ACTION_NAMES

CSVS = {
    'confusion_action.csv', 'confusion_body.csv', 'confused_pairs.csv',
    'confused_clips.csv', 'per_class.csv'
}


@pytest.fixture
def run(repo, monkeypatch):

    def run(*args):
        tool = str(repo / 'tools/analysis_tools/analyze.py')
        monkeypatch.setattr('sys.argv', [tool, *map(str, args)])
        runpy.run_path(tool, run_name='__main__')

    return run


@pytest.fixture
def fails(run, capsys):
    """Run with an error: its text."""

    def fails(*args):
        with pytest.raises(SystemExit) as error:
            run(*args)
        assert error.value.code == 2
        return capsys.readouterr().err

    return fails


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


def test_dump(run, dump, samples, val_list, sample_root, tmp_path, capsys):
    out = tmp_path / 'out'
    run('dump', dump, '--ann-file', val_list, '--out', out, '--data-root',
        sample_root, '--pairs', '3')
    assert f'wrote {out}/index.html' in capsys.readouterr().out.replace(
        '\n', '')
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


def test_dump_refuses(fails, dump, samples, val_list, sample_root, tmp_path):
    out = ('--out', tmp_path / 'out')
    hidden = Path(sample_root, 'test_list_videos.txt')
    assert 'are dummies' in fails('dump', dump, '--ann-file', hidden, *out)
    short = tmp_path / 'short.txt'
    short.write_text('\n'.join(val_list.read_text().splitlines()[:9]))
    assert '43 clips are not in the list' in fails('dump', dump, '--ann-file',
                                                   short, *out)
    short.write_text('a.mp4 1\nb.mp4 99\n')
    message = fails('dump', dump, '--ann-file', short, *out)
    assert message.startswith(f'analyze.py: error: {short}:2: the label must')
    assert message.count('\n') == 1
    assert 'none.pkl' in fails('dump', 'none.pkl', '--ann-file', val_list,
                               *out)
    assert 'none of the 52 listed clips' in fails('dump', dump, '--ann-file',
                                                  val_list, *out,
                                                  '--data-root', tmp_path)
    (tmp_path / 'file').touch()
    assert 'File exists' in fails('dump', dump, '--ann-file', val_list,
                                  '--out', tmp_path / 'file')
    assert 'invalid count value' in fails('dump', dump, '--ann-file', val_list,
                                          *out, '--pairs', '-1')
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


@pytest.fixture
def leave_scope():
    """The tool sets the default scope of the process."""
    with DefaultScope.overwrite_default_scope('mmaction'):
        yield


@pytest.mark.usefixtures('leave_scope')
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
    assert [row['name'] for row in rows[8:]] == list(ACTION_NAMES)
    page = (out / 'index.html').read_text()
    assert '8 clips, predicted by tiny.py with tiny.pth' in page
    assert 't-SNE' in page and str(tmp_path) not in page


@pytest.mark.usefixtures('leave_scope')
def test_model_refuses(fails, model_files, tmp_path):
    config, checkpoint = model_files
    out = ('--out', tmp_path / 'out')
    assert 'none.pth does not exist' in fails('model', config, 'none.pth',
                                              *out)
    assert 'test split of MA-52 has no true labels' in fails(
        'model', *model_files, *out, '--cfg-options',
        'test_dataloader.dataset.split=test')
    assert 'is of another model' in fails('model', *model_files, *out,
                                          '--cfg-options',
                                          'model.backbone.depth=34')
    assert "no layer 'backbone/none'" in fails('model', *model_files, *out,
                                               '--cam-layer', 'backbone/none')
    assert 'at least 1 clip' in fails('model', *model_files, *out, '--clips',
                                      '0')


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


@pytest.mark.parametrize('words', [(), ('dump', ), ('model', )])
def test_explains_itself(run, capsys, words):
    with pytest.raises(SystemExit) as error:
        run(*words, '--help')
    assert not error.value.code
    assert 'python tools/analysis_tools/analyze.py' in capsys.readouterr().out
