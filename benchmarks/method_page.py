# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results of the ten methods, kept in a file, and a page that shows them."""
import json
import os.path as osp
import statistics
import threading
from dataclasses import asdict
from typing import Dict, List, Optional

from benchmarks.methods import C3D_SIZE, METHODS, Budget
from benchmarks.report import markdown_table
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import new_text_file

#: Markdown, filled in by :func:`build_page`.
PAGE = """# The ten methods side by side

Written by a script; do not edit:

```bash
{command}
```

Generated clips, so **no result on MA-52 is meant**. Every method starts from
random weights and gets the same: {epochs} epochs of {clips_per_class} clips of
each of the 52 classes, batches of {batch_size}, AdamW with a rate of {lr:g}
after a warm-up, then a cosine, inputs of {size} x {size} pixels (C3D:
{c3d_size} x {c3d_size}, as its first linear layer demands). Network, sampling
of frames, augmentation and loss are the method's own. Tested is one view of
{val_clips_per_class} clips of each class, by people who were not seen in
training. So small a budget tells who learns fast, not who is best in the end.

{table}

*Time-reversed pairs*: of clips of classes that are each other's reversal in
time, the share told from its partner; 50 is blind to the order of frames
(`tools/analysis_tools/order_sign.py`). *GFLOPs*: multiply-adds of one view at
this size (`tools/analysis_tools/model_complexity.py`). *CPU*: median of one
clip from pixels to scores, one thread, float32. *GPU*: median training step on
a batch of random pixels, without loading, and what it holds at its peak.
Several seeds: mean ± standard deviation. *-*: not run.

{facts}
"""


class Results:
    """What was found so far, in a json file; results of another budget or kind
    of device are not mixed with it."""

    def __init__(self, path: str, budget: Budget, device: str) -> None:
        self.path, self.lock = path, threading.Lock()
        self.data = dict(
            budget=asdict(budget), device=device, machine={}, methods={})
        if osp.isfile(path):
            with open(path, encoding='utf-8') as f:
                data = json.load(f)
            for key in ('budget', 'device'):
                if data[key] != self.data[key]:
                    raise UserError(
                        f'{path} holds results with {key} {data[key]}, but '
                        f'now it is {self.data[key]}; give another --out')
            self.data = data

    def method(self, name: str) -> dict:
        """Results of a method as in :func:`page_rows`; change them, then
        :meth:`save`."""
        return self.data['methods'].setdefault(name, dict(runs={}))

    def save(self) -> None:
        """Write the file; a killed process leaves the old one whole."""
        with new_text_file(self.path) as file:
            json.dump(self.data, file, indent=2)


def mean_text(values: list, factor: float = 1, digits: int = 1) -> str:
    """Mean and, of several, standard deviation; '-' if any is missing."""
    if not values or None in values:
        return '-'
    values = [factor * value for value in values]
    text = f'{statistics.mean(values):.{digits}f}'
    if len(values) > 1:
        text += f' ± {statistics.stdev(values):.{digits}f}'
    return text


def page_rows(results: Dict[str, dict]) -> List[Dict[str, str]]:
    """Column -> text for every method; '-' for what was not run.

    ``results``: method -> ``parameters`` (millions), ``gflops``, ``cpu_ms``,
    ``clips_per_s``, ``memory_gib`` and ``runs`` (seed -> ``f1_mean``,
    ``two_way``, 0-1).
    """
    rows = []
    for method, title in METHODS.items():
        result = results.get(method, {})
        runs = list(result.get('runs', {}).values())

        def over_runs(key: str, *how) -> str:
            return mean_text([run.get(key) for run in runs], *how)

        def number(key: str, digits: int = 2) -> str:
            value = result.get(key)
            return '-' if value is None else f'{value:.{digits}f}'

        rows.append({
            'method': f'[{title}](../configs/{method}_ma52.py)',
            'F1 mean, %': over_runs('f1_mean', 100),
            'time-reversed pairs, %': over_runs('two_way', 100),
            'parameters, M': number('parameters'),
            'GFLOPs': number('gflops'),
            'CPU, ms a clip': number('cpu_ms', 0),
            'seeds': str(len(runs)) if runs else '-',
            'training, clips/s on GPU': number('clips_per_s', 0),
            'GPU memory, GiB': number('memory_gib', 1),
        })
    return rows


def build_page(results: Dict[str, dict],
               budget: Budget,
               command: str,
               machine: Optional[Dict[str, str]] = None) -> str:
    """The page ``docs/benchmark.md``; ``command`` makes the results again."""
    rows = page_rows(results)
    return PAGE.format(
        command=command,
        table=markdown_table(
            list(rows[0]), [list(row.values()) for row in rows]),
        facts='\n'.join(f'- {k}: {v}' for k, v in (machine or {}).items()),
        c3d_size=C3D_SIZE,
        **asdict(budget)).rstrip() + '\n'
