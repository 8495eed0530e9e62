# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json

import numpy as np
import pytest
from mmaction.registry import DATA_SAMPLERS, MODELS

from benchmarks import ablation as tool
from benchmarks import compare_methods


@pytest.mark.parametrize('name', tool.VARIANTS)
def test_variants_differ_by_their_settings(name):
    cfg = tool.variant_config(name, 'somewhere', 5, 3)
    plain = tool.variant_config('MANet, actions only', 'somewhere', 5, 3)
    head = MODELS.build(cfg.model.cls_head)
    assert hasattr(head, 'fusion') == (name != 'MANet, actions only')
    assert cfg.train_cfg.max_epochs == cfg.param_scheduler[1].end == 5
    assert cfg.test_evaluator.get(
        'body', 'lookup') == ('head' if hasattr(head, 'fusion') else 'lookup')
    sampler = dict(cfg.train_dataloader.sampler)
    labels = tool_labels()
    DATA_SAMPLERS.build(dict(sampler, dataset=labels))
    # Nothing else does.
    cfg.model.cls_head = plain.model.cls_head
    cfg.train_dataloader.sampler = plain.train_dataloader.sampler
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        evaluator.pop('body', None)
    assert cfg.pretty_text == plain.pretty_text


def tool_labels():

    class Labels(list):

        def get_data_info(self, index):
            return dict(label=self[index])

    return Labels([0, 0, 1])


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch, capsys):
    """With tools that only say which scores there were."""
    calls = []

    def call(log, script, *args):
        calls.append((script, *args))
        if script == 'test.py':
            folder = tmp_path.__class__(args[3]) / 'day'
            folder.mkdir(parents=True)
            score = len(args) / 10
            (folder / '2026.json').write_text(
                json.dumps({
                    f'ma52/{key}': score
                    for key in tool.COLUMNS if key != 'rare_f1'
                }))
            (folder /
             'per_class.csv').write_text('index,f1\n' +
                                         '\n'.join(f'{i},{i / 52}'
                                                   for i in range(52)))
        if script.startswith('data/'):
            (tmp_path / 'data' / 'ma52').mkdir(parents=True)
            (tmp_path / 'data' / 'ma52' / 'train_list_videos.txt').write_text(
                '\n'.join(f'{i}_{k}.mp4 {k}' for k in range(52)
                          for i in range(52 - k)))

    for module in (tool, compare_methods):
        monkeypatch.setattr(module, 'call_tool', call)
    monkeypatch.setattr(tool, 'find_latest_checkpoint', lambda _: 'x.pth')
    options = ['--out', str(tmp_path), '--seeds', '0', '1', '--variants']
    assert tool.main([*options, 'PCAN head', 'soft hierarchy']) == 0
    done = len(calls)
    assert sum(x[0] == 'test.py' for x in calls) == 2 * (4 + 2)
    assert tool.main([*options, 'PCAN head']) == 0 and len(calls) == done
    out = capsys.readouterr().out
    rows = {
        line.split('|')[1].strip(): line.split('|')[2:-1]
        for line in out.splitlines() if line.startswith('| ')
    }
    # The rarest third are the last 17 classes.
    rare = f'{100 * np.mean(np.arange(35, 52) / 52):.1f} ± 0.0'
    assert rows['PCAN head, soft'][-1].strip() == rare
    assert rows['soft hierarchy, cascade'][0].strip() == '60.0 ± 0.0'
    assert rows['MANet, actions only'][0].strip() == '-'
