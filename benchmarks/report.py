# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tables of what :mod:`~benchmarks.timing` measured."""
import csv
import os
import os.path as osp
from dataclasses import dataclass, field
from typing import Dict, List, Sequence, Tuple

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.timing import Row, Spread, spread


@dataclass(frozen=True)
class Target:
    """A ratio that is to be reached.

    Attributes:
        name (str): Who is to reach it.
        against (str): Over whom.
        at_least (float): The ratio.
        clock (str): ``'cpu'`` or ``'wall'``. Defaults to 'cpu'.
    """
    name: str
    against: str
    at_least: float
    clock: str = 'cpu'


@dataclass
class Report:
    """One comparison, ready to be shown.

    Attributes:
        title (str): What was compared; also the name of the files.
        rows (Sequence[Row]): The baseline first.
        machine (dict[str, str]): What it ran on.
        clips (int): Clips that one call dealt with. Defaults to 1.
        clock (str): Of the ratios shown, ``'cpu'`` or ``'wall'``; the csv
            file has both. Defaults to 'cpu'.
        targets (Sequence[Target]): Those whose names are not among the rows
            are left out.
        notes (Sequence[str]): Sentences to stand below the tables.
    """
    title: str
    rows: Sequence[Row]
    machine: Dict[str, str]
    clips: int = 1
    clock: str = 'cpu'
    targets: Sequence[Target] = ()
    notes: List[str] = field(default_factory=list)

    #: Column -> its text for a reader; keys are those of :meth:`records`.
    COLUMNS = dict(
        name='contestant',
        cpu_ms='CPU ms/clip',
        wall_ms='wall ms/clip',
        clips_per_s='clips/s',
        ratio='ratio [quartiles]',
        memory_mib='GPU, MiB')

    def records(self) -> List[dict]:
        """The rows as flat records.

        Returns:
            list[dict]: Times are medians for one clip; ratios are those of
            the baseline's time to this one's within a round, median and
            quartiles.
        """
        records = []
        for row in self.rows:
            cpu, wall = (
                row.speedup_over(self.rows[0], clock)
                for clock in ('cpu', 'wall'))
            wall_ms = 1000 * spread(row.wall).median / self.clips
            records.append(
                dict(
                    name=row.name,
                    cpu_ms=1000 * spread(row.cpu).median / self.clips,
                    wall_ms=wall_ms,
                    clips_per_s=1000 / wall_ms,
                    cpu_ratio=cpu.median,
                    cpu_ratio_q1=cpu.low,
                    cpu_ratio_q3=cpu.high,
                    wall_ratio=wall.median,
                    wall_ratio_q1=wall.low,
                    wall_ratio_q3=wall.high,
                    memory_mib=None if row.memory is None else row.memory /
                    2**20,
                    rounds=len(row.wall)))
        return records

    def tables(self) -> List[Tuple[List[str], List[List[str]]]]:
        """Measurements and, if there are any, targets.

        Returns:
            list[tuple]: Header and body of each, all of it text.
        """
        columns = dict(self.COLUMNS)
        if all(row.memory is None for row in self.rows):
            del columns['memory_mib']
        body = []
        for record in self.records():
            key = f'{self.clock}_ratio'
            ratio = Spread(record[key], record[f'{key}_q1'],
                           record[f'{key}_q3'])
            cells = dict(record, ratio=_ratio(ratio))
            body.append([_text(cells[column]) for column in columns])
        tables = [(list(columns.values()), body)]
        if self._verdicts():
            header = ['target', 'over', 'wanted', 'measured', 'met']
            tables.append((header, self._verdicts()))
        return tables

    def _verdicts(self) -> List[List[str]]:
        rows = {row.name: row for row in self.rows}
        lines = []
        for target in self.targets:
            if target.name not in rows or target.against not in rows:
                continue
            measured = rows[target.name].speedup_over(rows[target.against],
                                                      target.clock)
            lines.append([
                target.name, target.against,
                f'>= {target.at_least:g} ({target.clock})',
                _ratio(measured),
                'yes' if measured.median >= target.at_least else 'no'
            ])
        return lines

    def show(self, console: Console) -> None:
        """Print the tables.

        Args:
            console (Console): Where to.
        """
        console.print(f'[bold]{self.title}[/]: ' +
                      ', '.join(f'{key} {value}'
                                for key, value in self.machine.items()))
        for header, body in self.tables():
            table = Table(*header, box=box.SIMPLE, padding=0, pad_edge=False)
            table.columns[0].no_wrap = True
            for cells in body:
                table.add_row(*cells)
            console.print(table)
        for note in self.notes:
            console.print(note, markup=False)

    def markdown(self) -> str:
        """The same as a page.

        Returns:
            str: Tables, notes and machine in markdown.
        """
        parts = [f'# {self.title}']
        parts += [
            '\n'.join(f'| {" | ".join(cells)} |'
                      for cells in [header, ['---'] * len(header), *body])
            for header, body in self.tables()
        ]
        rounds = len(self.rows[0].wall)
        parts.append(f'Medians of {rounds} rounds in which all took turns in '
                     f'one process; a ratio is the {self.clock} time of '
                     f'{self.rows[0].name} over that of the contestant within '
                     'a round, with quartiles.')
        parts += self.notes
        parts.append('\n'.join(f'- {key}: {value}'
                               for key, value in self.machine.items()))
        return '\n\n'.join(parts) + '\n'

    def write(self, folder: str) -> List[str]:
        """Write ``<title>.csv`` and ``<title>.md``.

        Args:
            folder (str): Made if it is not there.

        Returns:
            list[str]: The two files.
        """
        os.makedirs(folder, exist_ok=True)
        stem = osp.join(folder, self.title.replace(' ', '_'))
        records = self.records()
        with open(f'{stem}.csv', 'w', newline='', encoding='utf-8') as f:
            writer = csv.DictWriter(f, records[0])
            writer.writeheader()
            writer.writerows(records)
        with open(f'{stem}.md', 'w', encoding='utf-8') as f:
            f.write(self.markdown())
        return [f'{stem}.csv', f'{stem}.md']


def _ratio(ratio: Spread) -> str:
    return f'{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]'


def _text(value) -> str:
    if value is None:
        return '-'
    return value if isinstance(value, str) else f'{value:.4g}'
