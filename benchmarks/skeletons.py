# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An epoch of skeletons as large as MA-52's: does the network wait for them?

Random smooth poses of 28 points, as many as there are training clips and as
long. Loading and training take turns; CPU time is counted, on one thread, so
that what else the machine does does not. Prints a table in markdown.
"""
import argparse
import os.path as osp
import sys
import tempfile
from typing import List, Optional, Sequence

import numpy as np
from rich.progress import track

from benchmarks.report import markdown_table

EXAMPLE = """example:
  python -m benchmarks.skeletons configs/stgcnpp_ma52.py --batch 16
  python -m benchmarks.skeletons configs/poseconv3d_ma52.py --batch 2"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('configs', nargs='+', help='configs of skeletons')
    add('--clips', type=int, default=11250, help='default: %(default)s')
    add('--batch', type=int, default=16, help='in a timed step (%(default)s)')
    add('--rounds', type=int, default=5, help='timed steps (%(default)s)')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def make_poses(count: int, seed: int = 0) -> List[dict]:
    """So many entries of a pose file: 45 to 75 frames of 1080 x 1920 pixels,
    points that wander by a few pixels a frame."""
    rng = np.random.default_rng(seed)
    entries = []
    for i in track(range(count), 'Making poses'):
        frames = int(rng.integers(45, 76))
        steps = rng.normal(scale=2, size=(1, frames, 28, 2))
        steps[:, 0] += rng.uniform(300, 800, (28, 2))
        entries.append(
            dict(
                frame_dir=f'{i:05d}',
                total_frames=frames,
                img_shape=(1080, 1920),
                original_shape=(1080, 1920),
                label=i % 52,
                keypoint=steps.cumsum(1).astype(np.float32),
                keypoint_score=np.ones((1, frames, 28), np.float32)))
    return entries


def measure(path: str, root: str, args: argparse.Namespace) -> List[str]:
    """A row of the table: ms a clip, and seconds of an epoch on two cores."""
    from mmaction.registry import DATASETS, MODELS
    from mmengine.config import Config
    from mmengine.dataset import pseudo_collate

    from benchmarks.steps import batch_step
    from benchmarks.timing import compare, spread
    cfg = Config.fromfile(path)
    cfg.train_dataloader.dataset.update(data_root=root, lazy_init=False)
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    order = iter(np.random.default_rng(0).integers(len(dataset), size=10**6))
    step = batch_step(cfg, MODELS.build(cfg.model), 'fp32')

    def load():
        return pseudo_collate(
            [dataset[next(order)] for _ in range(args.batch)])

    batch = load()
    contestants = dict(training=lambda: step(batch), loading=load)
    rows = compare(contestants, 'training', args.rounds, min_seconds=.5)
    train, loading = (spread(row.cpu).median / args.batch for row in rows)
    return [
        osp.basename(path), *(f'{1000 * x:.2f}' for x in (loading, train)),
        *(f'{x * args.clips / 2:.0f}' for x in (loading, train)),
        f'{100 * loading / train:.1f}'
    ]


def work(args: argparse.Namespace) -> None:
    import torch
    from mmengine.registry import init_default_scope

    import mmaction_microaction  # noqa: F401  installs the shims
    from mmaction_microaction.pose import write_pose_file
    torch.set_num_threads(1)
    init_default_scope('mmaction')
    with tempfile.TemporaryDirectory() as root:
        write_pose_file(
            osp.join(root, 'pose_train.pkl'), make_poses(args.clips))
        rows = [measure(path, root, args) for path in args.configs]
    print(markdown_table(
        ['config', 'loading, CPU ms per clip', 'training, CPU ms per clip',
         'loading per epoch, s', 'training per epoch, s',
         'loading, % of training'],
        rows))  # yapf: disable


def main(argv: Optional[Sequence[str]] = None) -> int:
    from mmaction_microaction.utils.errors import run_tool
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
