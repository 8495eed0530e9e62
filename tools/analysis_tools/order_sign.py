# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Measure whether a model uses the order of frames.

Some micro-actions are each other's reversal in time (stretching and retracting
arms, bowing head and head up, ...). This feeds every clip of such a pair
forwards and backwards and counts how often the margin between the true class
and its partner is larger in the true order. 100 %: the model reads the order;
50 %: chance; tied: the order has no effect.

example:
  python tools/analysis_tools/order_sign.py configs/manet_r50_ma52.py \\
      work_dirs/manet_r50_ma52/epoch_80.pth
"""
import argparse
import copy
import json
import os.path as osp
import sys
import tempfile
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import (add_config_options, add_debug,
                                           make_parser, run)


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('config', help='config of the model')
    add('checkpoint', help='checkpoint of the model')
    add('--json', help='output file')
    add_config_options(parser)
    add_debug(parser)
    return parser


def predict(cfg, checkpoint: str, backwards: bool, folder: str):
    """Logits and labels of the test data, by the stock test loop; ``folder``
    is the runner's."""
    from mmengine.runner import Runner

    from mmaction_microaction.evaluation import load_predictions
    cfg = copy.deepcopy(cfg)  # Config.copy is shallow
    cfg.load_from, cfg.work_dir = checkpoint, folder
    cfg.log_level = 'ERROR'
    cfg.model.cls_head.average_clips = 'score'  # logits
    pipeline = cfg.test_dataloader.dataset.pipeline
    if backwards:
        sampling = next(i for i, step in enumerate(pipeline)
                        if 'SampleFrames' in step['type'])
        pipeline.insert(sampling + 1, dict(type='ReverseFrames'))
    dump = osp.join(folder, 'logits.pkl')
    cfg.test_evaluator = dict(type='DumpResults', out_file_path=dump)
    Runner.from_cfg(cfg).test()
    return load_predictions(dump)


def work(args: argparse.Namespace) -> None:
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from mmaction_microaction.evaluation import order_sign
    from mmaction_microaction.inference.predictor import find_taxonomy
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.utils.tool_parts import load_config
    cfg = load_config(args.config, args.cfg_options)
    with tempfile.TemporaryDirectory() as folder:
        forward = predict(cfg, args.checkpoint, False, folder)
        backward = predict(cfg, args.checkpoint, True, folder)
    if forward.labels is None:
        raise UserError('the test data has no labels; set '
                        'test_dataloader.dataset.split=val')
    taxonomy = find_taxonomy(cfg, {}, forward.scores.shape[1])
    if not taxonomy.reversed_pairs:
        raise UserError(f'{taxonomy.title} has no pairs of time-reversed '
                        'classes (time_reversed)')
    result = order_sign(forward.scores, backward.scores, forward.labels,
                        taxonomy.reversed_pairs)
    two_way = result.pop('two_way')
    result['two_way'] = float(np.mean(list(two_way.values())))
    result['largest_difference'] = float(
        np.abs(forward.scores - backward.scores).max())
    table = Table('pair', 'two-way accuracy, %')
    for (a, b), value in two_way.items():
        table.add_row(f'{taxonomy.names[a]} / {taxonomy.names[b]}',
                      f'{100 * value:.1f}')
    console = Console()
    console.print(table)
    console.print(f'order sign {100 * result["order_sign"]:.1f} %, tied '
                  f'{100 * result["tied"]:.1f} % of {result["num_clips"]} '
                  'clips; largest difference between forward and reversed '
                  f'logits {result["largest_difference"]:.2g}')
    if args.json:
        with new_file(args.json) as (path, _), open(path, 'w') as f:
            json.dump(result, f, indent=2)


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
