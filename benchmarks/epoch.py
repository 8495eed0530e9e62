# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""An epoch of training on prepared clips: does the GPU wait for the loader?"""
import copy
import os
import os.path as osp
import time
from typing import Callable, Dict

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from benchmarks import steps
from benchmarks.report import write_result
from benchmarks.timing import describe_machine
from mmaction_microaction.datasets.preparation import Preparation, Recipe
from mmaction_microaction.synthetic import generate_ma52


def make_clips(folder: str, tiny: bool) -> str:
    """A prepared MA-52 root of drawn clips, made once."""
    root = osp.join(folder, 'epoch_data')
    prepared = osp.join(root, 'prepared')
    workers = os.cpu_count() or 1
    if not osp.isdir(osp.join(root, 'ma52')):
        generate_ma52(
            osp.join(root, 'ma52'),
            clips_per_class=1 if tiny else 10,
            val_clips_per_class=1,
            test_clips_per_class=1,
            size=(64, 80) if tiny else (320, 384),
            balanced=True,
            classes=['nodding', 'waving'] if tiny else None,
            workers=workers)
    with Preparation(osp.join(root, 'ma52'), prepared, Recipe()) as work:
        for _ in work.run(0 if tiny else workers):
            pass
    return prepared


def loader_of(cfg: Config, root: str, batch: int, workers: int):
    """The config's training loader over these clips."""
    loader = copy.deepcopy(cfg.train_dataloader)
    loader.update(
        batch_size=batch,
        num_workers=workers,
        persistent_workers=workers > 0,
        drop_last=True)
    loader.dataset.data_root = root
    return Runner.build_dataloader(loader, seed=0)


def run_epoch(loader, step: Callable[[dict], object],
              device: str) -> Dict[str, float]:
    """Seconds of an epoch and those in which the step waits for clips."""
    waited, clips = 0., 0
    start = last = time.perf_counter()
    for batch in loader:
        waited += time.perf_counter() - last
        step(batch)
        if device != 'cpu':
            torch.cuda.synchronize(device)
        clips += len(batch['inputs'])
        last = time.perf_counter()
    return dict(seconds=last - start, waited=waited, clips=clips)


def measure_epoch(cfg: Config,
                  out: str,
                  device: str,
                  batch: int,
                  workers: int,
                  epochs: int = 4,
                  tiny: bool = False) -> str:
    """Loader alone, training on one batch again and again, and both; writes
    ``epoch.json`` and ``.md`` and gives what they say in a sentence. The first
    epoch starts the workers and is left out."""
    loader = loader_of(cfg, make_clips(out, tiny), batch, workers)
    records = {}
    who = steps.Contestant(precision='AMP', channels_last=True)
    model = steps.build_model(cfg, who, device)
    train = steps.batch_step(cfg, model, who.precision)
    first = next(iter(loader))
    ways = {
        'loader alone': (loader, lambda batch: None),
        'training alone': ([first] * len(loader), train),
        'training on clips': (loader, train)
    }
    for name, (batches, step) in ways.items():
        runs = [run_epoch(batches, step, device) for _ in range(1 + epochs)]
        best = sorted(runs[1:], key=lambda r: r['seconds'])[epochs // 2]
        records[name] = dict(
            best,
            clips_per_s=best['clips'] / best['seconds'],
            share=best['waited'] / best['seconds'])
    rows = [[name, f'{x["clips_per_s"]:.0f}', '-']
            for name, x in records.items()]
    both = records['training on clips']
    rows[-1][-1] = f'{100 * both["share"]:.0f}'
    ratio = both['clips_per_s'] / records['training alone']['clips_per_s']
    header = ['measured', 'clips/s', 'waiting for clips, % of the time']
    notes = [
        f'{workers} workers, batches of {batch}, MANet-R50, AMP, '
        f'channels-last: median of {epochs} epochs of '
        f'{both["clips"]} prepared clips. With loading, '
        f'training reaches {100 * ratio:.0f} % of its speed without loading.'
    ]
    write_result(out, 'epoch', describe_machine(device), records,
                 [(header, rows)], notes)
    return notes[0]
