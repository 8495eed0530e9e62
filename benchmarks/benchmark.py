# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How fast is it, compared with what one would use instead?

Every contestant runs in this process, they take turns, and a ratio is taken
within each round: what else the machine does meets all of them. Shown, and
written to OUT as json and markdown, are medians and quartiles, with the ratios
that are to be reached beside those that were measured.

    python -m benchmarks.benchmark loader          # file to training sample
    python -m benchmarks.benchmark model           # inference
    python -m benchmarks.benchmark train           # training steps
    python -m benchmarks.benchmark kernels         # gate and shift, checked
    python -m benchmarks.benchmark epoch           # training on clips
    python -m benchmarks.benchmark curves          # how cost grows
    python -m benchmarks.benchmark train --quick   # a few minutes on a laptop

`python -m benchmarks.benchmark loader --help` says what is compared. Parts for
a GPU: benchmarks/gpu_round.sh.
"""
import argparse
import inspect
import os
import os.path as osp
import sys
from glob import glob
from typing import Callable, Dict, Optional, Sequence

import pandas as pd
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console

import mmaction_microaction  # noqa: F401  installs the shims
from benchmarks import curves, epoch, floor, kernels, loader, steps
from benchmarks.cost_curves import draw_cost_curves
from benchmarks.report import Report
from benchmarks.timing import compare, describe_machine, spread
from mmaction_microaction.utils.errors import run_tool

CONFIGS = osp.join(osp.dirname(osp.dirname(osp.abspath(__file__))), 'configs')
#: Options: flag, default, help; ~ is the default.
COMMON = (
    ('--config', osp.join(CONFIGS, 'manet_r50_ma52.py'),
     'config of MANet (default: manet_r50_ma52.py)'),
    ('--out', 'benchmark_out', 'folder for json and markdown (~)'),
    ('--rounds', 11, 'timed calls of each contestant (~; 3 with --quick)'),
    ('--warmup', 2, 'untimed calls of each beforehand (~; 1 with --quick)'),
    ('--threads', 1, 'threads of PyTorch on CPU (~, so that CPU time is what '
     'a core needs)'),
    ('--quick', False, 'few rounds on little data: shows that it runs; too '
     'rough to quote'),
    ('--debug', False, 'show where an error arose'),
)
CLIPS = (
    ('--clips', None, 'folder of mp4 files (default: clips are drawn, encoded '
     'as those of MA-52, and kept in OUT/clips)'),
    ('--limit', 4, 'use the first so many clips (~)'),
)
MODEL = (
    ('--checkpoint', None, 'weights of MANet (default: random ones)'),
    ('--validate', False, "also compare every top-1 on the config's "
     'validation data (MA52_ROOT) with the baseline'),
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, run in COMMANDS.items():
        text = inspect.getdoc(run)
        sub = commands.add_parser(
            name,
            help=text.partition('\n')[0],
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.set_defaults(run=run)
        add_options(sub, COMMON)
        if name in ('loader', 'curves'):
            add_options(sub, CLIPS)
        else:
            add_device(sub, name)
    return parser


def add_options(parser: argparse.ArgumentParser, options: Sequence) -> None:
    """Add flag, default and help; the type is that of the default."""
    for flag, default, text in options:
        if default is False:
            parser.add_argument(flag, action='store_true', help=text)
            continue
        parser.add_argument(
            flag,
            type=str if default is None else type(default),
            default=default,
            help=text.replace('~', f'default: {default}'))


def add_device(parser: argparse.ArgumentParser, command: str) -> None:
    """The options of what runs a network."""
    cuda = 'cuda' if torch.cuda.is_available() else 'cpu'
    options = [('--device', 'cpu' if command == 'model' else cuda, '~')]
    if command != 'kernels':
        options += [('--small', False, 'networks of 18 layers'),
                    ('--size', 224, 'pixels of a side (~; 64 with --quick)')]
    if command == 'epoch':
        options += [('--batch', 10, '~'), ('--workers', 8, '~')]
    if command == 'model':
        options += [('--batch', 2, '~'), *MODEL]
    add_options(parser, options)
    if command == 'train':
        parser.add_argument(
            '--batch',
            type=int,
            nargs='+',
            help='clips in a step, 0: as many as fit (default: 10 on CUDA, 2 '
            'on CPU)')


def measure(args: argparse.Namespace,
            console: Console,
            contestants: Dict[str, Callable],
            device: str = 'cpu',
            floors: Optional[Dict[str, tuple]] = None,
            **report) -> None:
    """Time the contestants, the baseline first; show and write the result.
    ``floors``: what some must compute, and in which type."""
    with console.status('') as status:
        rows = compare(
            contestants,
            next(iter(contestants)),
            rounds=3 if args.quick else args.rounds,
            warmup=1 if args.quick else args.warmup,
            min_seconds=0.1,
            device=device,
            progress=lambda name: status.update(f'timing: {name}'))
    for row in rows:
        if floors and row.name in floors:
            seconds = spread(row.cpu).median
            report['notes'].append(
                floor.floor_note(row.name, *floors[row.name], seconds))
    result = Report(rows=rows, machine=describe_machine(device), **report)
    result.show(console)
    console.print('written: ' + ', '.join(result.write(args.out)), '')


def run_loader(args: argparse.Namespace, console: Console) -> None:
    """The training pipeline of a config, clip by clip, on one core.

    Baseline: MMAction2's own transforms (DecordInit to Resize and the rest) on
    clips as MA-52 has them. Against it: the same on clips prepared by
    tools/data/prepare_videos.py; DecodeResized on both. All take the same
    frames and crops; how far their values are apart is said below the table.
    Ratios are of CPU time: so many more clips does a core load in a second.

      python -m benchmarks.benchmark loader --clips $MA52_ROOT/videos_val
    """
    raw = raw_clips(args, console)
    with console.status('preparing the clips'):
        prepared = loader.prepare_clips(raw, osp.join(args.out, 'prepared'))
    pipeline = Config.fromfile(args.config).train_pipeline
    contestants = loader.loader_contestants(pipeline, raw, prepared)
    reference = contestants[loader.STOCK]()
    notes = [loader.size_note(prepared)]
    for name in (loader.FAST, loader.PREPARED):
        samples = contestants[name]()
        notes.append(loader.difference_note(name, samples, reference))
    measure(
        args,
        console,
        contestants,
        title='loader',
        clips=len(raw),
        targets=loader.TARGETS,
        notes=notes)


def raw_clips(args: argparse.Namespace, console: Console) -> list:
    """The clips of a folder, or generated ones of MA-52's size, made once."""
    if args.clips:
        clips = sorted(glob(osp.join(args.clips, '*.mp4')))
        if not clips:
            raise FileNotFoundError(f'--clips {args.clips}: no *.mp4 in there')
        return clips[:1 if args.quick else args.limit]
    frames = 24 if args.quick else loader.RAW_FRAMES
    os.makedirs(osp.join(args.out, 'clips'), exist_ok=True)
    paths = [
        osp.join(args.out, 'clips', f'{seed}_{frames}.mp4')
        for seed in range(1 if args.quick else min(args.limit, 2))
    ]
    for seed, path in enumerate(paths):
        if not osp.isfile(path):
            with console.status(f'drawing {path}'):
                loader.make_raw_clip(path, seed, num_frames=frames)
    return paths


