# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the arithmetic and the memory traffic of a network must take at least.

Shapes: n x n matrices; a buffer of B bytes.
"""
from dataclasses import dataclass
from typing import Callable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import compare, spread


@dataclass(frozen=True)
class Work:
    """What the convolutions and linear layers of one call do.

    Attributes:
        flops (int): Operations, a multiplication and an addition being two.
        bytes (int): Read and written when every layer takes its input and its
            weights once from memory and puts its output there once.
    """
    flops: int
    bytes: int


def count_work(model: nn.Module, run: Callable[[], object]) -> Work:
    """Count while a model runs.

    Args:
        model (nn.Module): The network.
        run (Callable): Runs it once.

    Returns:
        Work: Of that call. What other layers do (gates, shifts, norms that
        are not folded, pooling) is not in it: at best, it costs nothing.
    """
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
    """What the machine reaches in its favourite task.

    Args:
        dtype (torch.dtype): Of the matrices.
        size (int): n. Defaults to 1024.

    Returns:
        float: Operations in a second of CPU time, median of 5 products.
    """
    a = torch.ones(size, size, dtype=dtype)
    row, = compare({'': lambda: a @ a}, '', 5, min_seconds=0.1)
    return 2 * size**3 / spread(row.cpu).median


def copy_rate(num_bytes: int = 2**28) -> float:
    """What the memory delivers.

    Args:
        num_bytes (int): B, more than fits into a cache. Defaults to 256 MiB.

    Returns:
        float: Bytes read and written in a second of CPU time, median of 5
        copies.
    """
    source = torch.ones(num_bytes, dtype=torch.uint8)
    target = torch.empty_like(source)
    row, = compare({'': lambda: target.copy_(source)}, '', 5, min_seconds=0.1)
    return 2 * num_bytes / spread(row.cpu).median


def floor_note(name: str, work: Work, dtype: torch.dtype,
               seconds: float) -> str:
    """How far a call is from the floor.

    Args:
        name (str): The contestant.
        work (Work): Of the call.
        dtype (torch.dtype): It computes in.
        seconds (float): CPU time that it took.

    Returns:
        str: A sentence.
    """
    compute = work.flops / matmul_rate(dtype)
    memory = work.bytes / copy_rate()
    return (f'{name}: {work.flops / 1e9:.1f} GFLOP would take '
            f'{1000 * compute:.0f} ms at the speed of a matrix product, '
            f'{work.bytes / 1e6:.0f} MB {1000 * memory:.0f} ms at that of a '
            f'copy (each layer reads and writes once); measured '
            f'{1000 * seconds:.0f} ms, {seconds / max(compute, memory):.1f} '
            'times the larger of the two.')
