# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Two ranks on one machine without a GPU do what one process does."""
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.slow
WORKER = str(Path(__file__).with_name('distributed_worker.py'))


@pytest.fixture(scope='module')
def results(tmp_path_factory, tool_env, sample_root):
    """What this process and what two ranks wrote."""
    out = tmp_path_factory.mktemp('ranks')
    threads = torch.get_num_threads()
    runpy.run_path(WORKER)['work'](sample_root, str(out), 1, 0)
    torch.set_num_threads(threads)
    done = subprocess.run([
        sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node=2',
        '--master_port=0', '--rdzv_backend=c10d',
        '--rdzv_endpoint=127.0.0.1:0', WORKER, sample_root,
        str(out)
    ],
                          env=tool_env,
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        name: torch.load(out / f'{name}.pth', weights_only=True)
        for name in ('1-0', '2-0', '2-1')
    }


def test_averaged_gradient_is_the_whole_batchs(results):
    whole = results['1-0']['gradients']
    assert len(whole) > 50
    for rank in ('2-0', '2-1'):
        halves = results[rank]['gradients']
        assert halves.keys() == whole.keys()
        for name, gradient in whole.items():
            torch.testing.assert_close(
                halves[name], gradient, rtol=1e-5, atol=1e-5, msg=name)
    assert any(g.abs().max() > 1e-3 for g in whole.values())


def test_prototypes_are_those_of_the_whole_batch(results):
    whole, first, second = (
        results[name]['calibrated'] for name in ('1-0', '2-0', '2-1'))
    for name, buffer in first['buffers'].items():
        assert torch.equal(buffer, second['buffers'][name]), name
    torch.testing.assert_close(first, whole)
    for level in ('fr_rgb', 'fr_coarse_pose'):
        assert whole['buffers'][f'{level}.updated'].sum() >= 3, level


def test_weights_stay_equal_on_both_ranks(results):
    first, second = results['2-0'], results['2-1']
    for name, weight in first['trained'].items():
        if 'running_' in name or 'num_batches' in name:
            continue  # buffers of batch norm belong to a rank
        assert torch.equal(weight, second['trained'][name]), name
    moved = [
        not torch.equal(first['trained'][k], first['initial'][k])
        for k in first['trained'] if k.endswith('weight')
    ]
    assert sum(moved) > len(moved) / 2


def test_each_rank_saw_its_share_and_reports_all_clips(results):
    assert results['2-0']['steps'] == results['2-1']['steps'] == 2
    assert results['1-0']['steps'] == 4
    assert results['2-0']['metrics'] == results['2-1']['metrics']
    assert results['2-0']['metrics']
    # Rank 0 gathers the results of both.
    assert results['2-0']['counted'] == results['1-0']['counted'] == [4]