def configs(args: argparse.Namespace) -> Dict[str, Config]:
    """The configs that contestants name."""
    found = dict(
        manet=Config.fromfile(args.config),
        tsm=Config.fromfile(osp.join(CONFIGS, 'tsm_r50_ma52.py')))
    for cfg in found.values() if getattr(args, 'small', False) else ():
        cfg.model.backbone.depth = 18
        cfg.model.cls_head.in_channels = 512
    return found


def clip_shape(args: argparse.Namespace, cfg: Config) -> tuple:
    """(T, 3, H, W) of one clip."""
    size = 64 if args.quick else args.size
    return (cfg.model.backbone.num_segments, 3, size, size)


def run_model(args: argparse.Namespace, console: Console) -> None:
    """MANet-R50 from pixels to scores, in evaluation.

    Baseline: the SE-TSM block as the paper describes it, in plain PyTorch and
    float32. Against it: MANet as built here, channels-last, and what
    prepare_for_inference makes of it (batch norm folded, bfloat16, which is
    fast only on processors that have it). The host's TSM-R50, without a gate,
    is there for orientation.

      python -m benchmarks.benchmark model --checkpoint manet.pth --threads 2
    """
    cfgs, device = configs(args), args.device
    shape = clip_shape(args, cfgs['manet'])
    batch = steps.random_batch(args.batch, shape)
    table = steps.inference_contestants()
    models = {
        name: steps.build_model(cfgs[who.config], who, device, args.checkpoint)
        for name, who in table.items()
    }
    notes = []
    if args.validate:
        data = steps.validation_data(cfgs['manet'])
        notes = steps.agreement_notes(models, next(iter(table)), data)
    calls = {
        name: steps.inference(model, batch)
        for name, model in models.items()
    }
    floors = {}
    if device == 'cpu':
        fp32, prepared = f'{steps.MANET}, fp32', f'{steps.MANET}, prepared'
        work = floor.count_work(models[fp32], calls[fp32])
        half = floor.Work(work.flops, work.bytes // 2)
        floors = {
            fp32: (work, torch.float32),
            prepared: (half, torch.bfloat16)
        }
    measure(
        args,
        console,
        calls,
        device,
        floors,
        title='model',
        clips=args.batch,
        clock='wall',
        targets=steps.INFERENCE_TARGETS,
        notes=notes + [f'Clips of shape {shape}, {args.batch} per call.'])


def run_train(args: argparse.Namespace, console: Console) -> None:
    """Training steps of MANet-R50: forward, loss, backward, clipping, SGD.

    Baseline: the SE-TSM block as the paper describes it, in plain PyTorch and
    float32 (on CUDA with TF32, PyTorch's default for convolutions). Against
    it: MANet as built here and the host's TSM-R50, in float32, on CUDA also in
    TF32, and with AMP (float16 on CUDA, bfloat16 on CPU), in both memory
    layouts (channels-last gives the host's net a shift that keeps the layout).
    Clips are random pixels: loading is not measured. --batch 0 takes as many
    as fill the card.

      python -m benchmarks.benchmark train --batch 10 0    # one table for each
    """
    cfgs = configs(args)
    shape = clip_shape(args, cfgs['manet'])
    on_gpu = torch.device(args.device).type == 'cuda'
    table = steps.training_contestants(on_gpu)

    def step(who: steps.Contestant, clips: int) -> Callable:
        cfg, batch = cfgs[who.config], steps.random_batch(clips, shape)
        model = steps.build_model(cfg, who, args.device)
        return steps.training_step(cfg, model, batch, who.precision)

    for size in args.batch or [10 if on_gpu else 2]:
        title = f'train {size}' if size else 'train full'
        if not size:
            size = steps.fitting_batch(
                lambda n: step(table[f'{steps.PLAIN}, fp32'], n), args.device)
        calls = {name: step(who, size) for name, who in table.items()}
        measure(
            args,
            console,
            calls,
            args.device,
            title=title,
            clips=size,
            clock='wall',
            targets=steps.TRAINING_TARGETS,
            notes=[f'Clips of shape {shape}, {size} per step.'])


def run_kernels(args: argparse.Namespace, console: Console) -> int:
    """The fused gate and shift against plain PyTorch.

    Baseline: product and shift one after the other. Output and both gradients
    are compared in fp32, fp16 and bf16, in both layouts, with odd sizes; on
    CUDA both what the network uses and the Triton kernels themselves. The
    exit code is 1 if anything differs. Then both passes are timed.

      python -m benchmarks.benchmark kernels --device cuda
    """
    good = kernels.write_check(args.device, args.quick, args.out)
    console.print('values and gradients ' +
                  ('agree' if good else 'DIFFER: see kernels.md'))
    for report in kernels.time_block(args.device, args.quick,
                                     3 if args.quick else args.rounds):
        report.show(console)
        report.write(args.out)
    return int(not good)


def run_epoch(args: argparse.Namespace, console: Console) -> None:
    """An epoch of MANet-R50 on prepared clips.

    Baseline: training without loading, on one batch again and again. Against
    it: training on clips that so many workers load, and the loader alone.
    Clips are drawn and prepared first, once.

      python -m benchmarks.benchmark epoch --workers 8 --batch 10
    """
    note = epoch.measure_epoch(
        configs(args)['manet'],
        args.out,
        args.device,
        2 if args.quick else args.batch,
        1 if args.quick else args.workers,
        epochs=1 if args.quick else 4,
        tiny=args.quick)
    console.print(note)


def run_curves(args: argparse.Namespace, console: Console) -> None:
    """How the cost of loading and of inference grows.

    Baseline: as for `loader` and `model`. Varied are, one at a time, clips,
    frames sampled, size of the raw clip, workers; batch, frames and size of
    the network's input. Writes curves.csv and curves.png.

      python -m benchmarks.benchmark curves --clips $MA52_ROOT/videos_val
    """
    cfg = configs(args)['manet']
    raw = raw_clips(args, console)
    sweeps = curves.loading_sweeps(cfg.train_pipeline, raw,
                                   osp.join(args.out, 'clips'), args.quick)
    sweeps += curves.inference_sweeps(cfg, args.quick)
    records = []
    with console.status('') as status:
        for i, sweep in enumerate(sweeps, start=1):
            records += sweep.run(
                3 if args.quick else args.rounds,
                lambda what: status.update(f'{i} of {len(sweeps)}: {what}'))
    path = osp.join(args.out, 'curves')
    pd.DataFrame(records).to_csv(f'{path}.csv', index=False)
    draw_cost_curves(records, f'{path}.png')
    for key, value in describe_machine().items():
        console.print(f'{key}: {value}')
    console.print(f'written: {path}.csv, {path}.png')


COMMANDS = dict(
    loader=run_loader,
    model=run_model,
    train=run_train,
    kernels=run_kernels,
    epoch=run_epoch,
    curves=run_curves)


def work(args: argparse.Namespace) -> Optional[int]:
    torch.set_num_threads(args.threads)
    init_default_scope('mmaction')
    return args.run(args, Console(highlight=False))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
