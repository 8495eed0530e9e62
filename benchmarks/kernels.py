# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The fused gate and shift against plain PyTorch: values, gradients, time.

Shapes: B frames, C channels, H x W pixels.
"""
import warnings
from functools import partial
from itertools import product
from typing import Dict, List, Optional, Tuple

import pandas as pd
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import Tensor

from benchmarks.report import Report, Target, write_result
from benchmarks.timing import compare, describe_machine
from mmaction_microaction.models.layers.gate_shift_op import gate_shift

#: (B, C, H, W), segments: sizes of the network, odd ones, and one pixel.
SHAPES = (((80, 64, 56, 56), 8), ((80, 512, 14, 14), 8), ((80, 2048, 7, 7), 8),
          ((6, 24, 13, 9), 3), ((5, 13, 7, 5), 5), ((8, 40, 1, 1), 4))
TINY = (((8, 16, 9, 7), 4), ((5, 13, 7, 5), 5))
LAYOUTS = dict(
    contiguous=torch.contiguous_format, channels_last=torch.channels_last)
#: Largest difference to float64, over the largest value.
BOUNDS = {torch.float32: 1e-5, torch.float16: 3e-3, torch.bfloat16: 2e-2}
NAMES = ('forward', 'grad_x', 'grad_gate')
_DIV = 8


def plain(x: Tensor, gate: Tensor, segments: int) -> Tensor:
    """What the paper says, by operations of PyTorch and of the host."""
    return TemporalShift.shift(x * gate, segments, _DIV)


def fused(x: Tensor, gate: Tensor, segments: int) -> Tensor:
    """As the network does it: on CUDA by Triton, unless that is found
    wrong."""
    return gate_shift(x, gate, segments, _DIV)


def triton(x: Tensor, gate: Tensor, segments: int) -> Tensor:
    """The kernels themselves, whatever the network chose."""
    from mmaction_microaction.models.layers import gate_shift_triton as kernels
    flags = torch.zeros(len(x), dtype=torch.int32, device=x.device)
    flags[::segments] += 1
    flags[segments - 1::segments] += 2
    fold = x.shape[1] // _DIV

    class Kernel(torch.autograd.Function):

        @staticmethod
        def forward(ctx, x, gate):
            ctx.save_for_backward(x, gate)
            return kernels.forward(x, gate, flags, fold)

        @staticmethod
        def backward(ctx, grad):
            grad_x, grad_gate = kernels.backward(grad, *ctx.saved_tensors,
                                                 flags, fold)
            return grad_x, grad_gate.view_as(gate)

    return Kernel.apply(x, gate)


def run(function, inputs: Tuple[Tensor, Tensor, Tensor],
        segments: int) -> List[Tensor]:
    """Output and both gradients."""
    x, gate, grad = inputs
    x, gate = (v.detach().clone().requires_grad_() for v in (x, gate))
    out = function(x, gate, segments)
    out.backward(grad)
    return [out.detach(), x.grad, gate.grad]


def make_inputs(shape: tuple, dtype: torch.dtype, layout: str,
                device: str) -> Tuple[Tensor, Tensor, Tensor]:
    """Map, gate and gradient of the output."""
    generator = torch.Generator().manual_seed(0)
    x, grad = (
        torch.randn(shape, generator=generator).to(
            device, dtype).contiguous(memory_format=LAYOUTS[layout])
        for _ in range(2))
    gate = torch.rand(*shape[:2], 1, 1, generator=generator)
    return x, gate.to(device, dtype), grad


def check(device: str, tiny: bool) -> List[dict]:
    """Largest differences to float64 for every shape, layout and dtype."""
    ways = dict(network=fused)
    if torch.device(device).type == 'cuda':
        ways['Triton'] = triton
    records = []
    cases = product(TINY if tiny else SHAPES, LAYOUTS, BOUNDS.items())
    for (shape, segments), layout, (dtype, bound) in cases:
        inputs = make_inputs(shape, dtype, layout, device)
        wanted = run(plain, [v.double() for v in inputs], segments)
        for name, way in ways.items():
            facts = dict(way=name, shape=list(shape), layout=layout)
            found = _differences(way, inputs, segments, wanted, bound)
            records.append(dict(facts, dtype=str(dtype)[6:], **found))
    return records


def _differences(way, inputs, segments: int, wanted: List[Tensor],
                 bound: float) -> Dict[str, object]:
    """Largest of each, over the largest value, and whether all are small; an
    error and warnings as text."""
    found: Optional[List[Tensor]] = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            found = run(way, inputs, segments)
        except Exception as error:  # is what this looks for
            return dict(ok=False, problem=repr(error)[:200])
    errors = {
        name: float((a.double() - b).abs().max() / b.abs().max().clamp(1e-9))
        for name, a, b in zip(NAMES, found, wanted)
    }
    problem = '; '.join(str(w.message)[:200] for w in caught)
    return dict(errors, ok=max(errors.values()) <= bound, problem=problem)


def write_check(device: str, tiny: bool, out: str) -> bool:
    """Write ``kernels.json`` and ``.md``; gives whether all agree."""
    records = check(device, tiny)
    wrong = [r for r in records if not r['ok'] or r['problem']]
    rows, table = [], pd.DataFrame(records)
    for key, group in table.groupby(['way', 'layout', 'dtype'], sort=False):
        worst = group.reindex(columns=NAMES).max()
        agreed = f'{group["ok"].sum()} of {len(group)}'
        rows.append([*key, *(f'{x:.1e}' for x in worst), agreed])
    header = [
        'implementation', 'layout', 'dtype', 'forward', 'gradient of the map',
        'gradient of the gate', 'shapes within tolerance'
    ]
    notes = ['Largest difference from plain PyTorch in float64, divided by '
             'the largest value. *network*: what the network selects; '
             '*Triton*: always the kernels.'] + [
                 f'{r["way"]} {r["shape"]} {r["layout"]} {r["dtype"]}: '
                 f'{r["problem"] or "differs"}' for r in wrong
             ]  # yapf: disable
    write_result(out, 'kernels', describe_machine(device), records,
                 [(header, rows)], notes)
    return not wrong


def time_block(device: str, tiny: bool, rounds: int) -> List[Report]:
    """Forward and backward of the block alone, in both layouts."""
    reports = []
    dtype = torch.float16 if torch.device(device).type == 'cuda' \
        else torch.float32
    shape, segments = (TINY if tiny else SHAPES)[0]
    for layout in LAYOUTS:
        inputs = make_inputs(shape, dtype, layout, device)
        calls = {
            name: partial(run, way, inputs, segments)
            for name, way in dict(plain=plain, fused=fused).items()
        }
        rows = compare(calls, 'plain', rounds, 1, 0.02, device)
        reports.append(
            Report(
                f'block {layout.replace("_", "-")}',
                rows,
                describe_machine(device),
                clips=shape[0] // segments,
                clock='wall',
                targets=[Target('fused', 'plain', 1, 'wall')],
                notes=[f'Map of shape {shape}, {str(dtype)[6:]}.']))
    return reports
