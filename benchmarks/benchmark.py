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
import csv
import os
import os.path as osp
import sys
from glob import glob
from typing import Callable, Dict, Optional, Sequence

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

LOADER = """The training pipeline of a config, clip by clip, on one core.

Baseline: MMAction2's own transforms (DecordInit, SampleFrames, DecordDecode,
Resize and the rest) on clips as MA-52 has them. Against it: the same on clips
prepared by tools/data/prepare_videos.py; DecodeResized on both. All take the
same frames and crops; how far their values are apart is said below the table.
Ratios are of CPU time: so many more clips does a core load in a second.

  python -m benchmarks.benchmark loader --clips $MA52_ROOT/videos_val --limit 8
"""
MODEL = """MANet-R50 from pixels to scores, in evaluation.

Baseline: the SE-TSM block as the paper describes it, in plain PyTorch and
float32. Against it: MANet as it is built here, channels-last, and what
prepare_for_inference makes of it (batch norm folded, bfloat16). The host's
TSM-R50, which has no gate, is there for orientation. bfloat16 is fast only on
processors that have it: see the machine's description.

  python -m benchmarks.benchmark model --checkpoint manet.pth --threads 2
"""
TRAIN = """Training steps of MANet-R50: forward, loss, backward, clipping, SGD.

Baseline: the SE-TSM block as the paper describes it, in plain PyTorch and
float32 (on CUDA with TF32, PyTorch's default for convolutions). Against it:
MANet as it is built here and the host's TSM-R50, in float32, on CUDA also in
TF32, and with AMP (float16 on CUDA, bfloat16 on CPU), in both memory layouts
(channels-last gives the host's net a shift that keeps the layout; without it,
it is the host's alone). Clips are random pixels: loading is not measured here.
--batch 0 takes as many clips as fill the card.

  python -m benchmarks.benchmark train --batch 10 0    # one table for each
"""
KERNELS = """The fused gate and shift against plain PyTorch.

Baseline: product and shift one after the other. Output and both gradients are
compared in fp32, fp16 and bf16, in both layouts, with odd sizes; on CUDA both
what the network uses and the Triton kernels themselves. The exit code is 1 if
anything differs. Then forward and backward of the block are timed.

  python -m benchmarks.benchmark kernels --device cuda
"""
EPOCH = """An epoch of MANet-R50 on prepared clips.

Baseline: training without loading, on one batch again and again. Against it:
training on clips that so many workers load, and the loader alone. Clips are
drawn and prepared first, once.

  python -m benchmarks.benchmark epoch --workers 8 --batch 10
"""
CURVES = """How the cost of loading and of inference grows.

Baseline: as for `loader` and `model`. Varied are, one at a time, clips, frames
sampled, size of the raw clip, workers; batch, frames and size of the network's
input. Writes curves.csv and curves.png.

  python -m benchmarks.benchmark curves --clips $MA52_ROOT/videos_val --limit 2
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, (summary, text, run) in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=summary,
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.set_defaults(run=run)
        add_common(sub.add_argument)
        if name in ('loader', 'curves'):
            add_clips(sub.add_argument)
        else:
            add_device(sub.add_argument, name)
    return parser


def add_common(add: Callable) -> None:
    """The options that all have."""
    add('--config',
        default=osp.join(CONFIGS, 'manet_r50_ma52.py'),
        help='config of MANet (default: manet_r50_ma52.py)')
    add('--out',
        default='benchmark_out',
        help='folder for json and markdown (default: benchmark_out)')
    add('--rounds',
        type=int,
        default=11,
        help='timed calls of each contestant (default: %(default)s; 3 with '
        '--quick)')
    add('--warmup',
        type=int,
        default=2,
        help='untimed calls of each beforehand (default: %(default)s; 1 with '
        '--quick)')
    add('--threads',
        type=int,
        default=1,
        help='threads of PyTorch on CPU (default: 1, so that CPU time is '
        'what a core needs)')
    add('--quick',
        action='store_true',
        help='few rounds on little data: shows that it runs; too rough to '
        'quote')
    add('--debug', action='store_true', help='show where an error arose')


def add_clips(add: Callable) -> None:
    """The options that say which clips are loaded."""
    add('--clips',
        metavar='FOLDER',
        help='folder of mp4 files (default: clips are drawn, encoded as those '
        'of MA-52, and kept in OUT/clips)')
    add('--limit',
        type=int,
        default=4,
        help='use the first so many clips (default: %(default)s)')


def add_device(add: Callable, command: str) -> None:
    """The options of what runs a network."""
    cuda = 'cuda' if torch.cuda.is_available() else 'cpu'
    add('--device',
        default='cpu' if command == 'model' else cuda,
        help='default: %(default)s')
    if command == 'kernels':
        return
    add('--small', action='store_true', help='networks of 18 layers')
    add('--size',
        type=int,
        default=224,
        help='pixels of a side (default: %(default)s; 64 with --quick)')
    if command == 'train':
        add('--batch',
            type=int,
            nargs='+',
            help='clips in a step, 0: as many as fit (default: 10 on CUDA, 2 '
            'on CPU)')
    else:
        add('--batch', type=int, default=2 if command == 'model' else 10)
    if command == 'epoch':
        add('--workers', type=int, default=8, help='default: %(default)s')
    if command == 'model':
        add('--checkpoint', help='weights of MANet (default: random ones)')
        add('--validate',
            action='store_true',
            help="also compare every top-1 on the config's validation data "
            '(MA52_ROOT) with the baseline')


def measure(args: argparse.Namespace,
            console: Console,
            contestants: Dict[str, Callable],
            baseline: str,
            device: str = 'cpu',
            floors: Optional[Dict[str, tuple]] = None,
            **report) -> Report:
    """Time the contestants, show and write the result. ``floors``: what some
    must compute, and in which type."""
    with console.status('') as status:
        rows = compare(
            contestants,
            baseline,
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
    return result


def run_loader(args: argparse.Namespace, console: Console) -> None:
    """The sub-command ``loader``."""
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
        loader.STOCK,
        title='loader',
        clips=len(raw),
        targets=loader.TARGETS,
        notes=notes)


def raw_clips(args: argparse.Namespace, console: Console) -> list:
    """The clips of a folder, or generated ones."""
    if args.clips is None:
        return draw_clips(args, console)
    clips = sorted(glob(osp.join(args.clips, '*.mp4')))
    if not clips:
        raise FileNotFoundError(f'--clips {args.clips}: no *.mp4 in there')
    return clips[:1 if args.quick else args.limit]


def draw_clips(args: argparse.Namespace, console: Console) -> list:
    """Generated clips of MA-52's size, made once."""
    paths = []
    os.makedirs(osp.join(args.out, 'clips'), exist_ok=True)
    for seed in range(1 if args.quick else min(args.limit, 2)):
        frames = 24 if args.quick else loader.RAW_FRAMES
        path = osp.join(args.out, 'clips', f'{seed}_{frames}.mp4')
        if not osp.isfile(path):
            with console.status(f'drawing {path}'):
                loader.make_raw_clip(path, seed, num_frames=frames)
        paths.append(path)
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
    """The sub-command ``model``."""
    cfgs, device = configs(args), args.device
    shape = clip_shape(args, cfgs['manet'])
    batch = steps.random_batch(args.batch, shape)
    table = steps.inference_contestants()
    baseline = next(iter(table))
    models = {
        name: steps.build_model(cfgs[who.config], who, device, args.checkpoint)
        for name, who in table.items()
    }
    notes = []
    if args.validate:
        data = steps.validation_data(cfgs['manet'])
        notes = steps.agreement_notes(models, baseline, data)
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
        baseline,
        device,
        floors,
        title='model',
        clips=args.batch,
        clock='wall',
        targets=steps.INFERENCE_TARGETS,
        notes=notes + [f'Clips of {shape}; {args.batch} in a call.'])


