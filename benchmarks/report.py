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
    memory_mib='GPU memory, MiB')


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
    """One comparison: the title, which names the files; rows, the baseline
    first; clips that one call dealt with; the clock of the ratios shown (json
    has both); targets, of which those that name no row are left out."""
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
                seconds = spread(getattr(row, clock)).median
                record[f'{clock}_ms'] = 1000 * seconds / self.clips
                key = f'{clock}_ratio'
                record[key], record[f'{key}_q1'], record[f'{key}_q3'] = \
                    row.speedup_over(self.rows[0], clock)
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
            header = ['contestant', 'relative to', 'target', 'measured', 'met']
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

    def markdown(self) -> str:
        """The same as a page: tables, notes and machine."""
        parts = [f'# {self.title}']
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
        return write_result(folder, self.title, self.machine, self.records(),
                            self.tables(), self.notes, self.markdown())


def write_result(folder: str,
                 title: str,
                 machine: Dict[str, str],
                 records,
                 tables: Sequence[tuple],
                 notes: Sequence[str],
                 page: str = '') -> List[str]:
    """Write a result for programs and for people; the page has tables and
    notes, unless there is one."""
    os.makedirs(folder, exist_ok=True)
    stem = osp.join(folder, title.replace(' ', '_'))
    content = dict(
        title=title,
        machine=machine,
        records=records,
        tables=tables,
        notes=notes)
    with open(f'{stem}.json', 'w', encoding='utf-8') as f:
        json.dump(content, f, indent=1)
    parts = [f'# {title}', *(markdown_table(*x) for x in tables), *notes]
    with open(f'{stem}.md', 'w', encoding='utf-8') as f:
        f.write(page or '\n\n'.join(parts) + '\n')
    return [f'{stem}.json', f'{stem}.md']


def _ratio(ratio: Spread) -> str:
    return f'{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]'


def _text(value) -> str:
    if value is None:
        return '-'
    return value if isinstance(value, str) else f'{value:.4g}'
