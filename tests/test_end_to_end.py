# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The tools as a user calls them, one after the other, on generated clips.

Scripts run in this process, those for several ranks in others.
"""
import contextlib
import csv
import io
import json
import os
import runpy
import socket
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import mmaction
import pytest
from mmengine.config import Config

from mmaction_microaction.formats import read_detection_submission

STOCK = Path(mmaction.__file__).parent / '.mim' / 'tools'
MANET = 'configs/manet_r50_ma52.py'
TINY = {
    'model.backbone.depth': 18,
    'model.backbone.base_channels': 16,
    'model.backbone.pretrained': None,
    'model.cls_head.in_channels': 128
}


def options(epochs=None, model=TINY, batch=4, clips=8, **more):
    """Of a small model and few clips."""
    changes = dict(model)
    for split in ('train', 'val', 'test'):
        changes.update({
            f'{split}_dataloader.batch_size': batch,
            f'{split}_dataloader.num_workers': 0,
            f'{split}_dataloader.persistent_workers': False
        })
        if epochs and clips and split != 'test':
            changes[f'{split}_dataloader.dataset.indices'] = clips
    if epochs:
        changes['train_cfg.max_epochs'] = epochs
    changes.update(more)
    return ['--cfg-options', *(f'{k}={v}' for k, v in changes.items())]


@pytest.fixture(scope='module')
def tool(repo, sample_root, mma52_root):
    """A function that runs a script in this process and returns what it has
    printed, its error included."""

    def run(script, *args, ok=True, root=sample_root):
        out, code = io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, \
                contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(out):
            patch.chdir(repo)
            patch.setenv('MA52_ROOT', root)
            patch.setenv('MMA52_ROOT', mma52_root)
            patch.setattr(sys, 'argv', [str(script), *map(str, args)])
            try:
                runpy.run_path(str(repo / script), run_name='__main__')
            except SystemExit as stop:
                code = stop.code or 0
            except Exception as error:
                code = 1
                print(error, file=out)
        assert (code == 0) == ok, out.getvalue()[-3000:]
        return out.getvalue()

    return run


def submitted(path):
    """The rows in the archive of a submission."""
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ['prediction.csv']
        text = archive.read('prediction.csv').decode()
    return list(csv.reader(text.splitlines()))


@pytest.fixture(scope='module')
def trained(tool, tmp_path_factory):
    """Work folder of a model that our tools/train.py trained."""
    work = tmp_path_factory.mktemp('trained')
    out = tool('tools/train.py', MANET, '--work-dir', work, *options(1))
    assert 'loss_cls' in out and 'loss_emb' in out
    assert (work / 'epoch_1.pth').is_file()
    return work


def test_resume(tool, trained, tmp_path):
    out = tool('tools/train.py', MANET, '--work-dir', tmp_path, '--resume',
               trained / 'epoch_1.pth', *options(2))
    assert 'resumed epoch: 1' in out and 'Epoch(train) [2]' in out
    assert 'Epoch(train) [1]' not in out
    out = tool('tools/train.py', MANET, '--work-dir', tmp_path, '--resume',
               *options(3))
    assert 'resumed epoch: 2' in out and (tmp_path / 'epoch_3.pth').is_file()


def test_stock_scripts(tool, tmp_path):
    out = tool(STOCK / 'train.py', MANET, '--work-dir', tmp_path, '--amp',
               '--auto-scale-lr', *options(1))
    assert 'loss_emb' in out
    out = tool(STOCK / 'train.py', MANET, '--work-dir', tmp_path, '--resume',
               '--amp', *options(2))
    assert 'resumed epoch: 1' in out
    out = tool(STOCK / 'test.py', MANET, tmp_path / 'epoch_1.pth',
               '--work-dir', tmp_path, '--dump', tmp_path / 'p.pkl',
               *options())
    assert 'ma52/f1_mean' in out and (tmp_path / 'p.pkl').is_file()
    tables = {path.name for path in tmp_path.rglob('*.csv')}
    assert tables == {
        'per_class.csv', 'confusion_action.csv', 'confusion_body.csv'
    }
    assert len(list(tmp_path.rglob('confusion_*.png'))) >= 2


def test_stock_inferencer_from_a_checkpoint(trained, sample_root, repo,
                                            tmp_path):
    from mmaction.apis import inference_recognizer, init_recognizer
    from mmaction.apis.inferencers import ActionRecogInferencer
    clip = str(sorted(Path(sample_root, 'videos_val').glob('*.mp4'))[0])
    config, weights = str(tmp_path / 'c.py'), str(trained / 'epoch_1.pth')
    cfg = Config.fromfile(str(repo / MANET))
    cfg.merge_from_dict(TINY)
    cfg.dump(config)
    inferencer = ActionRecogInferencer(config, weights, 'cpu')
    result = inferencer(clip, vid_out_dir=str(tmp_path / 'v'))
    assert len(result['predictions'][0]['pred_labels']) == 1
    assert list((tmp_path / 'v').rglob('*.mp4'))
    model = init_recognizer(config, weights, device='cpu')
    score = inference_recognizer(model, clip).pred_score
    assert float(score.sum()) == pytest.approx(1, abs=1e-4)


def test_from_test_list_to_scored_submission(tool, trained, sample_root,
                                             tmp_path):
    dump = tmp_path / 'p.pkl'
    out = tool('tools/test.py', MANET, trained / 'epoch_1.pth', '--work-dir',
               tmp_path, '--dump', dump,
               *options(**{'test_dataloader.dataset.split': 'test'}))
    assert 'no labels' in out
    tool('tools/challenge/make_submission.py', dump, '--ann-file',
         Path(sample_root, 'test_list_videos.txt'), '--out', tmp_path)
    rows = submitted(tmp_path / 'submission.zip')
    assert rows[0][:2] == ['vid', 'action_pred_1'] and len(rows) == 53
    out = tool('tools/challenge/evaluate.py',
               tmp_path / 'submission.zip', '--ann-file',
               Path(sample_root,
                    'test_labels.txt'), '--json', tmp_path / 'scores.json')
    assert 'ma52/action_top1' in out and (tmp_path / 'scores.json').is_file()
    tool('tools/analysis_tools/draw_predictions.py', dump, '--data-root',
         sample_root, '--split', 'test', '--out', tmp_path / 'p.png')
    assert (tmp_path / 'p.png').stat().st_size > 10_000


@pytest.mark.slow
def test_two_ranks(repo, tool_env, sample_root, tmp_path):
    folder = os.path.dirname(sys.executable)

    def run(script, *args):
        with socket.socket() as probe:  # a port that nobody listens on
            probe.bind(('127.0.0.1', 0))
            port = str(probe.getsockname()[1])
        done = subprocess.run(
            ['bash', f'tools/{script}', MANET, *map(str, args)],
            cwd=repo,
            env=dict(
                tool_env,
                MA52_ROOT=sample_root,
                PORT=port,
                PATH=f'{folder}{os.pathsep}{os.environ["PATH"]}'),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    out = run('dist_train.sh', 2, '--work-dir', tmp_path, *options(1))
    assert 'GPU number: 2' in out and (tmp_path / 'epoch_1.pth').is_file()
    out = run('dist_test.sh', tmp_path / 'epoch_1.pth', 2, '--work-dir',
              tmp_path, *options())
    assert 'ma52/f1_mean' in out


def test_real_clips(tool, shared_data, tmp_path):
    """A root of real clips, in layout (b): train, test, dump, submit."""
    clips = sorted((shared_data / 'real_clips').glob('ma52_*.mp4'))
    labels = {'nodding': 9, 'shaking': 0}
    for split in ('train', 'val', 'test'):
        folder = tmp_path / 'ma52' / 'raw_videos' / split
        folder.mkdir(parents=True)
        lines = []
        for clip in clips:
            name = clip.name.removeprefix('ma52_')
            (folder / name).symlink_to(clip)
            lines.append(f'{name} {labels[name.split("_")[0]]}')
        lists = tmp_path / 'ma52' / 'annotations'
        lists.mkdir(exist_ok=True)
        (lists / f'{split}_list_videos.txt').write_bytes(
            '\r\n'.join(lines).encode())
    root, dump = str(tmp_path / 'ma52'), tmp_path / 'p.pkl'
    run = partial(tool, root=root)
    run('tools/data/check_data.py', root)
    run('tools/train.py', MANET, '--work-dir', tmp_path, *options(1, clips=2))
    out = run('tools/test.py', MANET, tmp_path / 'epoch_1.pth', '--work-dir',
              tmp_path, '--dump', dump, *options())
    assert 'ma52/action_top1' in out
    run('tools/challenge/make_submission.py', dump, '--ann-file',
        lists / 'test_list_videos.txt', '--out', tmp_path)
    assert (tmp_path / 'submission.zip').is_file()


@pytest.mark.parametrize('key, value, words', [
    ('train_dataloader.dataset.data_root', 'nowhere',
     ['kunli-cs/MA-52', 'make_sample_data.py', 'MA52_ROOT']),
    ('model.cls_head.num_classes', 60, ['num_classes=60']),
    ('model.cls_head.label_vectors', 'nowhere.npy', ['nowhere.npy']),
    ('model.backbone.pretrained', 'nowhere.pth', ['nowhere.pth']),
    ('model.backbone.gate_ratio', 7, ['gate_ratio']),
])
def test_bad_settings_end_before_training(tool, tmp_path, key, value, words):
    fail = partial(tool, ok=False)
    out = fail('tools/train.py', MANET, '--work-dir', tmp_path,
               *options(1, **{key: value}))
    assert 'Epoch(train)' not in out
    assert all(word in out[-1500:] for word in words)


@pytest.mark.parametrize('name',
                         ['manet_r18_mma52sample', 'dsta_vit_mma52sample'])
def test_detector_from_training_to_a_scored_submission(name, tool, mma52_root,
                                                       tmp_path):
    config = f'configs/{name}.py'
    out = tool(STOCK / 'train.py', config, '--work-dir', tmp_path,
               *options(1, {}, 2, None))
    assert 'loss_cls' in out
    dump, archive = tmp_path / 'detections.pkl', tmp_path / 'submission.zip'
    out = tool(STOCK / 'test.py', config, tmp_path / 'epoch_1.pth',
               '--work-dir', tmp_path, '--dump', dump,
               *options(None, {}, 2, **{'model.head.nms.min_score': 0}))
    assert 'mma52/action_mAP@0.5' in out
    ann_file = Path(mma52_root, 'val.csv')
    tool('tools/challenge/make_submission.py', dump, '--ann-file', ann_file,
         '--out', tmp_path)
    rows = submitted(archive)
    assert rows[0] == ['', 'video_id', 't_start', 't_end', 'class', 'score']
    assert len(rows) > 1
    assert set(read_detection_submission(str(archive))) <= \
        {f'val{i:04d}' for i in range(3)}
    scores = tmp_path / 'scores.json'
    tool('tools/challenge/evaluate.py', archive, '--ann-file', ann_file,
         '--flavour', 'opentad', '--json', scores)
    # The same as the metric said of the predictions themselves.
    scored = json.loads(scores.read_text())
    logs = sorted(tmp_path.glob('*/[0-9]*.json'))
    tested = json.loads(logs[-1].read_text())
    for key, value in scored.items():
        assert tested[key] == pytest.approx(value, abs=1e-4), key
