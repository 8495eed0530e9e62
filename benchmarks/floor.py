# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The least that a network's arithmetic and memory traffic must take."""
from typing import Callable, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import compare, spread


class Work(NamedTuple):
    """What the convolutions and linear layers of one call do: operations, a
    multiplication and an addition being two; bytes read and written when
    every layer takes its input and its weights once from memory and puts its
    output there once."""
    flops: int
    bytes: int


def count_work(model: nn.Module, run: Callable[[], object]) -> Work:
    """Count while a model runs once. Other layers (gates, shifts, norms that
    are not folded, pooling) are left out: at best, they cost nothing."""
    total = 0

    def add(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        nonlocal total
        total += sum(x.numel() * x.element_size()
                     for x in (inputs[0], module.weight, output))

    handles = [
        module.register_forward_hook(add) for module in model.modules()
        if isinstance(module, (nn.modules.conv._ConvNd, nn.Linear))
    ]
    counter = FlopCounterMode(display=False)
    try:
        with counter:
            run()
    finally:
        for handle in handles:
            handle.remove()
    return Work(counter.get_total_flops(), total)


def matmul_rate(dtype: torch.dtype, size: int = 1024) -> float:
    """Operations in a second of CPU time in the machine's favourite task,
    median of 5 products of n x n matrices."""
    a = torch.ones(size, size, dtype=dtype)
    row, = compare({'': lambda: a @ a}, '', 5, min_seconds=0.1)
    return 2 * size**3 / spread(row.cpu).median


def copy_rate(num_bytes: int = 2**28) -> float:
    """Bytes read and written in a second of CPU time, median of 5 copies of
    more than fits into a cache."""
    source = torch.ones(num_bytes, dtype=torch.uint8)
    target = torch.empty_like(source)
    row, = compare({'': lambda: target.copy_(source)}, '', 5, min_seconds=0.1)
    return 2 * num_bytes / spread(row.cpu).median


def floor_note(name: str, work: Work, dtype: torch.dtype,
               seconds: float) -> str:
    """How far a call that took some CPU seconds is from the floor."""
    compute = work.flops / matmul_rate(dtype)
    memory = work.bytes / copy_rate()
    return (f'{name}: {work.flops / 1e9:.1f} GFLOP would take '
            f'{1000 * compute:.0f} ms at the speed of a matrix product, '
            f'{work.bytes / 1e6:.0f} MB {1000 * memory:.0f} ms at that of a '
            f'copy (each layer reads and writes once); measured '
            f'{1000 * seconds:.0f} ms, {seconds / max(compute, memory):.1f} '
            'times the larger of the two.')
