# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tables of what :mod:`~benchmarks.timing` measured."""
import json
import os
import os.path as osp
from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Sequence, Tuple

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.timing import CLOCKS, Row, Spread, spread

#: Key of a record -> its column for a reader.
COLUMNS = dict(
    name='contestant',
    cpu_ms='CPU ms/clip',
    wall_ms='wall ms/clip',
    clips_per_s='clips/s',
    ratio='ratio [quartiles]',
    memory_mib='GPU, MiB')


class Target(NamedTuple):
    """A ratio that one contestant is to reach over another."""
    name: str
    against: str
    at_least: float
    clock: str = 'cpu'


def markdown_table(header: Sequence[str], body: Sequence[Sequence]) -> str:
    """A table of text."""
    return '\n'.join(f'| {" | ".join(map(str, cells))} |'
                     for cells in (header, ['---'] * len(header), *body))


@dataclass
class Report:
    """One comparison, ready to be shown.

    Attributes:
        title (str): What was compared; also the name of the files.
        rows (Sequence[Row]): The baseline first.
        machine (dict[str, str]): What it ran on.
        clips (int): Clips that one call dealt with.
        clock (str): Of the ratios shown; the json file has both.
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

    def records(self) -> List[dict]:
        """The rows, flat: medians for one clip; ratios of the baseline's time
        to this one's within a round, median and quartiles."""
        records = []
        for row in self.rows:
            record = dict(name=row.name)
            for clock in CLOCKS:
                ratio = row.speedup_over(self.rows[0], clock)
                record.update({
                    f'{clock}_ms':
                    1000 * spread(getattr(row, clock)).median / self.clips,
                    f'{clock}_ratio':
                    ratio.median,
                    f'{clock}_ratio_q1':
                    ratio.low,
                    f'{clock}_ratio_q3':
                    ratio.high
                })
            record.update(
                clips_per_s=1000 / record['wall_ms'],
                memory_mib=row.memory and row.memory / 2**20,
                rounds=len(row.wall))
            records.append(record)
        return records

    def tables(self) -> List[Tuple[List[str], List[List[str]]]]:
        """Header and body of the measurements and, if any, the targets."""
        columns = dict(COLUMNS)
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
        verdicts = self._verdicts()
        if verdicts:
            header = ['target', 'over', 'wanted', 'measured', 'met']
            tables.append((header, verdicts))
        return tables

    def _verdicts(self) -> List[List[str]]:
        rows = {row.name: row for row in self.rows}
        lines = []
        for target in self.targets:
            if {target.name, target.against} <= set(rows):
                measured = rows[target.name].speedup_over(
                    rows[target.against], target.clock)
                lines.append([
                    target.name, target.against,
                    f'>= {target.at_least:g} ({target.clock})',
                    _ratio(measured),
                    'yes' if measured.median >= target.at_least else 'no'
                ])
        return lines

    def show(self, console: Console) -> None:
        """Print the tables."""
        machine = ', '.join(f'{k} {v}' for k, v in self.machine.items())
        console.print(f'[bold]{self.title}[/]: {machine}')
        for header, body in self.tables():
            table = Table(*header, box=box.SIMPLE, padding=0, pad_edge=False)
            table.columns[0].no_wrap = True
            for cells in body:
                table.add_row(*cells)
            console.print(table)
        for note in self.notes:
            console.print(note, markup=False)

    def markdown(self, head: str = '# ') -> str:
        """The same as a page: tables, notes and machine."""
        parts = [f'{head}{self.title}']
        parts += [markdown_table(*table) for table in self.tables()]
        parts.append(f'Medians of {len(self.rows[0].wall)} rounds in which '
                     'all took turns in one process; a ratio is the '
                     f'{self.clock} time of {self.rows[0].name} over that of '
                     'the contestant within a round, with quartiles.')
        parts += self.notes
        parts.append('\n'.join(f'- {key}: {value}'
                               for key, value in self.machine.items()))
        return '\n\n'.join(parts) + '\n'

    def write(self, folder: str) -> List[str]:
        """Write ``<title>.json`` and ``<title>.md``; gives both paths."""
        page = self.markdown()
        content = dict(
            title=self.title,
            machine=self.machine,
            records=self.records(),
            tables=self.tables(),
            notes=self.notes)
        return write_result(folder, self.title, content, page)


def write_result(folder: str, title: str, content: dict,
                 page: str) -> List[str]:
    """Write a result for programs and for people."""
    os.makedirs(folder, exist_ok=True)
    stem = osp.join(folder, title.replace(' ', '_'))
    with open(f'{stem}.json', 'w', encoding='utf-8') as f:
        json.dump(content, f, indent=1)
    with open(f'{stem}.md', 'w', encoding='utf-8') as f:
        f.write(page)
    return [f'{stem}.json', f'{stem}.md']


def _ratio(ratio: Spread) -> str:
    return f'{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]'


def _text(value) -> str:
    if value is None:
        return '-'
    return value if isinstance(value, str) else f'{value:.4g}'
