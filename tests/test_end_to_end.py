# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The tools as a user calls them, one after the other, on generated clips."""
import csv
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import mmaction
import numpy as np
import pytest

TINY = [
    'model.backbone.depth=18', 'model.backbone.base_channels=16',
    'model.backbone.pretrained=None', 'model.cls_head.in_channels=128'
]
SMALL_DATA = [
    f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
    for key in ('batch_size=4', 'num_workers=0', 'persistent_workers=False')
]
MANET = 'configs/manet_r50_ma52.py'


@pytest.fixture(scope='module')
def tool(repo, tool_env, sample_root):
    """A function that runs a script and returns its output."""

    def run(script, *args, ok=True, root=sample_root, **env):
        program = ['bash'] if str(script).endswith('.sh') else [sys.executable]
        folder = os.path.dirname(sys.executable)
        path = f'{folder}{os.pathsep}{os.environ["PATH"]}'
        done = subprocess.run(
            [*program, str(script), *map(str, args)],
            cwd=repo,
            env={
                **tool_env, 'MA52_ROOT': root,
                'PATH': path,
                **env
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True)
        assert (done.returncode == 0) == ok, done.stdout[-3000:]
        return done.stdout

    return run


def options(epochs, *more, clips=8):
    split = [
        f'{s}_dataloader.dataset.indices={clips}' for s in ('train', 'val')
    ]
    return [
        '--cfg-options', f'train_cfg.max_epochs={epochs}', *TINY, *SMALL_DATA,
        *split, *more
    ]


@pytest.fixture(scope='module')
def trained(tool, tmp_path_factory):
    """Work folder of a model that our tools/train.py trained."""
    work = tmp_path_factory.mktemp('trained')
    out = tool('tools/train.py', MANET, '--work-dir', work, *options(1))
    assert 'loss_cls' in out and 'loss_emb' in out
    assert (work / 'epoch_1.pth').is_file()
    return work


def test_resume(tool, trained, tmp_path):
    out = tool('tools/train.py', MANET, '--work-dir', trained, '--resume',
               *options(2))
    assert 'resumed epoch: 1' in out and 'Epoch(train) [2]' in out
    assert 'Epoch(train) [1]' not in out
    out = tool('tools/train.py', MANET, '--work-dir', tmp_path, '--resume',
               trained / 'epoch_2.pth', *options(3))
    assert 'resumed epoch: 2' in out and (tmp_path / 'epoch_3.pth').is_file()


def test_stock_scripts(tool, tmp_path):
    stock = Path(mmaction.__file__).parent / '.mim' / 'tools'
    out = tool(stock / 'train.py', MANET, '--work-dir', tmp_path, '--amp',
               '--auto-scale-lr', *options(1))
    assert 'loss_emb' in out
    checkpoint = tmp_path / 'epoch_1.pth'
    out = tool(stock / 'train.py', MANET, '--work-dir', tmp_path, '--resume',
               '--amp', *options(2))
    assert 'resumed epoch: 1' in out
    out = tool(stock / 'test.py', MANET, checkpoint, '--work-dir', tmp_path,
               '--dump', tmp_path / 'p.pkl', '--cfg-options', *TINY,
               *SMALL_DATA)
    assert 'ma52/f1_mean' in out and (tmp_path / 'p.pkl').is_file()
    tables = {path.name for path in tmp_path.rglob('*.csv')}
    assert tables == {
        'per_class.csv', 'confusion_action.csv', 'confusion_body.csv'
    }
    assert len(list(tmp_path.rglob('confusion_*.png'))) >= 2


def test_stock_inferencer_from_a_checkpoint(tool, trained, sample_root, repo,
                                            tmp_path):
    clip = sorted(Path(sample_root, 'videos_val').glob('*.mp4'))[0]
    script = tmp_path / 'infer.py'
    script.write_text(f'''
from mmengine.config import Config
import mmaction_microaction
from mmaction.apis.inferencers import ActionRecogInferencer
from mmaction.apis import init_recognizer, inference_recognizer
cfg = Config.fromfile({str(repo / MANET)!r})
cfg.merge_from_dict({{k: eval(v) for k, v in (o.split("=") for o in {TINY})}})
cfg.dump({str(tmp_path / 'c.py')!r})
weights = {str(trained / 'epoch_1.pth')!r}
inferencer = ActionRecogInferencer({str(tmp_path / 'c.py')!r}, weights, 'cpu')
result = inferencer({str(clip)!r}, vid_out_dir={str(tmp_path / 'v')!r})
print('labels', result['predictions'][0]['pred_labels'])
model = init_recognizer({str(tmp_path / 'c.py')!r}, weights, device='cpu')
score = inference_recognizer(model, {str(clip)!r}).pred_score
print('score', float(score.sum()))
''')
    out = tool(script)
    assert 'labels [' in out
    assert 'score 1.0' in out or 'score 0.99' in out
    assert list((tmp_path / 'v').rglob('*.mp4'))


def test_from_test_list_to_scored_submission(tool, trained, sample_root,
                                             tmp_path):
    dump = tmp_path / 'p.pkl'
    out = tool('tools/test.py', MANET, trained / 'epoch_1.pth', '--work-dir',
               tmp_path, '--dump', dump, '--cfg-options',
               'test_dataloader.dataset.split=test', *TINY, *SMALL_DATA)
    assert 'no labels' in out
    tool('tools/challenge/make_submission.py', dump, '--ann-file',
         Path(sample_root, 'test_list_videos.txt'), '--out', tmp_path)
    with zipfile.ZipFile(tmp_path / 'submission.zip') as archive:
        assert archive.namelist() == ['prediction.csv']
        rows = list(
            csv.reader(archive.read('prediction.csv').decode().splitlines()))
    assert rows[0][:2] == ['vid', 'action_pred_1'] and len(rows) == 53
    out = tool('tools/challenge/evaluate.py',
               tmp_path / 'submission.zip', '--ann-file',
               Path(sample_root,
                    'test_labels.txt'), '--json', tmp_path / 'scores.json')
    assert 'ma52/action_top1' in out and (tmp_path / 'scores.json').is_file()
    tool('tools/analysis_tools/draw_predictions.py', dump, '--data-root',
         sample_root, '--split', 'test', '--out', tmp_path / 'p.png')
    assert (tmp_path / 'p.png').stat().st_size > 10_000


def test_order_sign_tool(tool, trained):
    out = tool('tools/analysis_tools/order_sign.py', MANET,
               trained / 'epoch_1.pth', '--cfg-options', *TINY, *SMALL_DATA)
    assert 'of 10 clips' in out and 'order sign' in out


def free_port():
    """A port that nobody listens on, such as another run of this test."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


def test_two_ranks(tool, tmp_path):
    out = tool(
        'tools/dist_train.sh',
        MANET,
        2,
        '--work-dir',
        tmp_path,
        *options(1),
        PORT=free_port())
    assert 'GPU number: 2' in out and (tmp_path / 'epoch_1.pth').is_file()
    out = tool(
        'tools/dist_test.sh',
        MANET,
        tmp_path / 'epoch_1.pth',
        2,
        '--work-dir',
        tmp_path,
        '--cfg-options',
        *TINY,
        *SMALL_DATA,
        PORT=free_port())
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
    root = str(tmp_path / 'ma52')
    tool('tools/data/check_data.py', root, root=root)
    tool(
        'tools/train.py',
        MANET,
        '--work-dir',
        tmp_path,
        *options(1, clips=2),
        root=root)
    dump = tmp_path / 'p.pkl'
    out = tool(
        'tools/test.py',
        MANET,
        tmp_path / 'epoch_1.pth',
        '--work-dir',
        tmp_path,
        '--dump',
        dump,
        '--cfg-options',
        *TINY,
        *SMALL_DATA,
        root=root)
    assert 'ma52/action_top1' in out
    tool('tools/challenge/make_submission.py', dump, '--ann-file',
         lists / 'test_list_videos.txt', '--out', tmp_path)
    assert (tmp_path / 'submission.zip').is_file()


@pytest.mark.parametrize('change, words', [
    ('train_dataloader.dataset.data_root=nowhere',
     ['kunli-cs/MA-52', 'make_sample_data.py', 'MA52_ROOT']),
    ('model.cls_head.num_classes=60', ['num_classes=60']),
    ('model.cls_head.label_vectors=nowhere.npy', ['nowhere.npy']),
    ('model.backbone.pretrained=nowhere.pth', ['nowhere.pth']),
    ('model.backbone.gate_ratio=7', ['gate_ratio']),
])
def test_bad_settings_end_before_training(tool, tmp_path, change, words):
    settings = [o for o in options(1) if o.split('=')[0] not in change]
    out = tool(
        'tools/train.py',
        MANET,
        '--work-dir',
        tmp_path,
        *settings,
        change,
        ok=False)
    assert 'Epoch(train)' not in out
    for word in words:
        assert word in out.splitlines()[-1] or word in out[-1500:]


def test_checkpoint_of_another_model(tool, trained, tmp_path):
    out = tool(
        'tools/test.py',
        'configs/tsm_r50_ma52.py',
        trained / 'epoch_1.pth',
        '--work-dir',
        tmp_path,
        '--cfg-options',
        *SMALL_DATA,
        ok=False)
    assert 'of another model' in out


def test_label_vectors_tool(tool, tmp_path):
    from mmaction_microaction.labels import ACTION_NAMES
    words = sorted(
        {w
         for n in ACTION_NAMES
         for w in n.replace('-', ' ').split()})
    rng = np.random.default_rng(0)
    (tmp_path / 'glove.txt').write_text('\n'.join(
        f'{w} ' + ' '.join(map(str,
                               rng.random(4).round(3))) for w in words))
    tool('tools/data/build_label_vectors.py', tmp_path / 'glove.txt', '--out',
         tmp_path / 'v.npy')
    assert np.load(tmp_path / 'v.npy').shape == (52, 4)
