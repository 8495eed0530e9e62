# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which of several ways is faster: measured side by side, in one process.

Contestants take turns, so that whatever else the machine does meets all of
them; the ratio is taken within every round, and its median and quartiles are
reported. CPU time (of all threads of this process) hardly feels the
neighbours; wall time is what a user waits, and the only clock that sees a GPU.

Shapes: R rounds.
"""
import math
import os
import platform
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import numpy as np
import torch

from mmaction_microaction.utils.errors import UserError

#: What :class:`Row` can be asked for.
CLOCKS = ('cpu', 'wall')
#: CPU features that decide about speed in half precision.
CPU_FEATURES = ('avx2', 'avx512f', 'avx512_bf16', 'amx_bf16')


class Spread(NamedTuple):
    """Median and quartiles of R values."""
    median: float
    low: float
    high: float


def spread(values: np.ndarray) -> Spread:
    """Median, first and third quartile of R values."""
    low, median, high = np.percentile(values, (25, 50, 75))
    return Spread(float(median), float(low), float(high))


@dataclass(frozen=True, eq=False)
class Row:
    """What one contestant took: (R,) seconds that all threads of this process
    together computed in a call, (R,) seconds from call to result, and bytes
    that a call needs on the GPU at its peak, beyond what was there before."""
    name: str
    cpu: np.ndarray
    wall: np.ndarray
    memory: Optional[int] = None

    def speedup_over(self, other: 'Row', clock: str = 'cpu') -> Spread:
        """How many times as fast as another of the same :func:`compare`;
        above 1 where this one is faster."""
        if clock not in CLOCKS:
            raise UserError(f'clock must be one of {CLOCKS}, but got '
                            f'{clock!r}')
        own, others = getattr(self, clock), getattr(other, clock)
        if len(own) != len(others):
            raise UserError(f'{self.name} ran {len(own)} rounds, but '
                            f'{other.name} {len(others)}; compare only what '
                            'ran side by side')
        return spread(others / np.maximum(own, 1e-9))  # a clock has ticks


def compare(contestants: Dict[str, Callable[[], Any]],
            baseline: str,
            rounds: int = 7,
            warmup: int = 1,
            min_seconds: float = 0.,
            device: str = 'cpu',
            progress: Optional[Callable[[str], Any]] = None) -> List[Row]:
    """Run the contestants in turn and time every call.

    The turn moves on by one from round to round, so that none always runs
    behind the same neighbour's caches.

    Args:
        contestants (dict[str, Callable]): Name -> what to time.
        baseline (str): Becomes the first row.
        rounds (int): R.
        warmup (int): Untimed calls of each beforehand.
        min_seconds (float): The faster are called several times in a round,
            until that has passed; the times are those of one call.
        device (str): On ``'cuda'`` every call is waited for, and its peak
            memory recorded.
        progress (Callable, optional): Told the name before every call.
    """
    if baseline not in contestants:
        raise UserError(f'baseline must be one of {list(contestants)}, but '
                        f'got {baseline!r}')
    if rounds < 1 or warmup < 0:
        raise UserError('expected rounds >= 1 and warmup >= 0, but got '
                        f'{rounds} and {warmup}')
    names = [baseline, *(name for name in contestants if name != baseline)]
    times = {name: [] for name in names}
    peaks = dict.fromkeys(names)
    calls = dict.fromkeys(names, 1)
    for turn in range(-warmup, rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            if progress is not None:
                progress(name)
            cpu, wall, peaks[name] = _time(contestants[name], calls[name],
                                           device)
            if turn >= 0:
                times[name].append((cpu, wall))
            else:
                calls[name] = max(1, math.ceil(min_seconds / wall))
    return [Row(x, *np.asarray(times[x]).T, peaks[x]) for x in names]


def _time(function: Callable[[], Any], calls: int, device: str) -> tuple:
    """CPU and wall seconds of a call and, on a GPU, what it needs in bytes."""
    on_gpu = torch.device(device).type == 'cuda'
    if on_gpu:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        function()
    if on_gpu:
        torch.cuda.synchronize(device)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = torch.cuda.max_memory_allocated(device) - before if on_gpu else None
    return cpu / calls, wall / calls, peak


def describe_machine(device: str = 'cpu') -> Dict[str, str]:
    """On what was measured: what -> its description."""
    usable = len(os.sched_getaffinity(0)) if hasattr(
        os, 'sched_getaffinity') else os.cpu_count()
    name, flags = _cpu()
    features = ' '.join(f for f in CPU_FEATURES if f in flags)
    machine = dict(
        CPU=f'{name} ({features})' if features else name,
        cores=f'{usable} of {os.cpu_count()}',
        threads=str(torch.get_num_threads()),
        torch=torch.__version__,
        Python=platform.python_version(),
        system=f'{platform.system()} {platform.machine()}',
        # Above the number of cores: others computed as well.
        load=f'{os.getloadavg()[0]:.1f}')
    if torch.device(device).type == 'cuda':
        properties = torch.cuda.get_device_properties(device)
        machine['GPU'] = (f'{properties.name}, '
                          f'{properties.total_memory / 2**30:.0f} GiB')
    return machine


def _cpu() -> tuple:
    """Name and feature flags of the processor, as far as they are known."""
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as f:
            lines = [line.partition(':') for line in f]
    except OSError:
        return platform.processor() or platform.machine(), ()
    facts = {key.strip(): value.strip() for key, _, value in lines}
    return (facts.get('model name', platform.machine()),
            facts.get('flags', facts.get('Features', '')).split())
