# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""RGB + pose from two pre-trainings to a scored submission, by the tools."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from mmaction_microaction.evaluation import load_predictions
from mmaction_microaction.formats import read_recognition_submission
from mmaction_microaction.utils.unpickling import load_plain_pickle


@pytest.fixture
def run(repo, run_tool, sample_root, tmp_path, monkeypatch):
    """A function: script, config's stem or None, arguments -> what the tool
    printed; a training is one step with four clips."""
    monkeypatch.setenv('MA52_ROOT', sample_root)
    monkeypatch.chdir(tmp_path)

    def call(script, config, *args, **changes):
        changes = {key.replace('__', '.'): x for key, x in changes.items()}
        if config:
            loader = f'{script[:-3]}_dataloader'
            changes.update({
                f'{loader}.num_workers': 0,
                f'{loader}.persistent_workers': False,
            })
            if script == 'train.py':
                changes.update({
                    f'{loader}.dataset.indices': 4,
                    f'{loader}.batch_size': 4,
                    'train_cfg.max_epochs': 1
                })
            args = (f'{repo}/configs/{config}_ma52sample.py', *args,
                    '--cfg-options', *(f'{k}={v}' for k, v in changes.items()))
        ran = run_tool(script, *args)
        assert ran.code == 0, ran.out[-2000:] + ran.err[-2000:]
        return ran.out

    return call


def test_rgb_and_pose_from_training_to_a_scored_submission(
        run, repo, sample_root, tmp_path):
    for name in ('rgbpose_rgb', 'rgbpose_pose'):
        run('train.py', name, '--work-dir', name, '--no-validate')
    run('convert/merge_rgbpose.py', None, 'rgbpose_rgb/epoch_1.pth',
        'rgbpose_pose/epoch_1.pth', 'merged.pth', '--config',
        f'{repo}/configs/pcan_rgbpose_ma52sample.py')
    # No rate: what is saved is what it started from.
    run('train.py',
        'pcan_rgbpose',
        '--work-dir',
        'pcan',
        '--no-validate',
        load_from='merged.pth',
        optim_wrapper__optimizer__lr=0.)
    trained, start = (
        torch.load(x, weights_only=False)['state_dict']
        for x in ('pcan/epoch_1.pth', 'merged.pth'))
    weights = [k for k in start if k.endswith('.weight') and '.bn.' not in k]
    assert len(weights) > 30
    for key in weights:
        torch.testing.assert_close(trained[key], start[key])
    log, = Path('pcan').glob('*/vis_data/scalars.json')
    losses = json.loads(log.read_text().splitlines()[0])
    assert {
        f'{x}_{y}'
        for x in ('rgb', 'pose')
        for y in ('loss_cls', 'coarse_loss_cls', 'fr_loss', 'fr_coarse_loss')
    } | {'hierarchy_rgb_loss', 'hierarchy_pose_loss'} < losses.keys()

    run('test.py',
        'pcan_rgbpose',
        'pcan/epoch_1.pth',
        '--work-dir',
        'test',
        '--dump',
        'p.pkl',
        test_dataloader__dataset__split='test')
    names = Path(sample_root, 'test_list_videos.txt')
    run('challenge/make_submission.py', None, 'p.pkl', '--ann-file', names,
        '--body', 'head', '--out', 'out')
    # The body columns are those of the body layers.
    rows = read_recognition_submission('out/submission.zip')
    with open('p.pkl', 'rb') as file:
        samples = load_plain_pickle(file)
    order = [load_predictions('p.pkl').names.index(x) for x in rows.names]
    scores = np.stack([samples[i]['body_score'].numpy() for i in order])
    np.testing.assert_array_equal(rows.bodies,
                                  np.argsort(-scores, 1, kind='stable')[:, :5])
    assert np.allclose(scores.sum(1), 1, atol=1e-5) and len(scores) == 52
    run('challenge/evaluate.py', None, 'out/submission.zip', '--ann-file',
        Path(sample_root, 'test_labels.txt'), '--json', 'scores.json')
    assert 0 <= json.loads(
        Path('scores.json').read_text())['ma52/f1_mean'] <= 1