def run_train(args: argparse.Namespace, console: Console) -> None:
    """The sub-command ``train``."""
    cfgs = configs(args)
    shape = clip_shape(args, cfgs['manet'])
    on_gpu = torch.device(args.device).type == 'cuda'
    table = steps.training_contestants(on_gpu)

    def step(who: steps.Contestant, clips: int) -> Callable:
        cfg = cfgs[who.config]
        model = steps.build_model(cfg, who, args.device)
        return steps.training_step(cfg, model,
                                   steps.random_batch(clips,
                                                      shape), who.precision)

    for size in args.batch or [10 if on_gpu else 2]:
        title = f'train {size}' if size else 'train full'
        if not size:
            size = steps.fitting_batch(
                lambda n: step(table[f'{steps.PLAIN}, fp32'], n), args.device)
        measure(
            args,
            console, {
                name: step(who, size)
                for name, who in table.items()
            },
            next(iter(table)),
            args.device,
            title=title,
            clips=size,
            clock='wall',
            targets=steps.TRAINING_TARGETS,
            notes=[f'Clips of {shape}; {size} in a step.'])


def run_kernels(args: argparse.Namespace, console: Console) -> int:
    """The sub-command ``kernels``."""
    good = kernels.write_check(args.device, args.quick, args.out)
    console.print('values and gradients ' +
                  ('agree' if good else 'DIFFER: see kernels.md'))
    for report in kernels.time_block(args.device, args.quick,
                                     3 if args.quick else args.rounds):
        report.show(console)
        report.write(args.out)
    return int(not good)


def run_epoch(args: argparse.Namespace, console: Console) -> None:
    """The sub-command ``epoch``."""
    content = epoch.measure_epoch(
        configs(args)['manet'],
        args.out,
        args.device,
        2 if args.quick else args.batch,
        1 if args.quick else args.workers,
        epochs=1 if args.quick else 4,
        tiny=args.quick)
    console.print(content['notes'][0])


def run_curves(args: argparse.Namespace, console: Console) -> None:
    """The sub-command ``curves``."""
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
    with open(f'{path}.csv', 'w', newline='', encoding='utf-8') as f:
        writer = csv.DictWriter(f, records[0])
        writer.writeheader()
        writer.writerows(records)
    draw_cost_curves(records, f'{path}.png')
    for key, value in describe_machine().items():
        console.print(f'{key}: {value}')
    console.print(f'written: {path}.csv, {path}.png')


COMMANDS = dict(
    loader=('loading clips', LOADER, run_loader),
    model=('inference', MODEL, run_model),
    train=('training steps', TRAIN, run_train),
    kernels=('gate and shift', KERNELS, run_kernels),
    epoch=('training on clips', EPOCH, run_epoch),
    curves=('growth', CURVES, run_curves))


def work(args: argparse.Namespace) -> Optional[int]:
    torch.set_num_threads(args.threads)
    init_default_scope('mmaction')
    return args.run(args, Console(highlight=False))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
