# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results of the ten methods, kept in a file, and text that shows them."""
import json
import os.path as osp
import statistics
import threading
from dataclasses import asdict
from typing import Dict, List, Optional

from benchmarks.methods import C3D_SIZE, METHODS, Budget
from benchmarks.report import markdown_table
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import atomic_text_file

#: Fewer trainings than that say nothing about a method.
FEWEST_SEEDS = 3
SCORE_COLUMNS = {'f1_mean': 'F1 mean, %', 'two_way': 'time-reversed pairs, %'}
#: Markdown of a section, filled in by :func:`build_section`.
SECTION = """```bash
{command}
```

Inputs have {size} x {size} pixels (C3D: always {c3d_size} x {c3d_size}, as its
first linear layer requires). *GFLOPs*: multiply-adds of one view at this size
(`tools/analysis_tools/model_complexity.py`). *CPU*: median time of one clip,
from pixels to scores, on one thread in float32. *Training* and *GPU memory*:
median speed and peak memory of training steps on batches of {batch_size}
clips of random pixels, without loading. *-*: not measured.{scores}

{table}

{facts}"""
SCORES = """

The clips are generated: these are **not results on MA-52**. Every method
starts from random weights and is trained for {epochs} epochs on
{clips_per_class} clips of each class, with AdamW, a warm-up to a learning rate
of {lr:g}, and a cosine schedule; the network, sampling, augmentation and loss
are the method's own. It is tested on one view of {val_clips_per_class} clips
of each class, with unseen people. With so small a budget, the scores show
which method learns fast, not which is best in the end. *Time-reversed pairs*:
among clips of classes that are each other's reversal in time, the share that
is told from the partner class; a method that ignores the order of frames
reaches 50 (`tools/analysis_tools/order_sign.py`). Scores are mean ± standard
deviation over the seeds."""


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
        with atomic_text_file(self.path) as file:
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
    """Column -> text for every method; '-' for what was not run. Scores come
    in only when every method has :data:`FEWEST_SEEDS` of them.

    ``results``: method -> ``parameters`` (millions), ``gflops``, ``cpu_ms``,
    ``clips_per_s``, ``memory_gib`` and ``runs`` (seed -> ``f1_mean``,
    ``two_way``, 0-1).
    """
    rows, scored = [], has_scores(results)
    for method, title in METHODS.items():
        result = results.get(method, {})
        runs = list(result.get('runs', {}).values())

        def number(key: str, digits: int = 2) -> str:
            value = result.get(key)
            return '-' if value is None else f'{value:.{digits}f}'

        row = {
            'method': f'[{title}](../configs/{method}_ma52.py)',
            'parameters, M': number('parameters'),
            'GFLOPs': number('gflops'),
            'CPU, ms per clip': number('cpu_ms', 0),
            'training, clips/s on GPU': number('clips_per_s', 0),
            'GPU memory, GiB': number('memory_gib', 1),
        }
        for key, column in SCORE_COLUMNS.items() if scored else ():
            row[column] = mean_text([run.get(key) for run in runs], 100)
        rows.append(row)
    return rows


def has_scores(results: Dict[str, dict]) -> bool:
    """Whether every method was trained often enough to be compared."""
    return all(
        len(results.get(method, {}).get('runs', {})) >= FEWEST_SEEDS
        for method in METHODS)


def build_section(results: Dict[str, dict],
                  budget: Budget,
                  command: str,
                  machine: Optional[Dict[str, str]] = None) -> str:
    """"The ten methods" of ``docs/performance.md``; ``command`` makes the
    results again."""
    rows = page_rows(results)
    numbers = asdict(budget)
    return SECTION.format(
        command=command,
        table=markdown_table(
            list(rows[0]), [list(row.values()) for row in rows]),
        facts='\n'.join(f'- {k}: {v}' for k, v in (machine or {}).items()),
        c3d_size=C3D_SIZE,
        scores=SCORES.format(**numbers) if has_scores(results) else '',
        **numbers).rstrip()
